"""Instances as DynamoDB items, and back.

    PK                    SK                     what
    ORG#<id>              ORG                    an organization, and how many instances it has
    ORG#<id>              INSTANCE#<id>          an instance, its keys' hashes with it
    ACCOUNTKEY#<sha256>   ACCOUNTKEY             an account key: whose it is

An instance lies in its owner's partition: a look-up needs the owner's id, so another's instance cannot be found by
mistake, and listing is one query. Its keys are a part of the item: reading an instance is one read.
"""

from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from swiftcache.domain.failure import Failure
from swiftcache.domain.instance import EvictionPolicy, Instance, InstanceKey
from swiftcache.domain.status import Status

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef

type_serializer = TypeSerializer()
type_deserializer = TypeDeserializer()

INSTANCE = "INSTANCE#"


def attribute(value: object) -> "AttributeValueTypeDef":
    return type_serializer.serialize(value)


def attributes(values: dict[str, Any]) -> "dict[str, AttributeValueTypeDef]":
    """In DynamoDB's JSON; what is None is left out."""
    return {name: attribute(value) for name, value in values.items() if value is not None}


def plain(item: dict[str, Any]) -> dict[str, Any]:
    """Out of DynamoDB's JSON. Numbers come as Decimal."""
    return {name: type_deserializer.deserialize(value) for name, value in item.items()}


def organization_key(organization_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": "ORG"}}


def instance_key(organization_id: str, instance_id: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ORG#{organization_id}"}, "SK": {"S": f"{INSTANCE}{instance_id}"}}


def account_key_key(key_sha256: str) -> "dict[str, AttributeValueTypeDef]":
    return {"PK": {"S": f"ACCOUNTKEY#{key_sha256}"}, "SK": {"S": "ACCOUNTKEY"}}


def instance_item(instance: Instance) -> "dict[str, AttributeValueTypeDef]":
    values = {
        "id": instance.id,
        "organizationId": instance.organization_id,
        "name": instance.name,
        "status": instance.status.value,
        "maxMemory": instance.max_memory,
        "region": instance.region,
        "evictionPolicy": instance.eviction_policy.value,
        "createdAt": instance.created_at,
        "changedAt": instance.changed_at,
        "reason": instance.reason,
        "requestId": instance.request_id,
        "keys": {
            key.id: {"name": key.name, "sha256": key.sha256, "createdAt": key.created_at} for key in instance.keys
        },
        "hostname": instance.hostname,
        "port": instance.port,
        "failure": failure_map(instance.failure) if instance.failure else None,
    }
    return instance_key(instance.organization_id, instance.id) | attributes(values)


def failure_map(failure: Failure) -> dict[str, str]:
    return {
        "code": failure.code,
        "message": failure.message,
        "step": failure.step,
        "requestId": failure.request_id,
    }


def instance_of(item: dict[str, Any]) -> Instance:
    """The instance in an item in DynamoDB's JSON."""
    values = plain(item)
    failure = values.get("failure")
    keys = [InstanceKey(key_id, key["name"], key["sha256"], key["createdAt"]) for key_id, key in values["keys"].items()]
    return Instance(
        id=values["id"],
        organization_id=values["organizationId"],
        name=values["name"],
        status=Status(values["status"]),
        max_memory=int(values["maxMemory"]),
        region=values["region"],
        eviction_policy=EvictionPolicy(values["evictionPolicy"]),
        created_at=values["createdAt"],
        changed_at=values["changedAt"],
        reason=values["reason"],
        request_id=values["requestId"],
        keys=tuple(sorted(keys, key=lambda key: (key.created_at, key.id))),
        hostname=values.get("hostname"),
        port=int(values["port"]) if "port" in values else None,
        failure=Failure(failure["code"], failure["message"], failure["step"], failure["requestId"])
        if failure
        else None,
    )
