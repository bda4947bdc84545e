"""The certificate authority of a local stack, and the wildcard certificate of its Redis instances.

Both are kept in the home folder, so that what trusts the authority today trusts it after a restart.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509

_RENEW_BEFORE_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificates:
    """The authority's file, and the certificate with its key as PEM text."""

    ca_file: Path
    chain: str
    private_key: str

    def secret(self) -> str:
        """The JSON that the template's certificate secret holds."""
        return json.dumps(
            {"certificate": self.chain, "privateKey": self.private_key, "authority": self.ca_file.read_text()}
        )


def load_or_create(folder: Path, wildcard: str) -> Certificates:
    """The certificates kept in `folder`; new ones if there are none, or they end soon or name another host."""
    ca_file, chain, private_key = folder / "ca.pem", folder / "redis.pem", folder / "redis.key"
    if not (ca_file.exists() and private_key.exists() and _is_usable(chain, wildcard)):
        _create(ca_file, chain, private_key, wildcard)
    return Certificates(ca_file, chain.read_text(), private_key.read_text())


def _is_usable(chain: Path, wildcard: str) -> bool:
    if not chain.exists():
        return False
    certificate = x509.load_pem_x509_certificate(chain.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    ends = certificate.not_valid_after_utc
    return wildcard in names.get_values_for_type(x509.DNSName) and ends > datetime.now(UTC) + _RENEW_BEFORE_END


def _create(ca_file: Path, chain: Path, private_key: Path, wildcard: str) -> None:
    authority = trustme.CA(organization_name="SwiftCache local stack")
    issued = authority.issue_cert(wildcard, not_after=datetime.now(UTC) + timedelta(days=365))
    folder = ca_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    _write(private_key, issued.private_key_pem.bytes())
    _write(chain, b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    _write(ca_file, authority.cert_pem.bytes())


def _write(path: Path, content: bytes) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
