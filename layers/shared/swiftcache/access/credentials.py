"""What a request shows of who sends it."""

from dataclasses import dataclass, field

from swiftcache.platform.tokens import sha256


@dataclass(frozen=True, slots=True)
class Credentials:
    """An account key, or the token of a session; at most one of them, and an empty text is none.

    `missing` is what somebody is told who shows neither.
    """

    account_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    missing: str = "send your account key: Authorization: Bearer sk_live_…"

    @property
    def sha256(self) -> str:
        """Of what is shown; of nothing if nothing is."""
        return sha256(self.session_token or self.account_key)

    @property
    def bucket(self) -> str:
        """What tells these credentials from others where requests are counted."""
        return f"session#{self.sha256}" if self.session_token else self.sha256


def bearer(authorization: str | None) -> str:
    """The account key that an Authorization header bears; empty if it bears none."""
    scheme, _, key = (authorization or "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
