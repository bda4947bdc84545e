"""What authentication needs of the world."""

from typing import Protocol

from swiftcache.access.identity import Identity, Session


class KeyDirectory(Protocol):
    """Whose an account key is. A part of what organizations keep (organizations/ports.py)."""

    def identity(self, key_sha256: str, at: str) -> Identity | None:
        """Whose account key has this SHA-256, if it is valid at this time. One strongly consistent read.

        None for a key that is not known, has expired, or belongs to an organization that is suspended.
        """

    def record_use(self, key_sha256: str, at: str) -> None:
        """Notes that the key was used. Does nothing if the key is gone, or a later use is noted."""


class SessionDirectory(Protocol):
    """Which account key a session stands for. A part of what sessions keep (sessions/ports.py)."""

    def find(self, token_sha256: str, at: str) -> Session | None:
        """The session whose token has this SHA-256, if it has not ended by this time. One strongly consistent read."""
