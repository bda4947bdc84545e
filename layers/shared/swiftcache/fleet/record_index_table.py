"""Who is in the record: the reconciler's view of the table, and the one thing that it corrects there."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.fleet.ports import OrganizationSnapshot
from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.items import instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.usage_table import removal_of, reservations_of
from swiftcache.organizations.items import organization_of
from swiftcache.organizations.model import Limits
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import FLEET, INSTANCE, ORGANIZATIONS, attributes, instance_key, organization_key
from swiftcache.platform.transactions import SERVICE
from swiftcache.pool.model import POOL
from swiftcache.webhooks.table import WEBHOOK

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBRecordIndex:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def fleet(self) -> Iterator[tuple[str, str]]:
        for item in self._indexed(FLEET):
            yield item["PK"]["S"].removeprefix("ORG#"), item["SK"]["S"].removeprefix(INSTANCE)

    def is_in_fleet(self, instance_id: str) -> bool:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                IndexName="Fleet",
                KeyConditionExpression="fleet = :fleet AND SK = :sk",
                ExpressionAttributeValues={":fleet": {"S": FLEET}, ":sk": {"S": f"{INSTANCE}{instance_id}"}},
                Select="COUNT",
            )
        return answer["Count"] > 0

    def organizations(self) -> Iterator[str]:
        for item in self._indexed(ORGANIZATIONS):
            yield item["PK"]["S"].removeprefix("ORG#")

    def snapshot(self, organization_id: str) -> OrganizationSnapshot | None:
        # The organization first: what is counted after its version is not older, so `correct` notices a change.
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=organization_key(organization_id), ConsistentRead=True
            )
        item = answer.get("Item")
        if item is None:
            return None
        instances = tuple(instance_of(found) for found in self._those(organization_id, INSTANCE))
        written = {instance.id for instance in instances}
        now, reservations = self._now(), list(reservations_of(item))
        pending = [one.memory for one in reservations if one.is_pending(now) and one.instance_id not in written]
        return OrganizationSnapshot(
            organization=organization_of(item),
            instances=instances,
            reserved=Limits(len(pending), sum(pending)),
            settled=tuple(one.instance_id for one in reservations if not one.is_pending(now)),
            webhooks=tuple(found["SK"]["S"].removeprefix(WEBHOOK) for found in self._those(organization_id, WEBHOOK)),
            usage_version=int(item.get("usageVersion", {"N": "0"})["N"]),
            request_id=item.get("requestId", {"S": "reconcile"})["S"],
        )

    def pool(self) -> list[Instance]:
        return [instance_of(found) for found in self._those(POOL, INSTANCE)]

    def correct(self, snapshot: OrganizationSnapshot) -> bool:
        organization, uses = snapshot.organization, snapshot.uses
        limits, counted = organization.limits, organization.used
        values = {
            ":instances": limits.instances - uses.instances,
            ":memory": limits.memory - uses.memory,
            ":instancesSeen": limits.instances - counted.instances,
            ":memorySeen": limits.memory - counted.memory,
            ":instanceLimit": limits.instances,
            ":memoryLimit": limits.memory,
            ":version": snapshot.usage_version,
            ":next": snapshot.usage_version + 1,
        }
        clause, names = removal_of(snapshot.settled)
        unchanged = "#version = :version"
        if snapshot.usage_version == 0:
            unchanged = f"(attribute_not_exists(#version) OR {unchanged})"
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=organization_key(organization.id),
                    UpdateExpression=(
                        f"SET instancesLeft = :instances, memoryLeft = :memory, #version = :next{clause}"
                    ),
                    ConditionExpression=(
                        f"{unchanged} AND instancesLeft = :instancesSeen AND memoryLeft = :memorySeen "
                        "AND instanceLimit = :instanceLimit AND memoryLimit = :memoryLimit"
                    ),
                    ExpressionAttributeValues=attributes(values),
                    ExpressionAttributeNames={"#version": "usageVersion", **names},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def note_private_address(self, instance: Instance, address: str) -> bool:
        assert instance.endpoint
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(instance.organization_id, instance.id),
                    UpdateExpression="SET endpoint.privateAddress = :address",
                    # A change compares the whole of it, and would take a turn more.
                    ConditionExpression=(
                        "#status = :running AND endpoint.task = :task "
                        "AND attribute_not_exists(endpoint.privateAddress) "
                        "AND (attribute_not_exists(#change) OR #change.#status <> :underWay)"
                    ),
                    ExpressionAttributeNames={"#status": "status", "#change": "change"},
                    ExpressionAttributeValues=attributes(
                        {
                            ":address": address,
                            ":task": instance.endpoint.task,
                            ":running": Status.RUNNING.value,
                            ":underWay": ChangeStatus.IN_PROGRESS.value,
                        }
                    ),
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def _indexed(self, fleet: str) -> Iterator[dict[str, Any]]:
        return self._pages(
            IndexName="Fleet",
            KeyConditionExpression="fleet = :fleet",
            ExpressionAttributeValues={":fleet": {"S": fleet}},
            ProjectionExpression="PK, SK",
        )

    def _those(self, organization_id: str, sort_key: str) -> Iterator[dict[str, Any]]:
        return self._pages(
            KeyConditionExpression="PK = :pk AND begins_with(SK, :sk)",
            ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}, ":sk": {"S": sort_key}},
            ConsistentRead=True,
        )

    def _pages(self, **query: Any) -> Iterator[dict[str, Any]]:
        pages = self._client.get_paginator("query").paginate(TableName=self._table, **query)
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                yield from page["Items"]
