"""What authentication needs of the world."""

from typing import Protocol

from swiftcache.access.identity import Identity


class KeyDirectory(Protocol):
    """Whose an account key is. A part of what organizations keep (organizations/ports.py)."""

    def identity(self, key_sha256: str, at: str) -> Identity | None:
        """Whose account key has this SHA-256, if it is valid at this time. One strongly consistent read.

        None for a key that is not known, has expired, or belongs to an organization that is suspended.
        """

    def record_use(self, key_sha256: str, at: str) -> None:
        """Notes that the key was used. Does nothing if the key is gone, or a later use is noted."""
