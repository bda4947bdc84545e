"""What the operator does with organizations, and organizations with their members and account keys."""

from dataclasses import dataclass
from datetime import datetime

from swiftcache.domain.audit import Action, entry
from swiftcache.domain.instance import timestamp
from swiftcache.domain.organization import (
    AccountKey,
    Caller,
    Limits,
    Member,
    Organization,
    OrganizationStatus,
    Role,
)
from swiftcache.domain.ports import Accounts
from swiftcache.domain.secrets import account_key_prefix, new_account_key, new_id, sha256


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
