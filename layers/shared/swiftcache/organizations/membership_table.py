"""What differs between two memberships, as the writes of one transaction."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from swiftcache.organizations.items import account_key_item, lookup_item, member_item
from swiftcache.organizations.membership import EffectiveAccess, Membership
from swiftcache.platform.items import (
    account_key_key,
    attributes,
    member_key,
    organization_account_key_key,
    organization_key,
)

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

THERE = "attribute_exists(PK)"
NOT_THERE = "attribute_not_exists(PK)"


def membership_writes(
    table: str, before: Membership, after: Membership, request_id: str
) -> "Iterator[TransactWriteItemTypeDef]":
    """The organization's comes first: on the condition that nothing of it was changed since `before` was read."""
    yield _organization_update(table, before, after, request_id)
    yield from _member_writes(table, before, after)
    yield from _key_writes(table, before, after)
    yield from _lookup_writes(table, before.effective_accesses(), after.effective_accesses())


def put(table: str, item: "dict[str, AttributeValueTypeDef]", condition: str = NOT_THERE) -> "TransactWriteItemTypeDef":
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": condition}}


def _delete(table: str, key: "dict[str, AttributeValueTypeDef]") -> "TransactWriteItemTypeDef":
    return {"Delete": {"TableName": table, "Key": key}}


def _organization_update(
    table: str, before: Membership, after: Membership, request_id: str
) -> "TransactWriteItemTypeDef":
    """What is left of the limits changes by as much as they do: it is others who count."""
    old, new = before.organization, after.organization
    values = {
        ":seen": before.version,
        ":next": before.version + 1,
        ":name": new.name,
        ":status": new.status.value,
        ":statusVersion": new.status_version,
        ":requestId": request_id,
        ":instances": new.limits.instances - old.limits.instances,
        ":memory": new.limits.memory - old.limits.memory,
        ":backups": new.limits.backups,
        ":backupBytes": new.limits.backup_bytes,
    }
    return {
        "Update": {
            "TableName": table,
            "Key": organization_key(new.id),
            "ConditionExpression": "rosterVersion = :seen",
            "UpdateExpression": (
                "SET rosterVersion = :next, #name = :name, #status = :status, statusVersion = :statusVersion, "
                "requestId = :requestId, backupLimit = :backups, backupBytesLimit = :backupBytes "
                "ADD instanceLimit :instances, instancesLeft :instances, memoryLimit :memory, memoryLeft :memory"
            ),
            "ExpressionAttributeNames": {"#name": "name", "#status": "status"},
            "ExpressionAttributeValues": attributes(values),
        }
    }


def _member_writes(table: str, before: Membership, after: Membership) -> "Iterator[TransactWriteItemTypeDef]":
    old = {member.id: member for member in before.members}
    new = {member.id: member for member in after.members}
    for member in after.members:
        if member.id not in old:
            yield put(table, member_item(member))
        elif member != old[member.id]:
            yield put(table, member_item(member), THERE)
    for gone in old.keys() - new.keys():
        yield _delete(table, member_key(before.organization.id, gone))


def _key_writes(table: str, before: Membership, after: Membership) -> "Iterator[TransactWriteItemTypeDef]":
    old = {key.id for key in before.keys}
    new = {key.id for key in after.keys}
    yield from (put(table, account_key_item(key)) for key in after.keys if key.id not in old)
    for gone in old - new:
        yield _delete(table, organization_account_key_key(before.organization.id, gone))


def _lookup_writes(
    table: str, old: dict[str, EffectiveAccess], new: dict[str, EffectiveAccess]
) -> "Iterator[TransactWriteItemTypeDef]":
    for sha256, access in new.items():
        if sha256 not in old:
            yield put(table, lookup_item(access))
        elif access != old[sha256]:
            yield _lookup_update(table, access)
    for gone in old.keys() - new.keys():
        yield _delete(table, account_key_key(gone))


def _lookup_update(table: str, access: EffectiveAccess) -> "TransactWriteItemTypeDef":
    """Not the whole item: it also says when the key was last used."""
    suspension = "SET suspended = :true, #role = :role" if access.suspended else "SET #role = :role REMOVE suspended"
    values: dict[str, AttributeValueTypeDef] = {":role": {"S": access.role.value}}
    if access.suspended:
        values[":true"] = {"BOOL": True}
    return {
        "Update": {
            "TableName": table,
            "Key": account_key_key(access.key.sha256),
            "ConditionExpression": THERE,
            "UpdateExpression": suspension,
            "ExpressionAttributeNames": {"#role": "role"},
            "ExpressionAttributeValues": values,
        }
    }
