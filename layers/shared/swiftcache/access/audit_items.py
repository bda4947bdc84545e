"""Audit entries, and who did what, as DynamoDB items."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from swiftcache.access.audit import RETENTION_DAYS, Action, AuditEntry
from swiftcache.access.identity import Actor
from swiftcache.platform.items import AUDIT, attributes, epoch_seconds, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


def actor_map(actor: Actor) -> dict[str, str | None]:
    return {"role": actor.role, "keyId": actor.key_id, "memberId": actor.member_id}


def actor_of(found: dict[str, Any] | None) -> Actor | None:
    return Actor(found["role"], found["keyId"], found["memberId"]) if found else None


def audit_put(table: str, entry: AuditEntry) -> "TransactWriteItemTypeDef":
    """The write that appends an entry, for the transaction of the change it tells of."""
    values = {
        "id": entry.id,
        "at": entry.at,
        "organizationId": entry.organization_id,
        "action": entry.action.value,
        "targetId": entry.target_id,
        "targetName": entry.target_name,
        "actorRole": entry.actor_role,
        "requestId": entry.request_id,
        "actorKeyId": entry.actor_key_id,
        "actorMemberId": entry.actor_member_id,
        "sourceIp": entry.source_ip,
        "details": {name: value for name, value in entry.details.items() if value is not None},
        "ttl": epoch_seconds(entry.at) + RETENTION_DAYS * 86_400,
    }
    key: dict[str, AttributeValueTypeDef] = {
        "PK": {"S": f"{AUDIT}{entry.organization_id}"},
        "SK": {"S": f"{entry.at}#{entry.id}"},
    }
    return {"Put": {"TableName": table, "Item": key | attributes(values)}}


def audit_entry_of(item: dict[str, Any]) -> AuditEntry:
    """The entry in an item in DynamoDB's JSON."""
    values = plain(item)
    details = {name: int(value) if isinstance(value, Decimal) else value for name, value in values["details"].items()}
    return AuditEntry(
        id=values["id"],
        at=values["at"],
        organization_id=values["organizationId"],
        action=Action(values["action"]),
        target_id=values["targetId"],
        target_name=values["targetName"],
        actor_role=values["actorRole"],
        request_id=values["requestId"],
        actor_key_id=values.get("actorKeyId"),
        actor_member_id=values.get("actorMemberId"),
        source_ip=values.get("sourceIp"),
        details=details,
    )
