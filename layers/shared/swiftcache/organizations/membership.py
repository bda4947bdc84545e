"""An organization with its members and account keys: the rules that hold between them, and what each key opens.

It is read as a whole, changed here, and stored as a whole or not at all. So no two changes can each be right
by itself and wrong together: two owners who remove each other, or a key made while its organization is suspended.
"""

from dataclasses import dataclass, replace
from typing import Self

from swiftcache.access.identity import Permission, Role, allows, lower
from swiftcache.organizations.model import AccountKey, Member, Organization, OrganizationStatus
from swiftcache.platform.errors import IllegalTransition, LastOwner, LastOwnerKey, LimitExceeded, LimitUsage, NotFound

MAX_MEMBERS = 50

MAX_KEYS = 45
"""Removing the member who holds them all is still one transaction of DynamoDB: 100 writes, two for each key."""

_ALLOWED_FROM = {
    OrganizationStatus.ACTIVE: {OrganizationStatus.SUSPENDED},
    OrganizationStatus.SUSPENDED: {OrganizationStatus.ACTIVE},
    OrganizationStatus.DELETING: {OrganizationStatus.ACTIVE, OrganizationStatus.SUSPENDED},
}


@dataclass(frozen=True, slots=True)
class EffectiveAccess:
    """What an account key opens at the moment: the role that it has in effect, unless it is suspended."""

    key: AccountKey
    role: Role
    suspended: bool


@dataclass(frozen=True, slots=True)
class Membership:
    """As it was at `version`, which each change raises by one."""

    organization: Organization
    members: tuple[Member, ...]
    keys: tuple[AccountKey, ...]
    version: int = 1

    def member(self, member_id: str) -> Member:
        """Raises NotFound."""
        for member in self.members:
            if member.id == member_id:
                return member
        raise NotFound("there is no such member")

    def key(self, key_id: str) -> AccountKey:
        """Raises NotFound."""
        for key in self.keys:
            if key.id == key_id:
                return key
        raise NotFound("there is no such account key")

    def role_of(self, key: AccountKey) -> Role:
        """What the key may do in effect."""
        return lower(key.role, self.member(key.member_id).role)

    def effective_accesses(self) -> dict[str, EffectiveAccess]:
        """What is found under each key's SHA-256. Nothing, once the organization is being deleted."""
        if self.organization.status is OrganizationStatus.DELETING:
            return {}
        suspended = self.organization.status is OrganizationStatus.SUSPENDED
        return {key.sha256: EffectiveAccess(key, self.role_of(key), suspended) for key in self.keys}

    def with_name(self, name: str) -> Self:
        return replace(self, organization=replace(self.organization, name=name))

    def with_status(self, status: OrganizationStatus) -> Self:
        """The same if it is so already. Raises IllegalTransition."""
        current = self.organization.status
        if current is status:
            return self
        if current not in _ALLOWED_FROM[status]:
            raise IllegalTransition(f"the organization is {current}: it cannot become {status}", current)
        version = self.organization.status_version + 1
        return replace(self, organization=replace(self.organization, status=status, status_version=version))

    def with_member(self, member: Member) -> Self:
        """Raises LimitExceeded; IllegalTransition unless the organization is ACTIVE."""
        self._check_active()
        used = len(self.members)
        if used >= MAX_MEMBERS:
            raise LimitExceeded(
                f"the organization has {used} members, and may have {MAX_MEMBERS}; remove one",
                LimitUsage("members", MAX_MEMBERS, used, 1),
            )
        return replace(self, members=(*self.members, member))

    def with_changed_member(self, changed: Member) -> Self:
        """Raises NotFound, LastOwner."""
        self.member(changed.id)
        members = tuple(changed if member.id == changed.id else member for member in self.members)
        return replace(self, members=members)._with_an_owner()

    def without_member(self, member_id: str) -> Self:
        """Its account keys go with it. Raises NotFound, LastOwner."""
        self.member(member_id)
        members = tuple(member for member in self.members if member.id != member_id)
        keys = tuple(key for key in self.keys if key.member_id != member_id)
        return replace(self, members=members, keys=keys)._with_an_owner()

    def with_key(self, key: AccountKey) -> Self:
        """Raises LimitExceeded; IllegalTransition unless the organization is ACTIVE."""
        self._check_active()
        used = len(self.keys)
        if used >= MAX_KEYS:
            raise LimitExceeded(
                f"the organization has {used} account keys, and may have {MAX_KEYS}; revoke one",
                LimitUsage("keys", MAX_KEYS, used, 1),
            )
        return replace(self, keys=(*self.keys, key))

    def without_key(self, key_id: str) -> Self:
        """Raises NotFound."""
        self.key(key_id)
        return replace(self, keys=tuple(key for key in self.keys if key.id != key_id))

    def check_owner_key(self, at: str) -> None:
        """Raises LastOwnerKey unless somebody holds a key that is an owner's and valid at this time."""
        valid = [key for key in self.keys if key.expires_at is None or key.expires_at > at]
        if not any(allows(self.role_of(key), Permission.OWN) for key in valid):
            raise LastOwnerKey(
                "no valid account key of an owner would be left, and nobody could make one; first create another"
            )

    def _with_an_owner(self) -> Self:
        if not any(allows(member.role, Permission.OWN) for member in self.members):
            raise LastOwner("an organization needs an owner; first give the role to somebody else")
        return self

    def _check_active(self) -> None:
        status = self.organization.status
        if status is not OrganizationStatus.ACTIVE:
            raise IllegalTransition(f"the organization is {status}; nothing can be added to it", status)
