"""Webhooks and their delivery logs in DynamoDB.

    PK                      SK                       what
    ORG#<id>                WEBHOOK#<id>             a webhook, without its signing secret
    DELIVERIES#<webhook>    <event's time>#<event>   one event on its way to a webhook, with all attempts; 7 days

The organization's item counts its webhooks, so that two creations at a time cannot pass the limit together.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.cursors import decoded, encoded
from swiftcache.platform.errors import Conflict, LimitExceeded, NotFound, SwiftCacheError
from swiftcache.platform.items import attribute, attributes, organization_key, plain
from swiftcache.platform.transactions import SERVICE, unmet, write_together
from swiftcache.webhooks.model import MAX_WEBHOOKS, Attempt, AttemptError, Delivery, DeliveryStatus, Webhook
from swiftcache.webhooks.ports import DeliveryPage

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, UpdateTypeDef

WEBHOOK = "WEBHOOK#"
DELIVERIES = "DELIVERIES#"
LOG_DAYS = 7

_WEBHOOK = Codec(Webhook)
_SORT_KEY = r"[0-9TZ:.+-]{20,35}#[A-Za-z0-9_-]{1,80}"


class DynamoDBWebhooks:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def create(self, webhook: Webhook, entry: AuditEntry) -> None:
        try:
            write_together(
                self._client,
                {"Update": self._count_one_more(webhook.organization_id)},
                {
                    "Put": {
                        "TableName": self._table,
                        "Item": _webhook_item(webhook),
                        "ConditionExpression": "attribute_not_exists(PK)",
                    }
                },
                audit_put(self._table, entry),
            )
        except ClientError as error:
            if unmet(error) != 0:
                raise
            raise self._refusal(webhook.organization_id) from error

    def get(self, organization_id: str, webhook_id: str) -> Webhook | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=_webhook_key(organization_id, webhook_id), ConsistentRead=True
            )
        item = answer.get("Item")
        return _webhook_of(item) if item else None

    def of(self, organization_id: str) -> Sequence[Webhook]:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk AND begins_with(SK, :webhook)",
                ExpressionAttributeValues={":pk": {"S": f"ORG#{organization_id}"}, ":webhook": {"S": WEBHOOK}},
                ConsistentRead=True,
            )
        return [_webhook_of(item) for item in answer["Items"]]

    def change(self, webhook: Webhook, entry: AuditEntry) -> None:
        if not self._update(webhook, entry, condition="attribute_exists(PK)"):
            raise NotFound(f"there is no webhook {webhook.id}")

    def disable(self, webhook: Webhook, entry: AuditEntry) -> None:
        self._update(webhook, entry, condition="enabled = :before", before=True)

    def remove(self, webhook: Webhook, entry: AuditEntry) -> None:
        try:
            write_together(
                self._client,
                {
                    "Delete": {
                        "TableName": self._table,
                        "Key": _webhook_key(webhook.organization_id, webhook.id),
                        "ConditionExpression": "attribute_exists(PK)",
                    }
                },
                {"Update": self._count(webhook.organization_id, -1)},
                audit_put(self._table, entry),
            )
        except ClientError as error:
            if unmet(error) != 0:
                raise

    def _update(self, webhook: Webhook, entry: AuditEntry, condition: str, **compared: object) -> bool:
        """Whether the condition was met."""
        values = attributes(_changeable(webhook))
        gone = [name for name in _changeable(webhook) if name not in values]
        expression = "SET " + ", ".join(f"#{name} = :{name}" for name in values)
        if gone:
            expression += " REMOVE " + ", ".join(f"#{name}" for name in gone)
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": _webhook_key(webhook.organization_id, webhook.id),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeNames": {f"#{name}": name for name in [*values, *gone]},
            "ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}
            | {f":{name}": attribute(value) for name, value in compared.items()},
        }
        try:
            write_together(self._client, {"Update": update}, audit_put(self._table, entry))
        except ClientError as error:
            if unmet(error) != 0:
                raise
            return False
        return True

    def _count(self, organization_id: str, difference: int) -> "UpdateTypeDef":
        return {
            "TableName": self._table,
            "Key": organization_key(organization_id),
            "UpdateExpression": "ADD webhookCount :difference",
            "ConditionExpression": "attribute_exists(PK)",
            "ExpressionAttributeValues": {":difference": attribute(difference)},
        }

    def _count_one_more(self, organization_id: str) -> "UpdateTypeDef":
        """Not while it is being deleted: its webhooks have perhaps been removed already."""
        return {
            **self._count(organization_id, +1),
            "ConditionExpression": (
                "#status = :active AND (attribute_not_exists(webhookCount) OR webhookCount < :limit)"
            ),
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":difference": attribute(1),
                ":active": attribute(OrganizationStatus.ACTIVE.value),
                ":limit": attribute(MAX_WEBHOOKS),
            },
        }

    def _refusal(self, organization_id: str) -> SwiftCacheError:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(
                TableName=self._table, Key=organization_key(organization_id), ConsistentRead=True
            )
        if "Item" not in answer:
            return NotFound(f"there is no organization {organization_id}")
        status = answer["Item"]["status"]["S"]
        if status != OrganizationStatus.ACTIVE:
            return Conflict(f"the organization is {status}")
        return LimitExceeded(f"an organization has at most {MAX_WEBHOOKS} webhooks; delete one first")


class DynamoDBDeliveries:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def get(self, delivery: Delivery) -> Delivery | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_delivery_key(delivery), ConsistentRead=True)
        item = answer.get("Item")
        return _delivery_of(item) if item else None

    def put(self, delivery: Delivery) -> None:
        with passing_errors_as_unavailable(SERVICE):
            self._client.put_item(TableName=self._table, Item=_delivery_item(delivery))

    def page(self, webhook_id: str, limit: int, cursor: str | None) -> DeliveryPage:
        # A cursor stands for the last key of the page before; no cursor, for a key after every delivery's.
        start: Mapping[str, AttributeValueTypeDef] = {
            "PK": {"S": f"{DELIVERIES}{webhook_id}"},
            "SK": {"S": decoded(cursor, _SORT_KEY) if cursor else "~"},
        }
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.query(
                TableName=self._table,
                KeyConditionExpression="PK = :pk",
                ExpressionAttributeValues={":pk": start["PK"]},
                ScanIndexForward=False,
                Limit=limit,
                ConsistentRead=True,
                ExclusiveStartKey=start,
            )
        last = answer.get("LastEvaluatedKey")
        return DeliveryPage(
            [_delivery_of(item) for item in answer["Items"]], encoded(last["SK"]["S"]) if last else None
        )


def _webhook_key(organization_id: str, webhook_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{WEBHOOK}{webhook_id}"}}


def _changeable(webhook: Webhook) -> dict[str, object]:
    return {
        "url": webhook.url,
        "events": list(webhook.events),
        "description": webhook.description,
        "enabled": webhook.enabled,
        "disabledReason": webhook.disabled_reason,
    }


def _webhook_item(webhook: Webhook) -> "dict[str, AttributeValueTypeDef]":
    return _webhook_key(webhook.organization_id, webhook.id) | attributes(_WEBHOOK.encode(webhook))


def _webhook_of(item: dict[str, Any]) -> Webhook:
    return _WEBHOOK.decode(plain(item))


def _delivery_key(delivery: Delivery) -> "dict[str, AttributeValueTypeDef]":
    return {
        "PK": {"S": f"{DELIVERIES}{delivery.webhook_id}"},
        "SK": {"S": f"{delivery.at}#{delivery.event_id}"},
    }


def _delivery_item(delivery: Delivery) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "webhookId": delivery.webhook_id,
        "eventId": delivery.event_id,
        "eventType": delivery.event_type,
        "at": delivery.at,
        "status": delivery.status.value,
        "attempts": [
            {
                "at": attempt.at,
                "durationMs": attempt.duration_ms,
                "statusCode": attempt.status_code,
                "error": attempt.error.value if attempt.error else None,
            }
            for attempt in delivery.attempts
        ],
        "nextAttemptAt": delivery.next_attempt_at,
        "ttl": int(datetime.fromisoformat(delivery.at).timestamp()) + LOG_DAYS * 86_400,
    }
    return _delivery_key(delivery) | attributes(values)


def _delivery_of(item: dict[str, Any]) -> Delivery:
    values = plain(item)
    return Delivery(
        webhook_id=values["webhookId"],
        event_id=values["eventId"],
        event_type=values["eventType"],
        at=values["at"],
        status=DeliveryStatus(values["status"]),
        attempts=tuple(
            Attempt(
                at=attempt["at"],
                duration_ms=int(attempt["durationMs"]),
                status_code=int(attempt["statusCode"]) if attempt["statusCode"] is not None else None,
                error=AttemptError(attempt["error"]) if attempt["error"] else None,
            )
            for attempt in values["attempts"]
        ),
        next_attempt_at=values.get("nextAttemptAt"),
    )
