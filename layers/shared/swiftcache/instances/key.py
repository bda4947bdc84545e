"""A key of an instance, and what it may do."""

from dataclasses import dataclass, field
from enum import StrEnum

KEY_RULES = 2
"""The edition of what keys may do (redis/acl.py). Raised when that changes, so that each running Redis gets it."""


class KeyRole(StrEnum):
    """What an instance key may do with the data."""

    READ_WRITE = "read-write"
    READ_ONLY = "read-only"


@dataclass(frozen=True, slots=True)
class InstanceKey:
    """An instance key as it is kept: by its hash alone. Its id is its user's name in Redis."""

    id: str
    name: str
    sha256: str = field(repr=False)
    created_at: str
    role: KeyRole = KeyRole.READ_WRITE
