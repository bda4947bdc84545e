"""Request units of DynamoDB on demand, by the rules of its documentation, for items in its JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Item = Mapping[str, Mapping[str, Any]]

WRITE_BYTES = 1024
READ_BYTES = 4096
TABLE_KEYS = ("PK", "SK")


@dataclass(frozen=True, slots=True)
class Index:
    """`keys` are those that it has besides the table's; `whole`: it holds all of an item, and else its keys."""

    keys: tuple[str, ...]
    whole: bool = True

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Self:
        """As DynamoDB describes it."""
        names = [str(key["AttributeName"]) for key in described["KeySchema"]]
        return cls(
            tuple(one for one in names if one not in TABLE_KEYS), described["Projection"]["ProjectionType"] == "ALL"
        )

    def copy(self, item: Item | None) -> Item | None:
        """What it holds of an item; None if the item lacks one of its keys."""
        if item is None or any(key not in item for key in self.keys):
            return None
        return item if self.whole else {name: item[name] for name in (*TABLE_KEYS, *self.keys)}


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


def write_units(before: Item | None, after: Item | None, indexes: Sequence[Index]) -> int:
    """What one write of an item consumes, its copies in the indexes included.

    A change of an index's key removes one copy and makes another. Twice as much in a transaction.
    """
    table = max(_units(before), _units(after), 1)
    return table + sum(_index_units(before, after, index) for index in indexes)


def _index_units(before: Item | None, after: Item | None, index: Index) -> int:
    old, new = index.copy(before), index.copy(after)
    if old == new:
        return 0
    if old and new and all(old[key] == new[key] for key in index.keys):
        return max(_units(old), _units(new))
    return _units(old) + _units(new)


def read_units(items: Sequence[Item], consistent: bool) -> float:
    """What one GetItem, or one Query of one partition, consumes."""
    units = max(1, -(-sum(size(item) for item in items) // READ_BYTES))
    return float(units) if consistent else units / 2


def _units(item: Item | None) -> int:
    return -(-size(item) // WRITE_BYTES) if item else 0
