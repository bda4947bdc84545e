"""What sessions need of the world."""

from typing import Protocol

from swiftcache.access.identity import Session


class Sessions(Protocol):
    def find(self, token_sha256: str, at: str) -> Session | None:
        """The session whose token has this SHA-256, if it has not ended by this time. One strongly consistent read."""

    def begin(self, token_sha256: str, session: Session) -> None:
        """Keeps the session until it expires."""

    def end(self, token_sha256: str) -> None:
        """From now on it is not found. Does nothing if it is not there."""
