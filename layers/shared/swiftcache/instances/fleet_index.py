"""The instances of all organizations, from the table's index Fleet."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.instances.final_backup import OVERDUE
from swiftcache.instances.items import instance_of
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import FLEET, INSTANCE, attribute, instance_key
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient


class DynamoDBFleet:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def running(self) -> Iterator[Instance]:
        return self._those("#status = :running", {"status"}, {":running": Status.RUNNING.value})

    def lasting(self) -> Iterator[Instance]:
        """Those that are RUNNING, or have ended as ERROR."""
        return self._those(
            "#status = :running OR #status = :error",
            {"status"},
            {":running": Status.RUNNING.value, ":error": Status.ERROR.value},
        )

    def due(self, by: str) -> Iterator[Instance]:
        expiring = "#expiresAt <= :by AND #status <> :deleting"
        outdated = "attribute_not_exists(#keyRules) OR #keyRules <> :rules"
        unconfigured = (
            f"#status = :running AND (#revision <> #appliedRevision OR attribute_exists(#runs) OR {outdated})"
        )
        unlimited = (
            "#status = :running AND attribute_exists(#allowedNetworks) "
            "AND #allowedNetworks.#revision <> #ownGroup.#revision"
        )
        waiting = (
            "#finalBackup.#since <= :late AND attribute_not_exists(#finalBackup.#failure) AND #status <> :deleting"
        )
        return self._those(
            f"({expiring}) OR ({unconfigured}) OR ({unlimited}) OR ({waiting})",
            {
                "status",
                "expiresAt",
                "revision",
                "appliedRevision",
                "runs",
                "keyRules",
                "finalBackup",
                "since",
                "failure",
                "allowedNetworks",
                "ownGroup",
            },
            {
                ":by": by,
                ":late": timestamp(datetime.fromisoformat(by) - OVERDUE),
                ":deleting": Status.DELETING.value,
                ":running": Status.RUNNING.value,
                ":rules": KEY_RULES,
            },
        )

    def find(self, instance_id: str) -> Instance | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                IndexName="Fleet",
                KeyConditionExpression="fleet = :fleet AND SK = :instance",
                ExpressionAttributeValues={":fleet": {"S": FLEET}, ":instance": {"S": f"{INSTANCE}{instance_id}"}},
            )
        return next(map(instance_of, answer["Items"]), None)

    def older_than(self, at: str) -> Iterator[Instance]:
        renewed = "#controlPasswordAt < :at"
        first = "attribute_not_exists(#controlPasswordAt) AND #createdAt < :at"
        return self._those(
            f"#status = :running AND (({renewed}) OR ({first}))",
            {"status", "controlPasswordAt", "createdAt"},
            {":at": at, ":running": Status.RUNNING.value},
        )

    def note_renewal(self, organization_id: str, instance_id: str, at: str) -> None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(organization_id, instance_id),
                    UpdateExpression="SET #at = :at",
                    ConditionExpression="attribute_exists(PK)",
                    ExpressionAttributeNames={"#at": "controlPasswordAt"},
                    ExpressionAttributeValues={":at": {"S": at}},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _those(self, condition: str, names: set[str], values: Mapping[str, object]) -> Iterator[Instance]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="Fleet",
            KeyConditionExpression="fleet = :fleet",
            FilterExpression=condition,
            ExpressionAttributeNames={f"#{name}": name for name in names},
            ExpressionAttributeValues={
                ":fleet": {"S": FLEET},
                **{name: attribute(value) for name, value in values.items()},
            },
        )
        with passing_errors_as_unavailable(SERVICE):
            for page in pages:
                yield from map(instance_of, page["Items"])
