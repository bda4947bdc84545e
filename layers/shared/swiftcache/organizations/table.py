"""Organizations, members and account keys in DynamoDB."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.access.identity import Identity, Role
from swiftcache.organizations.items import (
    account_key_item,
    lookup_item,
    member_item,
    membership_of,
    organization_item,
    organization_of,
)
from swiftcache.organizations.membership import Membership
from swiftcache.organizations.membership_table import membership_writes, put
from swiftcache.organizations.model import AccountKey, Member, Organization
from swiftcache.organizations.ports import OrganizationPage
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.batches import items_of
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.errors import MembershipChanged
from swiftcache.platform.items import KEY, MEMBER, ORGANIZATIONS, account_key_key, organization_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_ORGANIZATION_ID = r"org_[a-z0-9]{1,64}"


class DynamoDBAccounts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def identity(self, key_sha256: str, at: str) -> Identity | None:
        item = self._read(account_key_key(key_sha256))
        if item is None or "suspended" in item or item.get("keyExpiresAt", {"S": "~"})["S"] <= at:
            return None
        return Identity(
            organization_id=item["organizationId"]["S"],
            key_id=item["keyId"]["S"],
            member_id=item["memberId"]["S"],
            role=Role(item["role"]["S"]),
            last_used_at=item.get("lastUsedAt", {}).get("S"),
        )

    def record_use(self, key_sha256: str, at: str) -> None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=account_key_key(key_sha256),
                    ConditionExpression=(
                        "attribute_exists(PK) AND (attribute_not_exists(lastUsedAt) OR lastUsedAt < :at)"
                    ),
                    UpdateExpression="SET lastUsedAt = :at",
                    ExpressionAttributeValues={":at": {"S": at}},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def last_uses(self, keys: Sequence[AccountKey]) -> dict[str, str]:
        found = items_of(self._client, self._table, [account_key_key(key.sha256) for key in keys], SERVICE)
        return {item["keyId"]["S"]: item["lastUsedAt"]["S"] for item in found if "lastUsedAt" in item}

    def create_organization(
        self, organization: Organization, owner: Member, key: AccountKey, audit: AuditEntry
    ) -> None:
        membership = Membership(organization, (owner,), (key,))
        [access] = membership.effective_accesses().values()
        try:
            write_together(
                self._client,
                put(self._table, organization_item(organization, membership.version)),
                put(self._table, member_item(owner)),
                put(self._table, account_key_item(key)),
                put(self._table, lookup_item(access)),
                audit_put(self._table, audit),
            )
        except ClientError as error:
            # An id is random, and given once: an earlier try of ours has made it.
            if unmet(error) != 0:
                raise

    def organization(self, organization_id: str) -> Organization | None:
        item = self._read(organization_key(organization_id))
        return organization_of(item) if item else None

    def page(self, limit: int, cursor: str | None) -> OrganizationPage:
        start: dict[str, Any] = {}
        if cursor:
            after = organization_key(decoded(cursor, _ORGANIZATION_ID))
            start = {"ExclusiveStartKey": {**after, "fleet": {"S": ORGANIZATIONS}}}
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                IndexName="Fleet",
                KeyConditionExpression="fleet = :organizations",
                ExpressionAttributeValues={":organizations": {"S": ORGANIZATIONS}},
                Limit=limit,
                **start,
            )
        organizations = [organization_of(item) for item in answer["Items"]]
        more = "LastEvaluatedKey" in answer and organizations
        return OrganizationPage(organizations, encoded(organizations[-1].id) if more else None)

    def membership(self, organization_id: str) -> Membership | None:
        # The organization first: what is read after its version is not older than it, so `save` notices a change.
        organization = self._read(organization_key(organization_id))
        if organization is None:
            return None
        with passing_errors_as_unavailable(SERVICE):
            # The keys of members and account keys have nothing else between them, and are too few for a second page.
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND SK BETWEEN :first AND :last",
                ExpressionAttributeValues={
                    ":pk": {"S": f"ORG#{organization_id}"},
                    ":first": {"S": KEY},
                    ":last": {"S": f"{MEMBER}~"},
                },
                ConsistentRead=True,
            )
        return membership_of(organization, answer["Items"])

    def save(self, before: Membership, after: Membership, audit: AuditEntry) -> None:
        writes = membership_writes(self._table, before, after, audit.request_id)
        try:
            write_together(self._client, *writes, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) is None:
                raise
            raise MembershipChanged("the organization was changed at the same moment; please try again") from error

    def _read(self, key: Any) -> dict[str, Any] | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        return answer.get("Item")
