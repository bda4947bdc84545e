"""The members of an organization and their roles."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller, Role
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.memberships import change_membership, check_rank, read_membership
from swiftcache.organizations.model import Member
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id


@dataclass(frozen=True, slots=True)
class MemberService:
    """Nobody gives or takes a role that is higher than his own. `now` gives the time with its zone.

    All raise NotFound for another's organization.
    """

    accounts: Accounts
    now: Callable[[], datetime]

    def all(self, caller: Caller, organization_id: str) -> list[Member]:
        """The oldest first."""
        members = read_membership(self.accounts, caller, organization_id).members
        return sorted(members, key=lambda member: (member.created_at, member.id))

    def get(self, caller: Caller, organization_id: str, member_id: str) -> Member:
        """Raises NotFound."""
        return read_membership(self.accounts, caller, organization_id).member(member_id)

    def add(self, caller: Caller, organization_id: str, name: str, role: Role) -> Member:
        """Raises NotAllowed, LimitExceeded."""
        at = self.now()
        member = Member(new_id("mem"), organization_id, name, role, timestamp(at, "seconds"))

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            check_rank(caller, role)
            audit = self._entry(caller, Action.MEMBER_ADDED, member, at, role=role.value)
            if member.id in {known.id for known in membership.members}:
                return membership, audit  # an earlier try did it, and its answer was lost
            return membership.with_member(member), audit

        return change_membership(self.accounts, caller, organization_id, timestamp(at), decide).member(member.id)

    def change(
        self, caller: Caller, organization_id: str, member_id: str, name: str | None, role: Role | None
    ) -> Member:
        """What is None stays. A new role counts for the member's account keys at once.

        Raises NotFound, NotAllowed, LastOwner, LastOwnerKey.
        """
        at = self.now()

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            before = membership.member(member_id)
            after = replace(before, name=name or before.name, role=role or before.role)
            check_rank(caller, before.role)
            check_rank(caller, after.role)
            audit = self._entry(
                caller, Action.MEMBER_CHANGED, after, at, roleFrom=before.role.value, roleTo=after.role.value
            )
            return membership.with_changed_member(after), audit

        return change_membership(self.accounts, caller, organization_id, timestamp(at), decide).member(member_id)

    def remove(self, caller: Caller, organization_id: str, member_id: str) -> None:
        """Its account keys stop working at once. Raises NotFound, NotAllowed, LastOwner, LastOwnerKey."""
        at = self.now()

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            member = membership.member(member_id)
            check_rank(caller, member.role)
            after = membership.without_member(member_id)
            revoked = len(membership.keys) - len(after.keys)
            audit = self._entry(caller, Action.MEMBER_REMOVED, member, at, role=member.role.value, revokedKeys=revoked)
            return after, audit

        change_membership(self.accounts, caller, organization_id, timestamp(at), decide)

    @staticmethod
    def _entry(caller: Caller, action: Action, member: Member, at: datetime, **details: str | int | None) -> AuditEntry:
        return entry(caller, action, member.id, member.name, at, organization_id=member.organization_id, **details)
