"""Maintenance in DynamoDB: what is pending is in the instance's item, and when it begins in one of its own."""

from dataclasses import replace
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.instances.maintenance_table import DUE, MAINTENANCE, due_writes, maintenance_key
from swiftcache.instances.model import Instance
from swiftcache.instances.update_item import InstanceUpdate
from swiftcache.maintenance.ports import DueMaintenance
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.due import due_items
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import attribute
from swiftcache.platform.transactions import SERVICE, unmet, write_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_READ = ("status", "pendingMaintenance", "maintenanceWindow", "endpoint")
"""What is decided from."""


class DynamoDBMaintenance:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def due(self, at: str, limit: int) -> "Sequence[DueMaintenance]":
        found = due_items(self._client, self._table, DUE, MAINTENANCE, at, limit)
        return [DueMaintenance(due.organization_id, due.id, due.at) for due in found]

    def store(self, before: Instance, after: Instance, audit: AuditEntry | None) -> None:
        update = InstanceUpdate(self._table, before)
        update.only_if_as_read(_READ)
        update.change_to(after, ("pendingMaintenance",))
        told = [audit_put(self._table, audit)] if audit is not None else []
        self._write(before, {"Update": update.request()}, *due_writes(self._table, before, after), *told)

    def announce(self, before: Instance, line: str, audit: AuditEntry) -> None:
        update = InstanceUpdate(self._table, before)
        update.only_if_as_read(("status", "endpoint", "endOfLifeTold"))
        update.change_to(replace(before, end_of_life_told=line), ("endOfLifeTold",))
        self._write(before, {"Update": update.request()}, audit_put(self._table, audit))

    def forget(self, due: DueMaintenance) -> None:
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.delete_item(
                    TableName=self._table,
                    Key=maintenance_key(due.organization_id, due.instance_id),
                    ConditionExpression="dueAt = :at",
                    ExpressionAttributeValues={":at": attribute(due.at)},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def _write(self, before: Instance, *writes: "TransactWriteItemTypeDef") -> None:
        """Together; the first is on the condition that the instance is as it was read."""
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise RecordChanged(f"{before.id} was changed at the same moment; please try again") from error
