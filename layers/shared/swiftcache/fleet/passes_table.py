"""Where the reconciler's pass is, in one item of the table.

PK          SK     what
RECONCILER  PASS   the pass on its way, and what the last complete one has sighted
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.fleet.orphans import Kind, Sightings, Thing
from swiftcache.fleet.ports import Pass
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_KEY: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": "RECONCILER"}, "SK": {"S": "PASS"}}


_KEPT = timedelta(days=1)


class DynamoDBPasses:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def load(self) -> Pass:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return _pass_of(json.loads(answer["Item"]["pass"]["S"])) if "Item" in answer else Pass()

    def store(self, one: Pass) -> Pass:
        stored = _pass_of(asdict(one) | {"version": one.version + 1})
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        **_KEY,
                        "version": {"N": str(stored.version)},
                        "ttl": {"N": str(int((self._now() + _KEPT).timestamp()))},
                        "pass": {"S": json.dumps(asdict(stored), separators=(",", ":"))},
                    },
                    ConditionExpression="attribute_not_exists(PK) OR version = :version",
                    ExpressionAttributeValues={":version": {"N": str(one.version)}},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise RecordChanged("another pass of the reconciler is on its way") from error
        return stored


def _pass_of(values: dict[str, Any]) -> Pass:
    return Pass(**{**values, "found": _sightings_of(values["found"]), "before": _sightings_of(values["before"])})


def _sightings_of(values: dict[str, Any]) -> Sightings:
    things = tuple(Thing(Kind(thing["kind"]), thing["name"], thing["owner"]) for thing in values["things"])
    return Sightings(things, values["first"])
