"""What an instance is to be, and the runs that make it so, in DynamoDB."""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.configuration.model import finished, running
from swiftcache.instances.items import instance_item, instance_of
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.usage_table import give_back, refusal, take
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

_READ = (
    *("status", "name", "deletionProtection", "expiresAt"),
    *("keys", "maxMemory", "evictionPolicy", "settings", "revision", "change", "endpoint", "recovery"),
    *("backupSchedule", "nextBackupAt"),
)
"""What a change is decided from."""

_WRITTEN = (
    *("name", "nameKey", "deletionProtection", "expiresAt"),
    *("keys", "maxMemory", "evictionPolicy", "settings", "revision", "change"),
    *("backupSchedule", "nextBackupAt", "due", "dueAt"),
)

_ENDED = (
    *("appliedRevision", "keyRules", "change"),
    *("status", "statusKey", "hostname", "port", "changedAt", "reason"),
)
"""What the end of a run writes, and of it the second row where it ends a creation too."""


class DynamoDBConfigurationStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def store(self, before: Instance, after: Instance, audit: AuditEntry) -> None:
        update = _Update(self._table, before)
        update.only_if_as_read(_READ)
        update.change_to(after, _WRITTEN)
        writes: list[TransactWriteItemTypeDef] = [{"Update": update.request()}, audit_put(self._table, audit)]
        more = after.reserved_memory - before.reserved_memory
        if more > 0:
            writes.append({"Update": take(self._table, before.organization_id, 0, more)})
        elif more < 0:
            writes.append({"Update": give_back(self._table, before.organization_id, 0, -more)})
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            match unmet(error):
                case None:
                    raise
                case 0:
                    raise RecordChanged(f"{before.id} was changed at the same moment; please try again") from error
                case _:
                    raise refusal(self._client, self._table, before.organization_id, more) from error

    def begin_run(self, organization_id: str, instance_id: str, run: str) -> Instance | None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(organization_id, instance_id),
                    UpdateExpression="ADD #runs :run",
                    ConditionExpression="#status = :running OR (#status = :provisioning AND claimed = :claimed)",
                    ExpressionAttributeNames={"#runs": "runs", "#status": "status"},
                    ExpressionAttributeValues={
                        ":run": {"SS": [run]},
                        ":running": {"S": Status.RUNNING.value},
                        ":provisioning": {"S": Status.PROVISIONING.value},
                        ":claimed": {"BOOL": True},
                    },
                    ReturnValues="ALL_NEW",
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None
        return instance_of(answer["Attributes"])

    def end_run(self, applied: Instance, runs: frozenset[str], at: str) -> bool:
        return self._end(applied, finished(applied, at), runs)

    def end_claim(self, applied: Instance, hostname: str, runs: frozenset[str], at: str) -> bool:
        return self._end(applied, running(finished(applied, at), hostname, at), runs)

    def _end(self, applied: Instance, after: Instance, runs: frozenset[str]) -> bool:
        update = _Update(self._table, applied)
        update.only_if_as_read(("status", "revision", "maxMemory", "evictionPolicy", "settings", "change", "endpoint"))
        update.change_to(after, _ENDED)
        request = update.request()
        request["UpdateExpression"] += " DELETE #runs :runs"
        request["ExpressionAttributeNames"] = {**request["ExpressionAttributeNames"], "#runs": "runs"}
        request["ExpressionAttributeValues"] = {**request["ExpressionAttributeValues"], ":runs": {"SS": sorted(runs)}}
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(**cast(Any, request))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True


class _Update:
    """An update of one instance's item: only if attributes are as they were read, then to what they are in another."""

    def __init__(self, table: str, before: Instance) -> None:
        self._table = table
        self._before = before
        self._item = instance_item(before)
        self._conditions = ["attribute_exists(PK)"]
        self._set: list[str] = []
        self._remove: list[str] = []
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def only_if_as_read(self, attributes: tuple[str, ...]) -> None:
        for name in attributes:
            self._names[f"#{name}"] = name
            if name in self._item:
                self._conditions.append(f"#{name} = :old_{name}")
                self._values[f":old_{name}"] = self._item[name]
            else:
                self._conditions.append(f"attribute_not_exists(#{name})")

    def change_to(self, after: Instance, attributes: tuple[str, ...]) -> None:
        """Leaves alone what stays as it is."""
        item = instance_item(after)
        for name in attributes:
            if item.get(name) == self._item.get(name):
                continue
            self._names[f"#{name}"] = name
            if name in item:
                self._set.append(f"#{name} = :new_{name}")
                self._values[f":new_{name}"] = item[name]
            else:
                self._remove.append(f"#{name}")

    def request(self) -> "UpdateTypeDef":
        clauses = [f"SET {', '.join(self._set)}"] if self._set else []
        clauses += [f"REMOVE {', '.join(self._remove)}"] if self._remove else []
        return {
            "TableName": self._table,
            "Key": instance_key(self._before.organization_id, self._before.id),
            "ConditionExpression": " AND ".join(self._conditions),
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
