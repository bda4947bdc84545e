"""Organizations, members and account keys as DynamoDB items, and back."""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from swiftcache.organizations.membership import EffectiveAccess, Membership
from swiftcache.organizations.model import (
    DEFAULT_LIMITS,
    AccountKey,
    Limits,
    Member,
    Organization,
    OrganizationStatus,
)
from swiftcache.platform.codec import Codec
from swiftcache.platform.items import (
    KEY,
    MEMBER,
    ORGANIZATIONS,
    account_key_key,
    attributes,
    member_key,
    organization_account_key_key,
    organization_key,
    plain,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_MEMBER = Codec(Member)
_ACCOUNT_KEY = Codec(AccountKey, names={"expires_at": "keyExpiresAt"})
"""When a key was last used is noted where authentication finds it, by its hash."""


def organization_item(organization: Organization, version: int) -> "dict[str, AttributeValueTypeDef]":
    """Of instances and memory what is left is stored, not what is used: a condition can compare with it, since it
    cannot calculate. Of backups what is used: organizations are older than they.

    `version` is that of its membership.
    """
    values = {
        "organizationId": organization.id,
        "name": organization.name,
        "status": organization.status.value,
        "statusVersion": organization.status_version,
        "createdAt": organization.created_at,
        "instanceLimit": organization.limits.instances,
        "instancesLeft": organization.limits.instances - organization.used.instances,
        "memoryLimit": organization.limits.memory,
        "memoryLeft": organization.limits.memory - organization.used.memory,
        "backupLimit": organization.limits.backups,
        "backupBytesLimit": organization.limits.backup_bytes,
        "backupCount": organization.used.backups,
        "backupBytes": organization.used.backup_bytes,
        "rosterVersion": version,
        "fleet": ORGANIZATIONS,
    }
    return organization_key(organization.id) | attributes(values)


def organization_of(item: dict[str, Any]) -> Organization:
    """The organization in an item in DynamoDB's JSON."""
    values = plain(item)
    limits = Limits(
        int(values["instanceLimit"]),
        int(values["memoryLimit"]),
        int(values.get("backupLimit", DEFAULT_LIMITS.backups)),
        int(values.get("backupBytesLimit", DEFAULT_LIMITS.backup_bytes)),
    )
    return Organization(
        id=values["organizationId"],
        name=values["name"],
        status=OrganizationStatus(values["status"]),
        created_at=values["createdAt"],
        limits=limits,
        used=Limits(
            limits.instances - int(values["instancesLeft"]),
            limits.memory - int(values["memoryLeft"]),
            int(values.get("backupCount", 0)),
            int(values.get("backupBytes", 0)),
        ),
        status_version=int(values["statusVersion"]),
    )


def membership_of(organization_item: dict[str, Any], people: Iterable[dict[str, Any]]) -> Membership:
    """The membership in these items in DynamoDB's JSON: the organization's, and those of its members and account
    keys."""
    known = [plain(item) for item in people]
    return Membership(
        organization=organization_of(organization_item),
        members=tuple(_MEMBER.decode(values) for values in known if values["SK"].startswith(MEMBER)),
        keys=tuple(_ACCOUNT_KEY.decode(values) for values in known if values["SK"].startswith(KEY)),
        version=int(plain(organization_item)["rosterVersion"]),
    )


def member_item(member: Member) -> "dict[str, AttributeValueTypeDef]":
    return member_key(member.organization_id, member.id) | attributes(_MEMBER.encode(member))


def account_key_item(key: AccountKey) -> "dict[str, AttributeValueTypeDef]":
    kept = _ACCOUNT_KEY.encode(replace(key, last_used_at=None))
    return organization_account_key_key(key.organization_id, key.id) | attributes(kept)


def lookup_item(access: EffectiveAccess) -> "dict[str, AttributeValueTypeDef]":
    """What authentication reads, in one read: whose key this is, and what it may do in effect."""
    key = access.key
    values = {
        "organizationId": key.organization_id,
        "keyId": key.id,
        "memberId": key.member_id,
        "role": access.role.value,
        "keyExpiresAt": key.expires_at,
        "suspended": access.suspended or None,
    }
    return account_key_key(key.sha256) | attributes(values)
