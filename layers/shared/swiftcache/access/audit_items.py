"""Audit entries, and who did what, as DynamoDB items."""

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from swiftcache.access.audit import RETENTION_DAYS, AuditEntry
from swiftcache.access.identity import Actor
from swiftcache.platform.codec import Codec
from swiftcache.platform.items import AUDIT, attributes, epoch_seconds, plain

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef


class _ActorPart:
    """All three, an empty one as NULL."""

    def encode(self, actor: Actor) -> dict[str, str | None]:
        return {"role": actor.role, "keyId": actor.key_id, "memberId": actor.member_id}

    def decode(self, kept: Mapping[str, Any]) -> Actor:
        return Actor(kept["role"], kept["keyId"], kept["memberId"])


ACTOR = _ActorPart()


class _Details:
    """Without what is None. Whole numbers come back as such."""

    def encode(self, details: Mapping[str, object]) -> dict[str, object]:
        return {name: value for name, value in details.items() if value is not None}

    def decode(self, kept: Mapping[str, Any]) -> dict[str, Any]:
        return {name: int(value) if isinstance(value, Decimal) else value for name, value in kept.items()}


_ENTRY = Codec(AuditEntry, parts={"details": _Details()})


def audit_put(table: str, entry: AuditEntry) -> "TransactWriteItemTypeDef":
    """The write that appends an entry, for the transaction of the change it tells of."""
    values = _ENTRY.encode(entry) | {"ttl": epoch_seconds(entry.at) + RETENTION_DAYS * 86_400}
    key: dict[str, AttributeValueTypeDef] = {
        "PK": {"S": f"{AUDIT}{entry.organization_id}"},
        "SK": {"S": f"{entry.at}#{entry.id}"},
    }
    return {"Put": {"TableName": table, "Item": key | attributes(values)}}


def audit_entry_of(item: dict[str, Any]) -> AuditEntry:
    """The entry in an item in DynamoDB's JSON."""
    return _ENTRY.decode(plain(item))
