"""Organizations: who owns instances, who may speak for them, and what each role may do."""

import re
from dataclasses import dataclass
from enum import StrEnum


class OrganizationStatus(StrEnum):
    """A suspended organization's instances are gone and its keys do nothing, until it is resumed."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    DELETING = "DELETING"


class Role(StrEnum):
    """What an account key may do, from the least to the most. Each may do all that those before it may."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    ADMIN = "admin"
    OWNER = "owner"
    OPERATOR = "operator"
    """Runs the service: besides an owner's rights in its own organization, it creates and suspends others."""


class Permission(StrEnum):
    """What a request needs. Every route names one (http/access.py)."""

    READ = "read"
    USE = "use"
    DELETE = "delete"
    MANAGE = "manage"
    OWN = "own"
    OPERATE = "operate"


_LEAST_ROLE = {
    Permission.READ: Role.VIEWER,
    Permission.USE: Role.DEVELOPER,
    Permission.DELETE: Role.ADMIN,
    Permission.MANAGE: Role.ADMIN,
    Permission.OWN: Role.OWNER,
    Permission.OPERATE: Role.OPERATOR,
}

_RANK = {role: rank for rank, role in enumerate(Role)}


def allows(role: Role, permission: Permission) -> bool:
    """Whether a key with this role may do what needs this permission."""
    return _RANK[role] >= _RANK[_LEAST_ROLE[permission]]


def least_role(permission: Permission) -> Role:
    """The lowest role that has this permission."""
    return _LEAST_ROLE[permission]


def outranks(one: Role, other: Role) -> bool:
    """Whether the first role may more than the other."""
    return _RANK[one] > _RANK[other]


def lower(one: Role, other: Role) -> Role:
    """The lower of two roles: a key never may more than the member who holds it."""
    return min(one, other, key=_RANK.__getitem__)


_ID = re.compile(r"org_[a-z0-9]{1,64}")


def is_organization_id(text: str) -> bool:
    """Whether this could be an organization's id. What could not need not be looked up."""
    return _ID.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose an account key is: the organization and member it belongs to, and its role.

    `last_used_at` (RFC 3339 in UTC) is what was recorded, which is not of every use.
    """

    organization_id: str
    key_id: str
    member_id: str
    role: Role
    last_used_at: str | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: with which account key, from which address, under which request id."""

    organization_id: str
    key_id: str
    member_id: str
    role: Role
    source_ip: str
    request_id: str

    def may(self, permission: Permission) -> bool:
        return allows(self.role, permission)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asked for something: with which role and account key. `key_id` is None for what the service does by itself,
    whose name is then in `role`.
    """

    role: str
    key_id: str | None
    member_id: str | None


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an organization may have at a time. `memory` in bytes, the sum of its instances' `maxMemory`."""

    instances: int
    memory: int


DEFAULT_LIMITS = Limits(instances=1000, memory=1024 * 1024**3)
"""What a new organization gets unless the operator says otherwise: 1,000 instances and 1 TiB."""


@dataclass(frozen=True, slots=True)
class Organization:
    """`used` counts what its instances take; `created_at` is RFC 3339 in UTC.

    `status_version` counts its statuses, so that work begun for one can tell that it has passed.
    """

    id: str
    name: str
    status: OrganizationStatus
    created_at: str
    limits: Limits
    used: Limits
    status_version: int = 1

    @property
    def left(self) -> Limits:
        """What it may still take. Nothing, where a limit was lowered below what is used."""
        return Limits(
            instances=max(0, self.limits.instances - self.used.instances),
            memory=max(0, self.limits.memory - self.used.memory),
        )


@dataclass(frozen=True, slots=True)
class Member:
    """A person or a program of an organization. Its account keys never may more than its role."""

    id: str
    organization_id: str
    name: str
    role: Role
    created_at: str


@dataclass(frozen=True, slots=True)
class AccountKey:
    """An account key as it is kept: by its hash, and by a prefix that its holder can recognise.

    `role` is what it was made for; a lower role of its member limits it. `expires_at` None is never.
    """

    id: str
    organization_id: str
    member_id: str
    name: str
    role: Role
    prefix: str
    sha256: str
    created_at: str
    expires_at: str | None = None
    last_used_at: str | None = None
