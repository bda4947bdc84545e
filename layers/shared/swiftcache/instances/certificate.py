"""The certificate that an instance's Redis shows its clients, as a TLS handshake with it has found it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Certificate:
    """Its end, RFC 3339 in UTC, and the SHA-256 of its DER in lower case hex digits."""

    not_after: str
    sha256_fingerprint: str

    @property
    def ends(self) -> datetime:
        return datetime.fromisoformat(self.not_after)
