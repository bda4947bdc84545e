"""Who waits for what, in the table.

PK                  SK                  what
WAIT#<instance id>  <subject's name>    `seen`, at `version`: the last observation; the other attributes: who waits
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.callbacks.model import Observation, Subject, Wait
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

KEPT = timedelta(days=1)
"""Longer than any execution waits. Then DynamoDB removes the item."""


_WAITING = {"#token": "token", "#until": "until", "#never": "never"}


class DynamoDBWaits:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def note(self, subject: Subject, observation: Observation) -> Wait | None:
        seen = json.dumps(
            {
                "status": observation.status,
                "details": dict(observation.details),
                "error": observation.error,
                "cause": observation.cause,
            }
        )
        try:
            item = self._update(
                subject,
                "SET seen = :seen, #version = :version, #ttl = :ttl",
                {":seen": {"S": seen}, ":version": {"N": str(observation.version)}},
                condition="attribute_not_exists(#version) OR #version < :version",
                names={"#version": "version"},
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return None
        return _wait(item)

    def register(self, subject: Subject, wait: Wait) -> Observation | None:
        item = self._update(
            subject,
            "SET #token = :token, #until = :until, #never = :never, interruptible = :interruptible, #ttl = :ttl",
            {
                ":token": {"S": wait.token},
                ":until": {"S": " ".join(wait.until)},
                ":never": {"S": " ".join(wait.never)},
                ":interruptible": {"BOOL": wait.interruptible},
            },
            names=_WAITING,
        )
        return _observation(item)

    def end(self, subject: Subject, wait: Wait) -> None:
        try:
            self._update(
                subject,
                "SET #ttl = :ttl REMOVE #token, #until, #never, interruptible",
                {":token": {"S": wait.token}},
                condition="#token = :token",
                names=_WAITING,
            )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise

    def of(self, instance_id: str) -> Sequence[tuple[Subject, Wait]]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk",
            ExpressionAttributeValues={":pk": _key(Subject(instance_id, ""))["PK"]},
            ConsistentRead=True,
        )
        with passing_errors_as_unavailable(SERVICE):
            items = [item for page in pages for item in page["Items"]]
        found = ((Subject(instance_id, item["SK"]["S"]), _wait(item)) for item in items)
        return [(subject, wait) for subject, wait in found if wait is not None]

    def _update(
        self,
        subject: Subject,
        expression: str,
        values: "Mapping[str, AttributeValueTypeDef]",
        *,
        names: Mapping[str, str],
        condition: str | None = None,
    ) -> "Mapping[str, Any]":
        ttl = str(int((self._now() + KEPT).timestamp()))
        conditions: Any = {"ConditionExpression": condition} if condition else {}
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(subject),
                UpdateExpression=expression,
                ExpressionAttributeNames={"#ttl": "ttl", **names},
                ExpressionAttributeValues={":ttl": {"N": ttl}, **values},
                ReturnValues="ALL_NEW",
                **conditions,
            )
        return answer["Attributes"]


def _key(subject: Subject) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"WAIT#{subject.instance_id}"}, "SK": {"S": subject.name}}


def _wait(item: "Mapping[str, Any]") -> Wait | None:
    if "token" not in item:
        return None
    return Wait(
        item["token"]["S"],
        tuple(item["until"]["S"].split()),
        tuple(item["never"]["S"].split()),
        item["interruptible"]["BOOL"],
    )


def _observation(item: "Mapping[str, Any]") -> Observation | None:
    if "seen" not in item:
        return None
    seen = json.loads(item["seen"]["S"])
    return Observation(seen["status"], int(item["version"]["N"]), seen["details"], seen["error"], seen["cause"])
