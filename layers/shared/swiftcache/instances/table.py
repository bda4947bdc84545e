"""The record of instances in DynamoDB."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import ACTOR, audit_put
from swiftcache.instances.failure import Failure
from swiftcache.instances.items import ENDPOINT, FAILURE, instance_item, instance_of, status_key
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.pages import page_of
from swiftcache.instances.ports import EVERY, Filter, Page
from swiftcache.instances.receipt import Receipt, RemovedResources
from swiftcache.instances.receipts_table import receipt_put
from swiftcache.instances.recovery_state import RecoveryStatus
from swiftcache.instances.status import Reason, Status, allowed_from
from swiftcache.instances.usage_table import Reservations, give_back_all
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import (
    DeletionProtected,
    IllegalTransition,
    NotFound,
    RecordChanged,
)
from swiftcache.platform.items import attribute, instance_key
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef, UpdateTypeDef


class DynamoDBInstances:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._reservations = Reservations(client, table, now)

    def create(self, instance: Instance, audit: AuditEntry) -> None:
        # In no transaction with the rest: those that change one item refuse each other, and this one is everybody's.
        self._reservations.reserve(instance)
        write_together(
            self._client,
            {
                "Put": {
                    "TableName": self._table,
                    "Item": instance_item(instance),
                    "ConditionExpression": "attribute_not_exists(PK)",
                }
            },
            audit_put(self._table, audit),
        )
        self._reservations.settle(instance)

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=instance_key(organization_id, instance_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return instance_of(item) if item else None

    def status(self, organization_id: str, instance_id: str) -> Status | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table,
                Key=instance_key(organization_id, instance_id),
                ProjectionExpression="#status",
                ExpressionAttributeNames={"#status": "status"},
            )
        item = answer.get("Item")
        return Status(item["status"]["S"]) if item else None

    def page(self, organization_id: str, limit: int, cursor: str | None, only: Filter = EVERY) -> Page:
        return page_of(self._client, self._table, organization_id, limit, cursor, only)

    def mark_running(
        self, organization_id: str, instance_id: str, hostname: str, endpoint: Endpoint, at: str
    ) -> Instance:
        values = {
            "changedAt": at,
            "reason": Reason.VERIFIED.value,
            "port": endpoint.port,
            "endpoint": ENDPOINT.encode(endpoint),
        }
        update = self._update(organization_id, instance_id, Status.RUNNING, values)
        update["UpdateExpression"] += ", appliedRevision = revision, hostname = if_not_exists(dnsName, :hostname)"
        update["ExpressionAttributeValues"][":hostname"] = attribute(hostname)
        return self._change(instance_id, Status.RUNNING, update)

    def give_up_member(self, organization_id: str, instance_id: str) -> None:
        self._change(
            instance_id,
            Status.PROVISIONING,
            {
                "TableName": self._table,
                "Key": instance_key(organization_id, instance_id),
                "ConditionExpression": "#status = :provisioning",
                "UpdateExpression": "REMOVE endpoint",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":provisioning": attribute(Status.PROVISIONING.value)},
            },
        )

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        values = {"changedAt": at, "reason": failure.code, "failure": FAILURE.encode(failure)}
        update = self._update(organization_id, instance_id, Status.ERROR, values)
        update["ExpressionAttributeValues"][":running"] = attribute(Status.RUNNING.value)
        created = {**update, "ConditionExpression": f"{update['ConditionExpression']} AND #status <> :running"}
        try:
            return self._change(instance_id, Status.ERROR, created)
        except IllegalTransition as error:
            if error.current != Status.RUNNING:
                raise
        # Only of a recovery that is under way can the end be written.
        update["ConditionExpression"] = "#status = :running AND recovery.#status = :inProgress"
        update["UpdateExpression"] += ", recovery.#status = :failed, recovery.endedAt = :changedAt"
        values_given = update["ExpressionAttributeValues"]
        update["ExpressionAttributeValues"] = {
            **{name: value for name, value in values_given.items() if not name.startswith(":from")},
            ":inProgress": attribute(RecoveryStatus.IN_PROGRESS.value),
            ":failed": attribute(RecoveryStatus.FAILED.value),
        }
        return self._change(instance_id, Status.ERROR, update)

    def mark_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        update = self._deletion(organization_id, instance_id, audit)
        update["ConditionExpression"] += " AND deletionProtection = :unprotected"
        update["ExpressionAttributeValues"][":unprotected"] = {"BOOL": False}
        self._mark_deleting(organization_id, instance_id, update, audit)

    def force_deleting(self, organization_id: str, instance_id: str, audit: AuditEntry) -> None:
        update = self._deletion(organization_id, instance_id, audit)
        self._mark_deleting(organization_id, instance_id, update, audit)

    def mark_expired(self, organization_id: str, instance_id: str, expires_at: str, audit: AuditEntry) -> None:
        update = self._deletion(organization_id, instance_id, audit)
        update["ConditionExpression"] += " AND expiresAt = :expiresAt"
        update["ExpressionAttributeValues"][":expiresAt"] = {"S": expires_at}
        try:
            write_together(self._client, {"Update": cast("UpdateTypeDef", update)}, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise RecordChanged(f"{instance_id} does not expire at {expires_at} any more") from error

    def _deletion(self, organization_id: str, instance_id: str, audit: AuditEntry) -> dict[str, Any]:
        values = {
            "changedAt": audit.at,
            "reason": Reason.DELETE_REQUESTED.value,
            "requestId": audit.request_id,
            "deletedBy": ACTOR.encode(audit.actor),
        }
        # A final backup that is under way is waited for no more.
        return self._update(organization_id, instance_id, Status.DELETING, values, removed=["finalBackup"])

    def _mark_deleting(self, organization_id: str, instance_id: str, update: dict[str, Any], audit: AuditEntry) -> None:
        try:
            write_together(self._client, {"Update": cast("UpdateTypeDef", update)}, audit_put(self._table, audit))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            current = self.get(organization_id, instance_id)
            if current is None:
                raise NotFound(f"there is no instance {instance_id}") from error
            if current.status in allowed_from(Status.DELETING):
                raise DeletionProtected(
                    f"{instance_id} is protected against deletion; first PATCH it with deletionProtection: false"
                ) from error
            raise _illegal(current, Status.DELETING) from error

    def remove(self, organization_id: str, instance_id: str, removed: RemovedResources, at: str) -> None:
        instance = self.get(organization_id, instance_id)
        if instance is None:
            return
        deletion: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self._table,
                "Key": instance_key(organization_id, instance_id),
                "ConditionExpression": "#status = :deleting",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {":deleting": {"S": Status.DELETING.value}},
            }
        }
        try:
            write_together(
                self._client,
                deletion,
                {"Update": give_back_all(self._table, instance)},
                receipt_put(self._table, Receipt(instance, removed, at)),
            )
        except ClientError as error:
            if unmet(error) == 1:
                # Its organization is gone, and with it whoever could read a receipt.
                write_together(self._client, deletion)
                return
            if unmet(error) != 0:
                raise
            found = self.get(organization_id, instance_id)
            if found is not None:
                raise IllegalTransition(
                    f"{instance_id} is {found.status}; only a DELETING instance is removed", found.status
                ) from error

    def _change(self, instance_id: str, to: Status, update: dict[str, Any]) -> Instance:
        try:
            with passing_errors_as_unavailable(SERVICE):
                answer = self._client.update_item(
                    **update, ReturnValues="ALL_NEW", ReturnValuesOnConditionCheckFailure="ALL_OLD"
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            item = cast(dict[str, Any] | None, error.response.get("Item"))
            if not item:
                raise NotFound(f"there is no instance {instance_id}") from error
            raise _illegal(instance_of(item), to) from error
        return instance_of(answer["Attributes"])

    def _update(
        self,
        organization_id: str,
        instance_id: str,
        to: Status,
        values: Mapping[str, object],
        removed: Sequence[str] = (),
    ) -> dict[str, Any]:
        """The change to this status, on the condition that it is allowed."""
        values = {"status": to.value, "statusKey": status_key(to, instance_id), **values}
        # Only of one that runs, or soon will, a backup is ever due.
        ended = ("nextBackupAt", "due", "dueAt") if to in (Status.ERROR, Status.DELETING) else ()
        removal = f"REMOVE {', '.join((*ended, *removed))} " if ended or removed else ""
        allowed = {f":from{number}": status.value for number, status in enumerate(sorted(allowed_from(to)))}
        return {
            "TableName": self._table,
            "Key": instance_key(organization_id, instance_id),
            "ConditionExpression": f"#status IN ({', '.join(allowed)})",
            "UpdateExpression": f"{removal}SET " + ", ".join(f"#{name} = :{name}" for name in values),
            "ExpressionAttributeNames": {f"#{name}": name for name in values},
            "ExpressionAttributeValues": {f":{name}": attribute(value) for name, value in values.items()}
            | {name: attribute(value) for name, value in allowed.items()},
        }


def _illegal(instance: Instance, to: Status) -> IllegalTransition:
    return IllegalTransition(f"{instance.id} is {instance.status}: it cannot become {to}", instance.status)
