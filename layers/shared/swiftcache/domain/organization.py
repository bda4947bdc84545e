"""Who owns instances, and who may speak for them."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account key may do. So far every key is its organization's owner."""

    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever holds a valid account key: the organization it belongs to, and the key's role in it."""

    organization_id: str
    role: Role
