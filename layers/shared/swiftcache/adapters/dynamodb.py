"""The record of instances and account keys in DynamoDB."""

import base64
import binascii
import random
import time
import uuid
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.adapters.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.adapters.dynamodb_items import (
    INSTANCE,
    account_key_key,
    attribute,
    attributes,
    failure_map,
    instance_item,
    instance_key,
    instance_of,
    organization_key,
)
from swiftcache.domain.errors import DependencyUnavailable, IllegalTransition, InvalidRequest, NotFound
from swiftcache.domain.failure import Failure
from swiftcache.domain.instance import Instance, is_instance_id
from swiftcache.domain.organization import Caller, Role
from swiftcache.domain.ports import Page
from swiftcache.domain.status import Reason, Status, allowed_from

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

_SERVICE = "the instance store"
_TRIES = 8


class DynamoDBAccounts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def caller(self, key_sha256: str) -> Caller | None:
        with passing_errors_as_unavailable(_SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=account_key_key(key_sha256), ConsistentRead=True)
        item = answer.get("Item")
        return Caller(item["organizationId"]["S"], Role(item["role"]["S"])) if item else None

    def create_organization(self, organization_id: str, name: str, at: str, key_sha256: str) -> None:
        organization = {"organizationId": organization_id, "name": name, "createdAt": at, "instanceCount": 0}
        key = {"organizationId": organization_id, "role": Role.OWNER.value, "createdAt": at}
        not_there = "attribute_not_exists(PK)"
        _write_together(
            self._client,
            {
                "Put": {
                    "TableName": self._table,
                    "Item": organization_key(organization_id) | attributes(organization),
                    "ConditionExpression": not_there,
                }
            },
            {
                "Put": {
                    "TableName": self._table,
                    "Item": account_key_key(key_sha256) | attributes(key),
                    "ConditionExpression": not_there,
                }
            },
        )


class DynamoDBInstances:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def create(self, instance: Instance) -> None:
        try:
            _write_together(
                self._client,
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": instance_item(instance),
                        "ConditionExpression": "attribute_not_exists(PK)",
                    }
                },
                {"Update": self._count(instance.organization_id, +1)},
            )
        except ClientError as error:
            if _unmet(error) == 1:
                raise NotFound(f"there is no organization {instance.organization_id}") from error
            raise

    def get(self, organization_id: str, instance_id: str) -> Instance | None:
        with passing_errors_as_unavailable(_SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=instance_key(organization_id, instance_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return instance_of(item) if item else None

    def page(self, organization_id: str, limit: int, cursor: str | None) -> Page:
        # A cursor stands for the last key of the page before; no cursor, for a key before every instance's.
        start = instance_key(organization_id, _decoded(cursor) if cursor else "")
        with passing_errors_as_unavailable(_SERVICE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND begins_with(SK, :instance)",
                ExpressionAttributeValues={
                    ":pk": {"S": f"ORG#{organization_id}"},
                    ":instance": {"S": INSTANCE},
                },
                Limit=limit,
                ConsistentRead=True,
                ExclusiveStartKey=start,
            )
        instances = [instance_of(item) for item in answer["Items"]]
        more = "LastEvaluatedKey" in answer
        return Page(instances, _encoded(instances[-1].id) if more and instances else None)

    def mark_running(self, organization_id: str, instance_id: str, hostname: str, port: int, at: str) -> Instance:
        return self._change(
            organization_id,
            instance_id,
            Status.RUNNING,
            {"changedAt": at, "reason": Reason.VERIFIED.value, "hostname": hostname, "port": port},
        )

    def mark_error(self, organization_id: str, instance_id: str, failure: Failure, at: str) -> Instance:
        return self._change(
            organization_id,
            instance_id,
            Status.ERROR,
            {"changedAt": at, "reason": failure.code, "failure": failure_map(failure)},
        )

    def mark_deleting(self, organization_id: str, instance_id: str, request_id: str, at: str) -> Instance:
        return self._change(
            organization_id,
            instance_id,
            Status.DELETING,
            {"changedAt": at, "reason": Reason.DELETE_REQUESTED.value, "requestId": request_id},
        )

    def remove(self, organization_id: str, instance_id: str) -> None:
        try:
            _write_together(
                self._client,
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": instance_key(organization_id, instance_id),
                        "ConditionExpression": "#status = :deleting",
                        "ExpressionAttributeNames": {"#status": "status"},
                        "ExpressionAttributeValues": {":deleting": {"S": Status.DELETING.value}},
                    }
                },
                {"Update": self._count(organization_id, -1)},
            )
        except ClientError as error:
            if _unmet(error) != 0:
                raise
            instance = self.get(organization_id, instance_id)
            if instance is not None:
                raise IllegalTransition(
                    f"{instance_id} is {instance.status}; only a DELETING instance is removed",
                    instance.status,
                ) from error

    def _count(self, organization_id: str, difference: int) -> Any:
        return {
            "TableName": self._table,
            "Key": organization_key(organization_id),
            "UpdateExpression": "ADD instanceCount :difference",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":difference": {"N": str(difference)}},
        }

    def _change(self, organization_id: str, instance_id: str, to: Status, values: dict[str, object]) -> Instance:
        values = {"status": to.value, **values}
        allowed = {f":from{number}": status.value for number, status in enumerate(sorted(allowed_from(to)))}
        try:
            with passing_errors_as_unavailable(_SERVICE):
                answer = self._client.update_item(
                    TableName=self._table,
                    Key=instance_key(organization_id, instance_id),
                    ConditionExpression=f"#status IN ({', '.join(allowed)})",
                    UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in values),
                    ExpressionAttributeNames={f"#{name}": name for name in values},
                    ExpressionAttributeValues={f":{name}": attribute(value) for name, value in values.items()}
                    | {name: attribute(value) for name, value in allowed.items()},
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            item = cast(dict[str, Any] | None, error.response.get("Item"))
            if not item:
                raise NotFound(f"there is no instance {instance_id}") from error
            current = instance_of(item).status
            raise IllegalTransition(f"{instance_id} is {current}: it cannot become {to}", current) from error
        return instance_of(answer["Attributes"])


def _write_together(client: "DynamoDBClient", *writes: "TransactWriteItemTypeDef") -> None:
    """One transaction, tried again while it meets others on the same item: an organization's count is shared.

    One token for all tries makes a try whose answer was lost harmless. Raises ClientError for a condition not met,
    DependencyUnavailable if there is no getting through.
    """
    token = str(uuid.uuid4())
    for number in range(_TRIES):
        try:
            with passing_errors_as_unavailable(_SERVICE):
                client.transact_write_items(ClientRequestToken=token, TransactItems=writes)
            return
        except ClientError as error:
            if "TransactionConflict" not in _cancellation_codes(error):
                raise
        # Full jitter; the same exponent would let the same two meet again.
        time.sleep(random.SystemRandom().uniform(0, min(0.02 * 2**number, 0.5)))
    raise DependencyUnavailable(f"{_SERVICE} is busy; please try again")


def _cancellation_codes(error: ClientError) -> list[str]:
    """For each write of a cancelled transaction why it was cancelled, or `None`; empty if that is not what failed."""
    reasons = cast(list[dict[str, str]], error.response.get("CancellationReasons", []))
    return [reason.get("Code", "None") for reason in reasons]


def _unmet(error: ClientError) -> int | None:
    """The first of a transaction's writes whose condition was not met; None if that is not what failed."""
    codes = _cancellation_codes(error)
    return codes.index("ConditionalCheckFailed") if "ConditionalCheckFailed" in codes else None


def _encoded(instance_id: str) -> str:
    return base64.urlsafe_b64encode(instance_id.encode()).decode()


def _decoded(cursor: str) -> str:
    try:
        instance_id = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        instance_id = ""
    if not is_instance_id(instance_id):
        raise InvalidRequest("cursor is not one that this API gave", "/cursor")
    return instance_id
