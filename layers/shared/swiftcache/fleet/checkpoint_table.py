"""The checkpoint of the reconciler's pass, in one item of the table.

PK          SK     what
RECONCILER  PASS   the pass on its way, and the candidates of the last complete one
"""

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from swiftcache.fleet.orphans import CloudResource, OrphanCandidates, ResourceKind
from swiftcache.fleet.ports import ReconcileCheckpoint
from swiftcache.fleet.summary import FindingCount, PassSummary
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

_KEY: "dict[str, AttributeValueTypeDef]" = {"PK": {"S": "RECONCILER"}, "SK": {"S": "PASS"}}


_KEPT = timedelta(days=1)


class DynamoDBReconcileCheckpoints:
    """`now` gives the time with its zone."""

    def __init__(self, client: "DynamoDBClient", table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    def load(self) -> ReconcileCheckpoint:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_KEY, ConsistentRead=True)
        return _checkpoint_of(json.loads(answer["Item"]["pass"]["S"])) if "Item" in answer else ReconcileCheckpoint()

    def store(self, checkpoint: ReconcileCheckpoint) -> ReconcileCheckpoint:
        stored = replace(checkpoint, version=checkpoint.version + 1)
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        **_KEY,
                        "version": {"N": str(stored.version)},
                        "ttl": {"N": str(int((self._now() + _KEPT).timestamp()))},
                        "pass": {"S": json.dumps(_stored_form(stored), separators=(",", ":"))},
                    },
                    ConditionExpression="attribute_not_exists(PK) OR version = :version",
                    ExpressionAttributeValues={":version": {"N": str(checkpoint.version)}},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            raise RecordChanged("another pass of the reconciler is on its way") from error
        return stored


def _stored_form(checkpoint: ReconcileCheckpoint) -> dict[str, Any]:
    """By the names that are in the table."""
    return {
        "version": checkpoint.version,
        "stage": checkpoint.stage,
        "stages": checkpoint.stages,
        "token": checkpoint.token,
        "patrol": checkpoint.scan_token,
        "found": _stored_candidates(checkpoint.found),
        "before": _stored_candidates(checkpoint.before),
        "summary": asdict(checkpoint.summary) if checkpoint.summary else None,
    }


def _stored_candidates(found: OrphanCandidates) -> dict[str, Any]:
    return {"things": [asdict(resource) for resource in found.resources], "first": dict(found.first)}


def _checkpoint_of(values: dict[str, Any]) -> ReconcileCheckpoint:
    return ReconcileCheckpoint(
        version=values["version"],
        stage=values["stage"],
        token=values["token"],
        scan_token=values["patrol"],
        found=_candidates_of(values["found"]),
        before=_candidates_of(values["before"]),
        summary=_summary_of(values.get("summary")),
        stages=values.get("stages", 0),
    )


def _summary_of(values: dict[str, Any] | None) -> PassSummary | None:
    """None too where it was stored before there were summaries."""
    if values is None:
        return None
    return PassSummary(**{**values, "findings": tuple(FindingCount(**found) for found in values["findings"])})


def _candidates_of(values: dict[str, Any]) -> OrphanCandidates:
    resources = tuple(
        CloudResource(ResourceKind(resource["kind"]), resource["name"], resource["owner"])
        for resource in values["things"]
    )
    return OrphanCandidates(resources, values["first"])
