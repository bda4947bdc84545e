"""Rollouts in the table.

PK        SK                          what
ROLLOUT   CURRENT                     the one that goes on
ROLLOUT   ENDED#<started at>#<id>     those before it: a few a year, so they stay
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.access.audit import AuditEntry
from swiftcache.access.audit_items import audit_put
from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.codec import Codec
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.items import attribute, attributes, plain
from swiftcache.platform.transactions import SERVICE, unmet, write_together
from swiftcache.rollouts.model import Rollout, Trouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_PARTITION = "ROLLOUT"
_ENDED = "ENDED#"
_CURRENT: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": _PARTITION}, "SK": {"S": "CURRENT"}}
_THERE = {"ConditionExpression": "attribute_exists(PK)"}
_NOT_THERE = {"ConditionExpression": "attribute_not_exists(PK)"}
_TROUBLE = Codec(Trouble, left_out={"known": False})


class _Troubles:
    def encode(self, value: "Sequence[Trouble]") -> object:
        return [_TROUBLE.encode(one) for one in value]

    def decode(self, kept: Any) -> "tuple[Trouble, ...]":
        return tuple(_TROUBLE.decode(one) for one in kept)


_ROLLOUT = Codec(Rollout, left_out={"troubles": ()}, parts={"troubles": _Troubles()})


class DynamoDBRollouts:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def current(self) -> Rollout | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_CURRENT, ConsistentRead=True)
        return _ROLLOUT.decode(plain(answer["Item"])) if "Item" in answer else None

    def ended(self) -> "Sequence[Rollout]":
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :rollouts AND begins_with(SK, :ended)",
            ExpressionAttributeValues={":rollouts": attribute(_PARTITION), ":ended": attribute(_ENDED)},
            ScanIndexForward=False,
            ConsistentRead=True,
        )
        with passing_errors_as_unavailable(SERVICE):
            return [_ROLLOUT.decode(plain(item)) for page in pages for item in page["Items"]]

    def store(self, rollout: Rollout, audit: AuditEntry | None = None) -> Rollout:
        kept = replace(rollout, revision=rollout.revision + 1)
        told = [audit_put(self._table, audit)] if audit is not None else []
        self._write({"Put": {"TableName": self._table, "Item": _CURRENT | _item(kept), **_as_read(rollout)}}, *told)
        return kept

    def reopen(self, rollout: Rollout, audit: AuditEntry) -> Rollout:
        kept = replace(rollout, revision=rollout.revision + 1)
        self._write(
            {"Put": {"TableName": self._table, "Item": _CURRENT | _item(kept), **_NOT_THERE}},
            {"Delete": {"TableName": self._table, "Key": _ended_key(rollout), **_THERE}},
            audit_put(self._table, audit),
        )
        return kept

    def end(self, rollout: Rollout) -> None:
        self._write(
            {"Delete": {"TableName": self._table, "Key": _CURRENT, **_as_read(rollout)}},
            {"Put": {"TableName": self._table, "Item": _ended_key(rollout) | _item(rollout)}},
        )

    def _write(self, *writes: Any) -> None:
        try:
            write_together(self._client, *writes)
        except ClientError as error:
            if unmet(error) not in (0, 1):  # those after have no condition of their own
                raise
            raise RecordChanged("somebody else is at work on the rollout; please try again") from error


def _ended_key(rollout: Rollout) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": attribute(_PARTITION), "SK": attribute(f"{_ENDED}{rollout.started_at}#{rollout.id}")}


def _item(rollout: Rollout) -> "dict[str, AttributeValueTypeDef]":
    return attributes(_ROLLOUT.encode(rollout))


def _as_read(rollout: Rollout) -> dict[str, Any]:
    if not rollout.revision:
        return _NOT_THERE
    return {
        "ConditionExpression": "#id = :id AND #revision = :revision",
        "ExpressionAttributeNames": {"#id": "id", "#revision": "revision"},
        "ExpressionAttributeValues": {":id": attribute(rollout.id), ":revision": attribute(rollout.revision)},
    }
