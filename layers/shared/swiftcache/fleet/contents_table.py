"""What lies in an organization's partition, for the workflow that empties it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from swiftcache.instances.items import instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import IllegalTransition
from swiftcache.platform.items import INSTANCE, organization_key
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBContents:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def instances(self, organization_id: str, status: Status, limit: int) -> Sequence[Instance]:
        if limit < 1:
            return []
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                IndexName="ByStatus",
                KeyConditionExpression="PK = :pk AND begins_with(statusKey, :status)",
                ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}, ":status": {"S": f"{status}#"}},
                Limit=limit,
                ConsistentRead=True,
            )
        return [instance_of(item) for item in answer["Items"]]

    def remove(self, organization_id: str) -> None:
        organization = organization_key(organization_id)
        with passing_errors_as_unavailable(SERVICE):
            found = self._client.get_item(TableName=self._table, Key=organization, ConsistentRead=True).get("Item")
        if found is None:
            return
        status = found["status"]["S"]
        if status != OrganizationStatus.DELETING:
            raise IllegalTransition(f"{organization_id} is {status}; only a DELETING organization is removed", status)
        for key in self._keys(organization_id):
            if key != organization:
                self._delete(key)
        # The last: so whoever takes this up again finds what is left.
        self._delete(organization)

    def _keys(self, organization_id: str) -> Iterator[dict[str, Any]]:
        """Of every item in its partition that is no instance."""
        with passing_errors_as_unavailable(SERVICE):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ProjectionExpression="PK, SK",
                ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}},
                ConsistentRead=True,
            )
            for page in pages:
                yield from (item for item in page["Items"] if not item["SK"]["S"].startswith(INSTANCE))

    def _delete(self, key: dict[str, Any]) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.delete_item(TableName=self._table, Key=key)
