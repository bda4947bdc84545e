"""What an instance is to be, and the runs that make it so, in DynamoDB."""

from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.configuration.model import finished, running
from swiftcache.instances.items import instance_of
from swiftcache.instances.maintenance_table import due_writes
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.update_item import InstanceUpdate
from swiftcache.instances.usage_table import give_back, refusal, take
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_READ = (
    *("status", "name", "deletionProtection", "expiresAt"),
    *("keys", "maxMemory", "evictionPolicy", "settings", "revision", "change", "endpoint", "recovery"),
    "finalBackup",
    *("backupSchedule", "nextBackupAt", "recoverFromBackup"),
    *("maintenanceWindow", "pendingMaintenance", "allowedNetworks"),
)
"""What a change is decided from."""

_WRITTEN = (
    *("name", "nameKey", "deletionProtection", "expiresAt"),
    *("keys", "maxMemory", "evictionPolicy", "settings", "revision", "change"),
    *("backupSchedule", "nextBackupAt", "due", "dueAt", "recoverFromBackup"),
    *("maintenanceWindow", "pendingMaintenance", "allowedNetworks"),
)

_ENDED = (
    *("appliedRevision", "keyRules", "change", "finalBackup"),
    *("status", "statusKey", "hostname", "port", "changedAt", "reason"),
)
"""What the end of a run writes, and of it the second row where it ends a creation too."""


_APPLIED = (*("status", "revision", "maxMemory", "evictionPolicy", "settings", "change", "endpoint", "finalBackup"),)
"""What a run makes Redis from, and notes the end of."""


class DynamoDBConfigurationStore:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def store(self, before: Instance, after: Instance, audit: AuditEntry) -> None:
        update = InstanceUpdate(self._table, before)
        update.only_if_as_read(_READ)
        update.change_to(after, _WRITTEN)
        writes: list[TransactWriteItemTypeDef] = [
            {"Update": update.request()},
            audit_put(self._table, audit),
            *due_writes(self._table, before, after),
        ]
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
        update = InstanceUpdate(self._table, applied)
        update.only_if_as_read(_APPLIED)
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
