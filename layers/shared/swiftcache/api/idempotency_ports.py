"""Idempotency keys: who works on a request that came with one, and what was answered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

KEPT_SECONDS = 24 * 3600
"""How long the same key is answered the same; counted from the first request."""

Sealed = tuple[bytes, ...]
"""Encrypted content, in pieces as small as the seal takes them."""


@dataclass(frozen=True, slots=True)
class IdempotentRequest:
    """A request with an Idempotency-Key. `fingerprint` tells it from every other: method, address, query and body.

    Keys of different account keys have nothing to do with each other.
    """

    account_key_id: str
    key_sha256: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A key in use. `owner` is the try that works on it, until `locked_until`; `answer` is None until it is done.

    `seed`, `at`, `applied` and `note` are those of `platform/unit_of_work.py`. `locked_until` and `expires_at` are
    epoch seconds.
    """

    request: IdempotentRequest
    owner: str
    locked_until: float
    at: datetime
    seed: Sealed
    expires_at: int
    applied: int = 0
    note: str | None = None
    answer: Sealed | None = None


class Claims(Protocol):
    """Every change is one conditional write; of two tries that want the same key, one gets it."""

    def claim(self, new: Claim, now: float) -> Claim:
        """Stores the claim, unless its key has one that has not expired; the claim that is there afterwards."""

    def find(self, request: IdempotentRequest, now: float) -> Claim | None:
        """A strongly consistent read. None if there is none, or it has expired."""

    def take_over(self, seen: Claim, new: Claim) -> bool:
        """Gives the key from `seen.owner` to `new.owner`. False if anything has happened to it since it was seen."""

    def complete(self, claim: Claim, answer: Sealed) -> bool:
        """Keeps the answer. False if the claim has a new owner."""

    def release(self, claim: Claim) -> None:
        """Lets the next try begin at once. Does nothing if the claim has a new owner."""


class Seal(Protocol):
    """Encryption with a key that only the service may use."""

    def seal(self, content: bytes, about: dict[str, str]) -> Sealed:
        """Raises DependencyUnavailable."""

    def open(self, sealed: Sealed, about: dict[str, str]) -> bytes:
        """What was sealed with the same `about`; anything else is an error. Raises DependencyUnavailable."""
