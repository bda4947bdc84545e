"""The record of a recovery in DynamoDB: conditional writes, each of which may be repeated."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.instances.items import ENDPOINT, RECOVERY, RESTORE, instance_of
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import Recovery, RecoveryStatus, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.status import Status
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import InstanceSuperseded
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together
from swiftcache.recovery.ports import Recovering

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import UpdateTypeDef

_NAMES = {"#status": "status", "#recovery": "recovery", "#id": "id", "#attempt": "attempt"}
_RESTORE = {"#restore": "restore"}
_UNDER_WAY = "#status = :running AND #recovery.#id = :id AND #recovery.#status = :inProgress"


class DynamoDBRecoveries:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def begin(self, instance: Instance, task: str, recovery: Recovery, audit: AuditEntry) -> bool:
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": instance_key(instance.organization_id, instance.id),
            "UpdateExpression": "SET #recovery = :recovery",
            "ConditionExpression": (
                "#status = :running AND endpoint.task = :task AND "
                "(attribute_not_exists(#recovery) OR #recovery.#status <> :inProgress)"
            ),
            "ExpressionAttributeNames": {"#status": "status", "#recovery": "recovery"},
            "ExpressionAttributeValues": {
                ":running": {"S": Status.RUNNING.value},
                ":inProgress": {"S": RecoveryStatus.IN_PROGRESS.value},
                ":task": {"S": task},
                ":recovery": attribute(RECOVERY.encode(recovery)),
            },
        }
        try:
            write_together(self._client, {"Update": update}, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            return False
        return True

    def start_attempt(self, recovering: Recovering, *, stopped: bool, refused: bool, not_loaded: bool) -> Instance:
        values: dict[str, object] = {":attempt": recovering.attempt}
        expression = "SET #recovery.#attempt = :attempt"
        if stopped:
            expression += ", #recovery.deaths = #recovery.deaths + :one"
            values[":one"] = 1
        if refused:
            expression += ", #recovery.refusals = if_not_exists(#recovery.refusals, :none) + :one"
            values |= {":one": 1, ":none": 0}
        names = {}
        if not_loaded:
            expression += ", #recovery.failedLoads = if_not_exists(#recovery.failedLoads, :none) + :one"
            expression += " REMOVE #recovery.#restore"
            values |= {":one": 1, ":none": 0}
            names = _RESTORE
        request = self._request(recovering, expression, values, "#recovery.#attempt < :attempt", names)
        try:
            with passing_errors_as_unavailable(SERVICE):
                answer = self._client.update_item(
                    **cast(Any, request), ReturnValues="ALL_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD"
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            item = cast(dict[str, Any] | None, error.response.get("Item"))
            found = instance_of(item) if item else None
            if found is None or not _is_at(found, recovering):
                raise _superseded(recovering) from error
            return found  # it is noted already
        return instance_of(answer["Attributes"])

    def begin_with(self, recovering: Recovering, restore: Restore | None, started_empty: StartedEmpty | None) -> None:
        values: dict[str, object] = {":attempt": recovering.attempt}
        if restore:
            expression = "SET #recovery.#restore = :restore, ownDefinitions = :true REMOVE #recovery.startedEmpty"
            values |= {":restore": RESTORE.encode(restore), ":true": True}
        else:
            assert started_empty
            expression = "SET #recovery.startedEmpty = :why REMOVE #recovery.#restore"
            values[":why"] = started_empty.value
        request = self._request(recovering, expression, values, "#recovery.#attempt = :attempt", _RESTORE)
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(**cast(Any, request))
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise _superseded(recovering) from error

    def mark_recovered(self, recovering: Recovering, endpoint: Endpoint, audit: AuditEntry) -> None:
        values: dict[str, object] = {
            ":attempt": recovering.attempt,
            ":endpoint": ENDPOINT.encode(endpoint),
            ":port": endpoint.port,
            ":none": 0,
            ":succeeded": RecoveryStatus.SUCCEEDED.value,
            ":at": audit.at,
        }
        expression = (
            "SET endpoint = :endpoint, #port = :port, appliedRevision = :none, "
            "#recovery.#status = :succeeded, #recovery.endedAt = :at"
        )
        request = self._request(recovering, expression, values, "#recovery.#attempt = :attempt", {"#port": "port"})
        try:
            write_together(self._client, {"Update": request}, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            if not self._is_recovered(recovering, endpoint):
                raise _superseded(recovering) from error

    def _is_recovered(self, recovering: Recovering, endpoint: Endpoint) -> bool:
        """Whether an earlier try did it, and its answer was lost."""
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table,
                Key=instance_key(recovering.organization_id, recovering.instance_id),
                ConsistentRead=True,
            )
        item = answer.get("Item")
        found = instance_of(item) if item else None
        if found is None or found.recovery is None or found.recovery.id != recovering.recovery_id:
            return False
        return found.recovery.status is RecoveryStatus.SUCCEEDED and found.endpoint == endpoint

    def _request(
        self,
        recovering: Recovering,
        expression: str,
        values: Mapping[str, object],
        only_if: str,
        names: Mapping[str, str],
    ) -> "UpdateTypeDef":
        return {
            "TableName": self._table,
            "Key": instance_key(recovering.organization_id, recovering.instance_id),
            "ConditionExpression": f"{_UNDER_WAY} AND {only_if}",
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {**_NAMES, **names},
            "ExpressionAttributeValues": {
                ":running": {"S": Status.RUNNING.value},
                ":id": {"S": recovering.recovery_id},
                ":inProgress": {"S": RecoveryStatus.IN_PROGRESS.value},
                **{name: attribute(value) for name, value in values.items()},
            },
        }


def _is_at(found: Instance, recovering: Recovering) -> bool:
    """Whether this attempt is the one at work in the record."""
    recovery = found.recovery
    if recovery is None or found.status is not Status.RUNNING or not found.recovering:
        return False
    return (recovery.id, recovery.attempt) == (recovering.recovery_id, recovering.attempt)


def _superseded(recovering: Recovering) -> InstanceSuperseded:
    return InstanceSuperseded(
        f"{recovering.instance_id} is being deleted, or attempt {recovering.attempt} of its recovery "
        f"{recovering.recovery_id} is not wanted any more"
    )
