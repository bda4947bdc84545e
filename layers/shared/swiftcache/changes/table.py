"""The record of a resize in DynamoDB: conditional writes, each of which may be repeated."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.changes.ports import Replacement
from swiftcache.instances.change import Change, ChangeStatus, Decision
from swiftcache.instances.failure import Failure
from swiftcache.instances.items import ENDPOINT, FAILURE, SETTINGS, instance_of
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.status import Status
from swiftcache.instances.usage_table import give_back
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import InstanceSuperseded
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef

_NAMES = {"#status": "status", "#change": "change", "#id": "id", "#decision": "decision", "#engine": "engine"}
_UNDER_WAY = "#status = :running AND #change.#id = :id AND #change.#status = :inProgress"
_UNDECIDED = "attribute_not_exists(#change.#decision)"
_DECIDED = "#change.#decision = :decision"


class DynamoDBChanges:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def start_attempt(self, replacement: Replacement) -> Instance:
        return self._update(replacement, "SET #change.attempt = :attempt", {":attempt": replacement.attempt})

    def stand_by(self, replacement: Replacement, standby: Endpoint) -> Instance:
        values = {":standby": ENDPOINT.encode(standby)}
        return self._update(replacement, "SET standby = :standby", values, only_if=_UNDECIDED)

    def take_turn(self, replacement: Replacement) -> Instance:
        return self._update(replacement, "SET #change.turn = #change.turn + :one", {":one": 1}, only_if=_UNDECIDED)

    def commit(self, replacement: Replacement, held: Instance) -> Instance:
        assert held.change
        assert held.endpoint
        assert held.standby
        values = {
            ":serving": ENDPOINT.encode(held.endpoint),
            ":standby": ENDPOINT.encode(held.standby),
            ":port": held.standby.port,
            ":turn": held.change.turn,
            ":decision": Decision.COMMITTED.value,
        }
        return self._update(
            replacement,
            "SET endpoint = :standby, standby = :serving, port = :port, #change.#decision = :decision",
            values,
            only_if=f"{_UNDECIDED} AND #change.turn = :turn AND endpoint = :serving AND standby = :standby",
        )

    def abandon(self, replacement: Replacement, failure: Failure) -> Instance:
        values = {":decision": Decision.ABANDONED.value, ":failure": FAILURE.encode(failure)}
        try:
            return self._update(
                replacement,
                "SET #change.#decision = :decision, #change.failure = :failure",
                values,
                only_if=_UNDECIDED,
            )
        except InstanceSuperseded:
            return self.start_attempt(replacement)  # it may be decided already

    def mark_resized(self, replacement: Replacement, change: Change, free: int, audit: AuditEntry) -> None:
        values: dict[str, object] = {
            ":maxMemory": change.max_memory,
            ":policy": change.eviction_policy.value,
            ":ended": ChangeStatus.SUCCEEDED.value,
            ":at": audit.at,
            ":decision": Decision.COMMITTED.value,
        }
        more, removed = "", "standby"
        if change.settings is not None and change.settings.chosen:
            more = "settings = :settings, "
            values[":settings"] = SETTINGS.encode(change.settings)
        elif change.settings is not None:
            removed += ", settings"
        if change.engine is not None:
            more += "#engine = :engine, "
            values[":engine"] = change.engine.value
        expression = (
            f"SET maxMemory = :maxMemory, evictionPolicy = :policy, {more}#change.#status = :ended, "
            f"#change.endedAt = :at REMOVE {removed}"
        )
        self._end(replacement, expression, values, free, audit)

    def mark_resize_failed(self, replacement: Replacement, free: int, audit: AuditEntry) -> None:
        values = {
            ":ended": ChangeStatus.FAILED.value,
            ":at": audit.at,
            ":decision": Decision.ABANDONED.value,
        }
        expression = "SET #change.#status = :ended, #change.endedAt = :at REMOVE standby"
        self._end(replacement, expression, values, free, audit)

    def _end(
        self, replacement: Replacement, expression: str, values: Mapping[str, object], free: int, audit: AuditEntry
    ) -> None:
        update = self._request(replacement, expression, values, _DECIDED)
        writes: list[TransactWriteItemTypeDef] = [
            {"Update": cast("UpdateTypeDef", update)},
            audit_put(self._table, audit),
        ]
        if free:
            writes.append({"Update": give_back(self._table, replacement.organization_id, 0, free)})
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise _superseded(replacement) from error

    def _update(
        self, replacement: Replacement, expression: str, values: Mapping[str, object], only_if: str = ""
    ) -> Instance:
        try:
            with passing_errors_as_unavailable(SERVICE):
                answer = self._client.update_item(
                    **self._request(replacement, expression, values, only_if), ReturnValues="ALL_NEW"
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise _superseded(replacement) from error
        return instance_of(answer["Attributes"])

    def _request(
        self, replacement: Replacement, expression: str, values: Mapping[str, object], only_if: str
    ) -> dict[str, Any]:
        condition = f"{_UNDER_WAY} AND {only_if}" if only_if else _UNDER_WAY
        used = f"{condition} {expression}"
        return {
            "TableName": self._table,
            "Key": instance_key(replacement.organization_id, replacement.instance_id),
            "ConditionExpression": condition,
            "UpdateExpression": expression,
            "ExpressionAttributeNames": {name: value for name, value in _NAMES.items() if name in used},
            "ExpressionAttributeValues": {
                ":running": {"S": Status.RUNNING.value},
                ":id": {"S": replacement.change_id},
                ":inProgress": {"S": ChangeStatus.IN_PROGRESS.value},
                **{name: attribute(value) for name, value in values.items()},
            },
        }


def _superseded(replacement: Replacement) -> InstanceSuperseded:
    return InstanceSuperseded(
        f"{replacement.instance_id} is being deleted, or its change {replacement.change_id} is not under way any more"
    )
