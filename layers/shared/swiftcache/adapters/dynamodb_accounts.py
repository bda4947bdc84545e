"""Organizations and their account keys in DynamoDB."""

from typing import TYPE_CHECKING

from swiftcache.adapters.aws_errors import passing_errors_as_unavailable
from swiftcache.adapters.dynamodb_items import (
    account_key_key,
    attributes,
    audit_put,
    member_key,
    organization_account_key_key,
    organization_key,
)
from swiftcache.adapters.dynamodb_transactions import SERVICE, write_together
from swiftcache.domain.audit import AuditEntry
from swiftcache.domain.organization import AccountKey, Identity, Member, Organization, Role, lower

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


class DynamoDBAccounts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def identity(self, key_sha256: str, at: str) -> Identity | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=account_key_key(key_sha256), ConsistentRead=True)
        item = answer.get("Item")
        if item is None or "suspended" in item or item.get("keyExpiresAt", {"S": at})["S"] < at:
            return None
        return Identity(item["organizationId"]["S"], item["keyId"]["S"], item["memberId"]["S"], Role(item["role"]["S"]))

    def create_organization(
        self, organization: Organization, owner: Member, key: AccountKey, audit: AuditEntry
    ) -> None:
        write_together(
            self._client,
            self._put(organization_item(organization)),
            self._put(member_item(owner)),
            self._put(account_key_item(key)),
            self._put(account_key_lookup(key, owner)),
            audit_put(self._table, audit),
        )

    def _put(self, item: "dict[str, AttributeValueTypeDef]") -> "TransactWriteItemTypeDef":
        return {
            "Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"},
        }


def organization_item(organization: Organization) -> "dict[str, AttributeValueTypeDef]":
    """What is left is stored, not what is used: a condition can compare with it, since it cannot calculate."""
    values = {
        "organizationId": organization.id,
        "name": organization.name,
        "status": organization.status.value,
        "createdAt": organization.created_at,
        "instanceLimit": organization.limits.instances,
        "instancesLeft": organization.limits.instances - organization.used.instances,
        "memoryLimit": organization.limits.memory,
        "memoryLeft": organization.limits.memory - organization.used.memory,
    }
    return organization_key(organization.id) | attributes(values)


def member_item(member: Member) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "id": member.id,
        "organizationId": member.organization_id,
        "name": member.name,
        "role": member.role.value,
        "createdAt": member.created_at,
    }
    return member_key(member.organization_id, member.id) | attributes(values)


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


def account_key_lookup(key: AccountKey, member: Member) -> "dict[str, AttributeValueTypeDef]":
    """What authentication reads, in one read: whose key this is, and what it may do in effect."""
    values = {
        "organizationId": key.organization_id,
        "keyId": key.id,
        "memberId": key.member_id,
        "role": lower(key.role, member.role).value,
        "keyExpiresAt": key.expires_at,
    }
    return account_key_key(key.sha256) | attributes(values)
