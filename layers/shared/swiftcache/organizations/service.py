"""Organizations: creating, reading, changing, suspending and deleting them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller, Permission, Role
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.memberships import Decision, change_membership, check_visible
from swiftcache.organizations.model import AccountKey, Limits, Member, NewLimits, Organization, OrganizationStatus
from swiftcache.organizations.ports import Accounts, OrganizationPage
from swiftcache.platform.errors import NotAllowed, NotFound, OwnOrganization
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import account_key_prefix, new_account_key, new_id, sha256


@dataclass(frozen=True, slots=True)
class CreatedOrganization:
    """`plain_key` is the owner's account key, shown once."""

    organization: Organization
    owner: Member
    key: AccountKey
    plain_key: str


def create_organization(
    accounts: Accounts, caller: Caller, name: str, limits: Limits, role: Role, now: datetime
) -> CreatedOrganization:
    """A new organization with one member of this role, and that member's account key."""
    at = timestamp(now, "seconds")
    organization = Organization(
        new_id("org"), name, OrganizationStatus.ACTIVE, at, limits, used=Limits(instances=0, memory=0)
    )
    owner = Member(new_id("mem"), organization.id, "owner", role, at)
    plain_key = new_account_key()
    key = AccountKey(
        id=new_id("key"),
        organization_id=organization.id,
        member_id=owner.id,
        name="first",
        role=role,
        prefix=account_key_prefix(plain_key),
        sha256=sha256(plain_key),
        created_at=at,
    )
    audit = entry(caller, Action.ORGANIZATION_CREATED, organization.id, name, now, organization_id=organization.id)
    accounts.create_organization(organization, owner, key, audit)
    return CreatedOrganization(organization, owner, key, plain_key)


@dataclass(frozen=True, slots=True)
class OrganizationService:
    """The use cases of the API. `now` gives the time with its zone."""

    accounts: Accounts
    now: Callable[[], datetime]

    def create(self, caller: Caller, name: str, limits: Limits) -> CreatedOrganization:
        """A new organization with an owner and the owner's account key."""
        return create_organization(self.accounts, caller, name, limits, Role.OWNER, self.now())

    def get(self, caller: Caller, organization_id: str) -> Organization:
        """Raises NotFound, for another's too."""
        check_visible(caller, organization_id)
        organization = self.accounts.organization(organization_id)
        if organization is None:
            raise NotFound("there is no such organization")
        return organization

    def page(self, limit: int, cursor: str | None) -> OrganizationPage:
        """All organizations. Raises InvalidRequest for a cursor that is not ours."""
        return self.accounts.page(limit, cursor)

    def change(self, caller: Caller, organization_id: str, name: str | None, limits: NewLimits | None) -> Organization:
        """What is None stays. A limit below what is used takes nothing away: it only lets nothing more in.

        Raises NotFound, and NotAllowed for limits that not the operator sets.
        """
        check_visible(caller, organization_id)
        if limits is not None and not caller.may(Permission.OPERATE):
            raise NotAllowed("only the operator sets limits; your account key has the role " + caller.role)

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            before = membership.organization
            new = limits.over(before.limits) if limits else before.limits
            after = replace(before, name=name or before.name, limits=new)
            return replace(membership, organization=after), self._entry(
                caller, Action.ORGANIZATION_CHANGED, after, **_differences(before, after)
            )

        return self._change(caller, organization_id, decide)

    def suspend(self, caller: Caller, organization_id: str) -> Organization:
        """Its account keys stop working at once, and its instances are deleted. Doing it again does nothing.

        Raises NotFound, OwnOrganization, IllegalTransition for one that is being deleted.
        """
        return self._set_status(
            caller, organization_id, OrganizationStatus.SUSPENDED, Action.ORGANIZATION_SUSPENDED, "suspend"
        )

    def resume(self, caller: Caller, organization_id: str) -> Organization:
        """Its account keys work again; instances that were deleted stay so. Raises as `suspend` does."""
        return self._set_status(
            caller, organization_id, OrganizationStatus.ACTIVE, Action.ORGANIZATION_RESUMED, "resume"
        )

    def delete(self, caller: Caller, organization_id: str) -> Organization:
        """Its account keys stop working at once; its instances are deleted, then all else that it has, then itself.

        Raises NotFound, and OwnOrganization for the operator's own.
        """
        return self._set_status(
            caller, organization_id, OrganizationStatus.DELETING, Action.ORGANIZATION_DELETED, "delete"
        )

    def _set_status(
        self, caller: Caller, organization_id: str, status: OrganizationStatus, action: Action, verb: str
    ) -> Organization:
        if organization_id == caller.organization_id and caller.may(Permission.OPERATE):
            raise OwnOrganization(f"this is the operator's own organization; nobody could undo it if you {verb} it")

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            after = membership.with_status(status)
            return after, self._entry(caller, action, after.organization)

        return self._change(caller, organization_id, decide)

    def _change(self, caller: Caller, organization_id: str, decide: Decision) -> Organization:
        at = timestamp(self.now())
        return change_membership(self.accounts, caller, organization_id, at, decide).organization

    def _entry(
        self, caller: Caller, action: Action, organization: Organization, **details: str | int | None
    ) -> AuditEntry:
        return entry(
            caller,
            action,
            organization.id,
            organization.name,
            self.now(),
            organization_id=organization.id,
            **details,
        )


def _differences(before: Organization, after: Organization) -> dict[str, str | int | None]:
    """What a change of an organization led from and to, for the audit log."""
    found: dict[str, str | int | None] = {}
    if after.name != before.name:
        found |= {"nameFrom": before.name, "nameTo": after.name}
    old, new = before.limits, after.limits
    if (new.instances, new.memory) != (old.instances, old.memory):
        found |= {"instanceLimitFrom": old.instances, "instanceLimitTo": new.instances}
        found |= {"memoryLimitFrom": old.memory, "memoryLimitTo": new.memory}
    if (new.backups, new.backup_bytes) != (old.backups, old.backup_bytes):
        found |= {"backupLimitFrom": old.backups, "backupLimitTo": new.backups}
        found |= {"backupBytesLimitFrom": old.backup_bytes, "backupBytesLimitTo": new.backup_bytes}
    return found
