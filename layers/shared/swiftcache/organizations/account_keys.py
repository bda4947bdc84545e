"""The account keys of an organization: what authenticates to the API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller, Role, outranks
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.memberships import change_membership, check_rank, read_membership
from swiftcache.organizations.model import AccountKey, Member
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.errors import InvalidRequest
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import account_key_prefix, new_account_key, new_id, sha256


@dataclass(frozen=True, slots=True)
class NewAccountKey:
    """What is asked for. `member_id` None is the caller; `expires_at`, with its zone, None is never."""

    name: str
    role: Role
    member_id: str | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class CreatedAccountKey:
    """`plain_key` is shown once, and kept nowhere."""

    key: AccountKey
    plain_key: str


@dataclass(frozen=True, slots=True)
class ListedAccountKey:
    """`role` is what the key may do in effect; `last_used_at` None is never, or nothing that was recorded."""

    key: AccountKey
    member: Member
    role: Role
    last_used_at: str | None


@dataclass(frozen=True, slots=True)
class AccountKeyService:
    """Nobody gives or takes a role that is higher than his own. `now` gives the time with its zone.

    All raise NotFound for another's organization.
    """

    accounts: Accounts
    now: Callable[[], datetime]

    def all(self, caller: Caller, organization_id: str) -> Sequence[ListedAccountKey]:
        """The oldest first."""
        membership = read_membership(self.accounts, caller, organization_id)
        used = self.accounts.last_uses(membership.keys)
        return [
            ListedAccountKey(key, membership.member(key.member_id), membership.role_of(key), used.get(key.id))
            for key in sorted(membership.keys, key=lambda key: (key.created_at, key.id))
        ]

    def create(self, caller: Caller, organization_id: str, new: NewAccountKey) -> CreatedAccountKey:
        """Raises NotAllowed, LimitExceeded, NotFound for another's member, InvalidRequest for what it cannot have."""
        at = self.now()
        if new.expires_at is not None and new.expires_at <= at:
            raise InvalidRequest("expiresAt is in the past", "/expiresAt")
        plain_key = new_account_key()
        key = AccountKey(
            id=new_id("key"),
            organization_id=organization_id,
            member_id=new.member_id or caller.member_id,
            name=new.name,
            role=new.role,
            prefix=account_key_prefix(plain_key),
            sha256=sha256(plain_key),
            created_at=timestamp(at, "seconds"),
            expires_at=timestamp(new.expires_at) if new.expires_at else None,
        )

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            check_rank(caller, key.role)
            _check_member(membership, key)
            audit = self._entry(
                caller, Action.ACCOUNT_KEY_CREATED, key, at, role=key.role.value, expiresAt=key.expires_at
            )
            if key.id in {known.id for known in membership.keys}:
                return membership, audit  # an earlier try did it, and its answer was lost
            return membership.with_key(key), audit

        membership = change_membership(self.accounts, caller, organization_id, timestamp(at), decide)
        return CreatedAccountKey(membership.key(key.id), plain_key)

    def revoke(self, caller: Caller, organization_id: str, key_id: str) -> None:
        """It stops working at once. Raises NotFound, NotAllowed, LastOwnerKey."""
        at = self.now()

        def decide(membership: Membership) -> tuple[Membership, AuditEntry]:
            key = membership.key(key_id)
            role = membership.role_of(key)
            check_rank(caller, role)
            return membership.without_key(key_id), self._entry(
                caller, Action.ACCOUNT_KEY_REVOKED, key, at, role=role.value
            )

        change_membership(self.accounts, caller, organization_id, timestamp(at), decide)

    @staticmethod
    def _entry(
        caller: Caller, action: Action, key: AccountKey, at: datetime, **details: str | int | None
    ) -> AuditEntry:
        return entry(
            caller,
            action,
            key.id,
            key.name,
            at,
            organization_id=key.organization_id,
            memberId=key.member_id,
            **details,
        )


def _check_member(membership: Membership, key: AccountKey) -> None:
    role = membership.member(key.member_id).role
    if outranks(key.role, role):
        raise InvalidRequest(f"the member has the role {role}: its keys may have no higher one", "/role")
