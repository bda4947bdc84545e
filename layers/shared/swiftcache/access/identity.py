"""Who sends a request: roles, what each may do, and the caller with their account key."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What an account key may do, from the least to the most. Each may do all that those before it may."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    ADMIN = "admin"
    OWNER = "owner"
    OPERATOR = "operator"
    """Runs the service: besides an owner's rights in its own organization, it creates and suspends others."""


class Permission(StrEnum):
    """What a request needs. Every route names one (api/routes.py)."""

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
class Session:
    """What a browser was given for an account key, to use in its place. `expires_at` is RFC 3339 in UTC."""

    account_key_sha256: str
    expires_at: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: with which account key, from which address, under which request id.

    `session` is the one that stood for the key, if one did.
    """

    organization_id: str
    key_id: str
    member_id: str
    role: Role
    source_ip: str
    request_id: str
    session: Session | None = None

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
