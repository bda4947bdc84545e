"""Instances as DynamoDB items, and back.

    PK                    SK                     what
    ORG#<id>              ORG                    an organization, its limits and what is left of them
    ORG#<id>              INSTANCE#<id>          an instance, its keys' hashes with it
    ORG#<id>              MEMBER#<id>            a member
    ORG#<id>              KEY#<id>               an account key
    ACCOUNTKEY#<sha256>   ACCOUNTKEY             the same account key, found by its hash: whose it is, its role
    ORG#<id>              RECEIPT#<instance id>  what a deletion removed
    CREATIONS             <time>#<instance id>   how long a creation took
    CREATIONS#CLAIMED     <time>#<instance id>   how long one took that began with a member of the warm pool
    AUDIT#<id>            <time>#<id>            an entry of an organization's audit log
    IDEMPOTENCY#<id>      <sha256 of key>        an idempotency key of an account key, and what was answered, sealed
    RATE#<whose>          <number of a window>   how many requests an account key, or an address, has sent in it
    RECONCILER            PASS                   where the reconciler is, and its candidates
    POOL                  VERSION                how many members of the warm pool have been added so far

    index Fleet           fleet, SK              every instance of every organization, for what looks after all;
                                                 every organization, for the operator's list
    index ByStatus        PK, statusKey          an organization's instances by status
    index ByName          PK, nameKey            and by name

`ttl` (epoch seconds) is when DynamoDB removes an item by itself. An instance lies in its owner's partition: a look-up
needs the owner's id, so another's instance cannot be found by mistake, and listing is one query. Its keys are a part of
the item: reading an instance is one read.
"""

from typing import TYPE_CHECKING, Any

from swiftcache.access.audit_items import actor_map, actor_of
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import (
    Change,
    ChangeKind,
    ChangeStatus,
    Decision,
    Endpoint,
    EvictionPolicy,
    Instance,
    InstanceKey,
    KeyRole,
)
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.platform.items import FLEET, attributes, instance_key, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef


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
        "keys": {key.id: instance_key_map(key) for key in instance.keys},
        "hostname": instance.hostname,
        "port": instance.port,
        "failure": failure_map(instance.failure) if instance.failure else None,
        "persistence": instance.persistence,
        "deletionProtection": instance.deletion_protection,
        "expiresAt": instance.expires_at,
        "revision": instance.revision,
        "appliedRevision": instance.applied_revision,
        "change": change_map(instance.change) if instance.change else None,
        "endpoint": endpoint_map(instance.endpoint) if instance.endpoint else None,
        "standby": endpoint_map(instance.standby) if instance.standby else None,
        "recovery": recovery_map(instance.recovery) if instance.recovery else None,
        "runs": set(instance.configuration_runs) or None,
        "deletedBy": actor_map(instance.deleted_by) if instance.deleted_by else None,
        "controlPasswordAt": instance.control_password_at,
        "claimed": instance.claimed or None,
        "fleet": FLEET,
        "statusKey": status_key(instance.status, instance.id),
        "nameKey": name_key(instance.name, instance.id),
    }
    return instance_key(instance.organization_id, instance.id) | attributes(values)


def status_key(status: Status, instance_id: str) -> str:
    """The range key of the index ByStatus."""
    return f"{status}#{instance_id}"


def name_key(name: str, instance_id: str) -> str:
    """The range key of the index ByName. A name has no `#`."""
    return f"{name}#{instance_id}"


def instance_key_map(key: InstanceKey) -> dict[str, str]:
    return {"name": key.name, "sha256": key.sha256, "createdAt": key.created_at, "role": key.role.value}


def endpoint_map(endpoint: Endpoint) -> dict[str, object]:
    values = {"address": endpoint.address, "port": endpoint.port, "task": endpoint.task, "folder": endpoint.folder}
    return {name: value for name, value in values.items() if value != ""}


def change_map(change: Change) -> dict[str, object]:
    values = {
        "id": change.id,
        "kind": change.kind.value,
        "status": change.status.value,
        "maxMemory": change.max_memory,
        "evictionPolicy": change.eviction_policy.value,
        "startedAt": change.started_at,
        "requestId": change.request_id,
        "endedAt": change.ended_at,
        "failure": failure_map(change.failure) if change.failure else None,
        "attempt": change.attempt,
        "turn": change.turn,
        "decision": change.decision.value if change.decision else None,
    }
    return {name: value for name, value in values.items() if value is not None}


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
        keys=_keys(values["keys"]),
        hostname=values.get("hostname"),
        port=int(values["port"]) if "port" in values else None,
        failure=_failure(values.get("failure")),
        persistence=values["persistence"],
        deletion_protection=values["deletionProtection"],
        expires_at=values.get("expiresAt"),
        revision=int(values["revision"]),
        applied_revision=int(values["appliedRevision"]),
        change=_change(values.get("change")),
        endpoint=_endpoint(values.get("endpoint")),
        standby=_endpoint(values.get("standby")),
        recovery=_recovery(values.get("recovery")),
        configuration_runs=frozenset(values.get("runs", ())),
        deleted_by=actor_of(values.get("deletedBy")),
        control_password_at=values.get("controlPasswordAt"),
        claimed=values.get("claimed", False),
    )


def _keys(found: dict[str, Any]) -> tuple[InstanceKey, ...]:
    keys = [
        InstanceKey(key_id, key["name"], key["sha256"], key["createdAt"], KeyRole(key["role"]))
        for key_id, key in found.items()
    ]
    return tuple(sorted(keys, key=lambda key: (key.created_at, key.id)))


def _failure(found: dict[str, Any] | None) -> Failure | None:
    return Failure(found["code"], found["message"], found["step"], found["requestId"]) if found else None


def _endpoint(found: dict[str, Any] | None) -> Endpoint | None:
    if not found:
        return None
    return Endpoint(found["address"], int(found["port"]), found.get("task", ""), found.get("folder", ""))


def recovery_map(recovery: Recovery) -> dict[str, object]:
    values = {
        "id": recovery.id,
        "status": recovery.status.value,
        "cause": recovery.cause.value,
        "startedAt": recovery.started_at,
        "deaths": recovery.deaths,
        "attempt": recovery.attempt,
        "endedAt": recovery.ended_at,
    }
    return {name: value for name, value in values.items() if value is not None}


def _recovery(found: dict[str, Any] | None) -> Recovery | None:
    if not found:
        return None
    return Recovery(
        id=found["id"],
        status=RecoveryStatus(found["status"]),
        cause=Cause(found["cause"]),
        started_at=found["startedAt"],
        deaths=int(found["deaths"]),
        attempt=int(found["attempt"]),
        ended_at=found.get("endedAt"),
    )


def _change(found: dict[str, Any] | None) -> Change | None:
    if not found:
        return None
    return Change(
        id=found["id"],
        kind=ChangeKind(found["kind"]),
        status=ChangeStatus(found["status"]),
        max_memory=int(found["maxMemory"]),
        eviction_policy=EvictionPolicy(found["evictionPolicy"]),
        started_at=found["startedAt"],
        request_id=found["requestId"],
        ended_at=found.get("endedAt"),
        failure=_failure(found.get("failure")),
        attempt=int(found["attempt"]),
        turn=int(found["turn"]),
        decision=Decision(found["decision"]) if "decision" in found else None,
    )
