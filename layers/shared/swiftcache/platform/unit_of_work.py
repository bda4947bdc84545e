"""The work of a request that may come again: done once, however often it is tried.

A request with an Idempotency-Key can die after its write and before its answer. For as long as it is worked on, three
things are fixed: the randomness of the ids and keys that it makes, the time, and which of its writes an earlier try
has made. So the next try makes the same ids and the same plain keys, repeats no write, and answers the same. What a
write has decided that neither follows from these, nor can be found again, is noted with it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class IdempotentWork:
    """One try of a request.

    `owner` is this try's own name, `seed` what all tries share; `at` is when the work was begun, by the first try
    that wrote anything. `applied` counts the writes that are made, by earlier tries or by this one. `note` is the last
    that was stored with one of them, or is to be. `undoes` is true while they are taken back.
    """

    account_key_id: str
    key_sha256: str
    owner: str
    seed: bytes = field(repr=False)
    at: datetime
    applied: int = 0
    note: str | None = None
    undoes: bool = False
    _passed: int = 0
    _draws: Counter[str] = field(default_factory=Counter)

    def random(self, label: str, size: int) -> bytes:
        """`size` bytes that every try gets alike, and nobody can guess who does not know the seed.

        Draws are counted for each write and label, so that one more of another kind does not change what follows.
        """
        number = self._draws[label]
        self._draws[label] += 1
        return hashlib.shake_256(self.seed + f"{self._passed}/{label}/{number}".encode()).digest(size)

    @property
    def repeats(self) -> bool:
        """Whether an earlier try has made the write that would come next."""
        return self._passed < self.applied

    def pass_by(self) -> None:
        """Goes past a write that an earlier try has made."""
        self._passed += 1
        self._draws.clear()

    def count(self) -> None:
        """Notes that this try has made a write."""
        self.pass_by()
        self.applied = self._passed

    def rewind(self) -> None:
        """Lets the same be drawn again for a write that was refused, and is made anew.

        How often it was is nothing that the next try could know.
        """
        self._draws.clear()


_current: ContextVar[IdempotentWork | None] = ContextVar("work", default=None)


def current_work() -> IdempotentWork | None:
    """What is being worked on; None for a request without an Idempotency-Key, and outside the API."""
    return _current.get()


def already_applied() -> bool:
    """Whether an earlier try of this very request has made the write that would come next.

    For a use case that looks before it writes, and would now refuse what it has itself brought about.
    """
    work = current_work()
    return work is not None and work.repeats


def recorded_decision() -> str | None:
    """What an earlier try of this very request has noted with the write that would come next, which is then passed by.

    None if there was no such write, or it noted nothing.
    """
    work = current_work()
    if work is None or not work.repeats or work.note is None:
        return None
    work.pass_by()
    return work.note


@contextmanager
def record_decision(text: str) -> Iterator[None]:
    """The write inside decides this, and stores it for the next try. No more than one of a request's writes may."""
    work = current_work()
    if work is None:
        yield
        return
    work.note = text
    try:
        yield
    except BaseException:
        work.note = None
        raise


@contextmanager
def undoing() -> Iterator[None]:
    """The write inside takes back all that this request has done: the next try begins from nothing, with other ids."""
    work = current_work()
    if work is None:
        yield
        return
    work.undoes = True
    try:
        yield
    finally:
        work.undoes = False


@contextmanager
def replaying(work: IdempotentWork) -> Iterator[None]:
    """Everything inside belongs to this work."""
    token = _current.set(work)
    try:
        yield
    finally:
        _current.reset(token)
