"""Changing an instance's item from what was read of it."""

from typing import TYPE_CHECKING, Any

from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from swiftcache.platform.items import instance_key

if TYPE_CHECKING:
    from types_boto3_dynamodb.type_defs import UpdateTypeDef


class InstanceUpdate:
    """An update of one instance's item: only if attributes are as they were read, then to what they are in another."""

    def __init__(self, table: str, before: Instance) -> None:
        self._table = table
        self._before = before
        self._item = instance_item(before)
        self._conditions = ["attribute_exists(PK)"]
        self._set: list[str] = []
        self._remove: list[str] = []
        self._names: dict[str, str] = {}
        self._values: dict[str, Any] = {}

    def only_if_as_read(self, attributes: tuple[str, ...]) -> None:
        for name in attributes:
            self._names[f"#{name}"] = name
            if name in self._item:
                self._conditions.append(f"#{name} = :old_{name}")
                self._values[f":old_{name}"] = self._item[name]
            else:
                self._conditions.append(f"attribute_not_exists(#{name})")

    def change_to(self, after: Instance, attributes: tuple[str, ...]) -> None:
        """Leaves alone what stays as it is."""
        item = instance_item(after)
        for name in attributes:
            if item.get(name) == self._item.get(name):
                continue
            self._names[f"#{name}"] = name
            if name in item:
                self._set.append(f"#{name} = :new_{name}")
                self._values[f":new_{name}"] = item[name]
            else:
                self._remove.append(f"#{name}")

    def request(self) -> "UpdateTypeDef":
        clauses = [f"SET {', '.join(self._set)}"] if self._set else []
        clauses += [f"REMOVE {', '.join(self._remove)}"] if self._remove else []
        return {
            "TableName": self._table,
            "Key": instance_key(self._before.organization_id, self._before.id),
            "ConditionExpression": " AND ".join(self._conditions),
            "UpdateExpression": " ".join(clauses),
            "ExpressionAttributeNames": self._names,
            "ExpressionAttributeValues": self._values,
        }
