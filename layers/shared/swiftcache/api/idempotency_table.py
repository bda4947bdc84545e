"""Idempotency keys in DynamoDB: for each key who works on its request, or what was answered, sealed."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from swiftcache.api.idempotency_ports import Claim, IdempotentRequest, Sealed
from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.items import attribute, attributes, idempotency_key_key, plain
from swiftcache.platform.transactions import SERVICE

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


class DynamoDBClaims:
    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._client = client
        self._table = table

    def claim(self, new: Claim, now: float) -> Claim:
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.put_item(
                    TableName=self._table,
                    Item=_item(new),
                    # What has expired may lie there for days until DynamoDB removes it.
                    ConditionExpression="attribute_not_exists(PK) OR #ttl <= :now",
                    ExpressionAttributeNames={"#ttl": "ttl"},
                    ExpressionAttributeValues={":now": {"N": str(int(now))}},
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return _claim(new.request, cast(dict[str, Any], error.response)["Item"])
        return new

    def find(self, request: IdempotentRequest, now: float) -> Claim | None:
        with passing_errors_as_unavailable(SERVICE):
            answer = self._client.get_item(TableName=self._table, Key=_key(request), ConsistentRead=True)
        claim = _claim(request, answer["Item"]) if "Item" in answer else None
        return claim if claim and claim.expires_at > now else None

    def take_over(self, seen: Claim, new: Claim) -> bool:
        return self._update(
            seen,
            "#owner = :owner AND applied = :applied AND attribute_not_exists(answer)",
            {":applied": seen.applied},
            owner=new.owner,
            lockedUntil=_milliseconds(new.locked_until),
            at=new.at.isoformat(),
        )

    def complete(self, claim: Claim, answer: Sealed) -> bool:
        return self._update(claim, "#owner = :owner", {}, answer=list(answer))

    def release(self, claim: Claim) -> None:
        self._update(claim, "#owner = :owner", {}, lockedUntil=0)

    def _update(self, claim: Claim, condition: str, compared: dict[str, object], **changes: object) -> bool:
        """False if the condition is not met."""
        values = {":owner": claim.owner, **compared, **{f":new_{name}": value for name, value in changes.items()}}
        try:
            with passing_errors_as_unavailable(SERVICE):
                self._client.update_item(
                    TableName=self._table,
                    Key=_key(claim.request),
                    ConditionExpression=condition,
                    UpdateExpression="SET " + ", ".join(f"#{name} = :new_{name}" for name in changes),
                    ExpressionAttributeNames={"#owner": "owner", **{f"#{name}": name for name in changes}},
                    ExpressionAttributeValues={name: attribute(value) for name, value in values.items()},
                )
        except ClientError as error:
            if code_of(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _key(request: IdempotentRequest) -> "dict[str, AttributeValueTypeDef]":
    return idempotency_key_key(request.account_key_id, request.key_sha256)


def _item(claim: Claim) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "fingerprint": claim.request.fingerprint,
        "owner": claim.owner,
        "lockedUntil": _milliseconds(claim.locked_until),
        "at": claim.at.isoformat(),
        "seed": list(claim.seed),
        "applied": claim.applied,
        "note": claim.note,
        "answer": None if claim.answer is None else list(claim.answer),
        "ttl": claim.expires_at,
    }
    return _key(claim.request) | attributes(values)


def _claim(request: IdempotentRequest, item: dict[str, Any]) -> Claim:
    """The claim in an item in DynamoDB's JSON; `request` names its key."""
    values = plain(item)
    return Claim(
        request=IdempotentRequest(request.account_key_id, request.key_sha256, values["fingerprint"]),
        owner=values["owner"],
        locked_until=float(values["lockedUntil"] / 1000),
        at=datetime.fromisoformat(values["at"]),
        seed=tuple(map(bytes, values["seed"])),
        expires_at=int(values["ttl"]),
        applied=int(values["applied"]),
        note=values.get("note"),
        answer=tuple(map(bytes, values["answer"])) if "answer" in values else None,
    )


def _milliseconds(epoch_seconds: float) -> Decimal:
    return Decimal(int(epoch_seconds * 1000))
