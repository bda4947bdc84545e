"""Request units of DynamoDB on demand, by the rules of its documentation, for items in its JSON."""

from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]

WRITE_BYTES = 1024
READ_BYTES = 4096


def size(item: Item) -> int:
    """An item's bytes: the names and the values of its attributes."""
    return sum(len(name.encode()) + _value(value) for name, value in item.items())


def _value(value: Mapping[str, Any]) -> int:
    ((kind, held),) = value.items()
    match kind:
        case "S":
            return len(held.encode())
        case "N":
            return len(held.lstrip("-").strip("0.")) // 2 + 2
        case "L":
            return 3 + sum(1 + _value(one) for one in held)
        case "M":
            return 3 + sum(1 + len(name.encode()) + _value(one) for name, one in held.items())
        case "SS" | "NS" | "BS":
            return sum(len(one) for one in held)
        case "B":
            return len(held)
        case _:
            return 1


def write_units(before: Item | None, after: Item | None, indexes: Sequence[str]) -> int:
    """What one write of an item consumes, its copies in the indexes included.

    `indexes` names each index's own key attribute; all of them hold whole items. A change of that attribute removes one
    copy and makes another. Twice as much in a transaction.
    """
    table = max(_units(before), _units(after), 1)
    return table + sum(_index_units(before, after, key) for key in indexes)


def _index_units(before: Item | None, after: Item | None, key: str) -> int:
    old = before if before and key in before else None
    new = after if after and key in after else None
    if old == new:
        return 0
    if old and new and old[key] == new[key]:
        return max(_units(old), _units(new))
    return _units(old) + _units(new)


def read_units(items: Sequence[Item], consistent: bool) -> float:
    """What one GetItem, or one Query of one partition, consumes."""
    units = max(1, -(-sum(size(item) for item in items) // READ_BYTES))
    return float(units) if consistent else units / 2


def _units(item: Item | None) -> int:
    return -(-size(item) // WRITE_BYTES) if item else 0
