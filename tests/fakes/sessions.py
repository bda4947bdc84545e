"""Sessions in memory."""

from dataclasses import dataclass, field

from swiftcache.access.identity import Session


@dataclass
class FakeSessions:
    """`stored` by the SHA-256 of the token."""

    stored: dict[str, Session] = field(default_factory=dict)

    def find(self, token_sha256: str, at: str) -> Session | None:
        session = self.stored.get(token_sha256)
        return session if session is not None and session.expires_at > at else None

    def begin(self, token_sha256: str, session: Session) -> None:
        self.stored[token_sha256] = session

    def end(self, token_sha256: str) -> None:
        self.stored.pop(token_sha256, None)
