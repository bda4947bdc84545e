"""Organizations, members and account keys as DynamoDB items, and back."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from swiftcache.access.identity import Role
from swiftcache.organizations.membership import EffectiveAccess, Membership
from swiftcache.organizations.model import AccountKey, Limits, Member, Organization, OrganizationStatus
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


def organization_item(organization: Organization, version: int) -> "dict[str, AttributeValueTypeDef]":
    """What is left is stored, not what is used: a condition can compare with it, since it cannot calculate.

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
        "rosterVersion": version,
        "fleet": ORGANIZATIONS,
    }
    return organization_key(organization.id) | attributes(values)


def organization_of(item: dict[str, Any]) -> Organization:
    """The organization in an item in DynamoDB's JSON."""
    values = plain(item)
    limits = Limits(int(values["instanceLimit"]), int(values["memoryLimit"]))
    return Organization(
        id=values["organizationId"],
        name=values["name"],
        status=OrganizationStatus(values["status"]),
        created_at=values["createdAt"],
        limits=limits,
        used=Limits(limits.instances - int(values["instancesLeft"]), limits.memory - int(values["memoryLeft"])),
        status_version=int(values["statusVersion"]),
    )


def membership_of(organization_item: dict[str, Any], people: Iterable[dict[str, Any]]) -> Membership:
    """The membership in these items in DynamoDB's JSON: the organization's, and those of its members and account
    keys."""
    known = [plain(item) for item in people]
    return Membership(
        organization=organization_of(organization_item),
        members=tuple(_member(values) for values in known if values["SK"].startswith(MEMBER)),
        keys=tuple(_account_key(values) for values in known if values["SK"].startswith(KEY)),
        version=int(plain(organization_item)["rosterVersion"]),
    )


def member_item(member: Member) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "id": member.id,
        "organizationId": member.organization_id,
        "name": member.name,
        "role": member.role.value,
        "createdAt": member.created_at,
    }
    return member_key(member.organization_id, member.id) | attributes(values)


def _member(values: dict[str, Any]) -> Member:
    return Member(values["id"], values["organizationId"], values["name"], Role(values["role"]), values["createdAt"])


def account_key_item(key: AccountKey) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "id": key.id,
        "organizationId": key.organization_id,
        "memberId": key.member_id,
        "name": key.name,
        "role": key.role.value,
        "prefix": key.prefix,
        "sha256": key.sha256,
        "createdAt": key.created_at,
        "keyExpiresAt": key.expires_at,
    }
    return organization_account_key_key(key.organization_id, key.id) | attributes(values)


def _account_key(values: dict[str, Any]) -> AccountKey:
    return AccountKey(
        id=values["id"],
        organization_id=values["organizationId"],
        member_id=values["memberId"],
        name=values["name"],
        role=Role(values["role"]),
        prefix=values["prefix"],
        sha256=values["sha256"],
        created_at=values["createdAt"],
        expires_at=values.get("keyExpiresAt"),
    )


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
