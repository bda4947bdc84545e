"""Values, keys and indexes of the one DynamoDB table."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


type_serializer = TypeSerializer()


type_deserializer = TypeDeserializer()


ORGANIZATION = "ORG"


INSTANCE = "INSTANCE#"


MEMBER = "MEMBER#"


KEY = "KEY#"


AUDIT = "AUDIT#"


ORGANIZATIONS = "ORGANIZATIONS"
"""The value of `fleet` of every organization."""


FLEET = "FLEET"
"""The value of `fleet` of every instance. An index's partition takes 1,000 writes a second; Fargate starts 20 tasks."""


def attribute(value: object) -> "AttributeValueTypeDef":
    return type_serializer.serialize(value)


def attributes(values: dict[str, Any]) -> "dict[str, AttributeValueTypeDef]":
    """In DynamoDB's JSON; what is None is left out."""
    return {name: attribute(value) for name, value in values.items() if value is not None}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """Out of DynamoDB's JSON. Numbers come as Decimal."""
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Any) -> Any:
    # What nearly all attributes are, in less than half of the library's time: lists and passes read many.
    ((kind, found),) = value.items()
    if kind in ("S", "BOOL"):
        return found
    if kind == "N":
        return Decimal(found)
    if kind == "M":
        return plain(found)
    if kind == "L":
        return [_plain(one) for one in found]
    return type_deserializer.deserialize(value)


def organization_key(organization_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": ORGANIZATION}}


def instance_key(organization_id: str, instance_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{INSTANCE}{instance_id}"}}


def member_key(organization_id: str, member_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{MEMBER}{member_id}"}}


def organization_account_key_key(organization_id: str, key_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{KEY}{key_id}"}}


def account_key_key(key_sha256: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ACCOUNTKEY#{key_sha256}"}, "SK": {"S": "ACCOUNTKEY"}}


def session_key(token_sha256: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"SESSION#{token_sha256}"}, "SK": {"S": "SESSION"}}


def idempotency_key_key(account_key_id: str, key_sha256: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"IDEMPOTENCY#{account_key_id}"}, "SK": {"S": key_sha256}}


def epoch_seconds(at: str) -> int:
    return int(datetime.fromisoformat(at).timestamp())
