"""What the writer of records needs of the world."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from swiftcache.dns.model import RecordChange, RecordSet


class ZoneBusy(Exception):
    """Route 53 takes no more requests at the moment; nothing was done."""


class ChangeRefused(Exception):
    """Route 53 will not make a batch. `hostnames` are those that it objects to, as far as it says; `code` is its own.

    `absent` are those that were to be deleted, and are not there. `is_about_content`: it is about what was asked, and
    not about who asks or where.
    """

    def __init__(self, code: str, message: str, hostnames: Sequence[str] = (), absent: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.hostnames = tuple(hostnames)
        self.absent = tuple(absent)
        self.is_about_content = code == "InvalidChangeBatch"


class RecordQueue(Protocol):
    """The changes that are to be made, and who makes them."""

    def add(self, change: RecordChange) -> None: ...

    def changes(self) -> Sequence[RecordChange]:
        """All that are not made yet, in no order."""

    def remove(self, changes: Sequence[RecordChange]) -> None:
        """They are made, or will not be. What is not there is no error."""

    def acquire(self, owner: str, now: int, until: int) -> bool:
        """Whether `owner` is the writer from now until then, in milliseconds since the epoch. Who is it stays it."""

    def release(self, owner: str) -> None:
        """There is no writer any more, if it was `owner`."""

    def has_writer(self, now: int) -> bool: ...


class Zone(Protocol):
    """The hosted zone. Each call is one request. All raise ZoneBusy, and DependencyUnavailable."""

    def upsert(self, wanted: Mapping[str, RecordSet]) -> str:
        """Makes all of them or none; the id of Route 53's change. Raises ChangeRefused."""

    def delete(self, there: Mapping[str, RecordSet]) -> str:
        """The same. Raises ChangeRefused if one is not exactly as said."""

    def find(self, hostname: str) -> RecordSet | None: ...

    def is_in_sync(self, change_id: str) -> bool:
        """Whether every server of Route 53 answers with it."""


class WriterStart(Protocol):
    def start(self) -> None:
        """Has a writer begin soon. One that is not needed ends at once."""
