"""Reading and changing an organization with its members and account keys, as the caller may."""

from collections.abc import Callable

from swiftcache.access.audit import AuditEntry
from swiftcache.access.identity import Caller, Permission, Role, outranks
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.model import is_organization_id
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.errors import LastOwnerKey, MembershipChanged, NotAllowed, NotFound
from swiftcache.platform.jitter import pause
from swiftcache.platform.unit_of_work import already_applied

_TRIES = 10

Decision = Callable[[Membership], tuple[Membership, AuditEntry]]
"""From the membership as it is to the membership as it shall be, and what the audit log says of that."""


def check_visible(caller: Caller, organization_id: str) -> None:
    """Raises NotFound for an organization that is not the caller's own. The operator sees all."""
    seen = caller.may(Permission.OPERATE) and is_organization_id(organization_id)
    if organization_id != caller.organization_id and not seen:
        raise NotFound("there is no such organization")


def check_rank(caller: Caller, role: Role) -> None:
    """Raises NotAllowed for a role that is higher than the caller's: nobody gives or takes such a one."""
    if outranks(role, caller.role):
        raise NotAllowed(f"your account key has the role {caller.role}; it cannot give or take the role {role}")


def read_membership(accounts: Accounts, caller: Caller, organization_id: str) -> Membership:
    """Raises NotFound, for another's organization too."""
    check_visible(caller, organization_id)
    return _membership(accounts, organization_id)


def change_membership(
    accounts: Accounts, caller: Caller, organization_id: str, at: str, decide: Decision
) -> Membership:
    """The membership after the change. Where somebody else changed it meanwhile, it is read and decided anew.

    Nobody locks himself out: the last valid account key of an owner stays, unless the operator takes it from another
    organization. Raises what `decide` raises, NotFound, LastOwnerKey, and MembershipChanged when there is no end of it.
    """
    check_visible(caller, organization_id)
    if already_applied():
        return _membership(accounts, organization_id)
    for number in range(_TRIES):
        before = _membership(accounts, organization_id)
        after, audit = decide(before)
        if after == before:
            break
        if caller.organization_id == organization_id:
            _check_owner_key(before, after, at)
        try:
            accounts.save(before, after, audit)
        except MembershipChanged:
            if number == _TRIES - 1:
                raise
            pause(number)
        else:
            break
    return after


def _membership(accounts: Accounts, organization_id: str) -> Membership:
    found = accounts.membership(organization_id)
    if found is None:
        raise NotFound("there is no such organization")
    return found


def _check_owner_key(before: Membership, after: Membership, at: str) -> None:
    """An organization that has no such key already, since the operator took it, may go on without."""
    try:
        before.check_owner_key(at)
    except LastOwnerKey:
        return
    after.check_owner_key(at)
