"""A table of DynamoDB in memory whose reads take as long with 100,000 items as with 10.

moto's do not: it looks at every item of a partition, so it would be measured instead of us. This one answers the reads
that our adapters send, by key and from the index Fleet, in pages of up to 1 MB. Writes are accepted and not kept: what
is measured does not come back to them. What it does not know it refuses, so nothing is measured by mistake.
"""

import json
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

PAGE_BYTES = 1024 * 1024
"""Of items that a Query or Scan looks at, filtered or not, before it gives what it has."""

_CONDITION = re.compile(
    r"(?P<hash>[\w#]+) = (?P<is>:\w+)( AND (?P<range>SK|#sort) = (?P<exact>:\w+)"
    r"| AND begins_with\((SK|#sort), (?P<prefix>:\w+)\))?"
)
_FILTER = re.compile(r"(?P<name>#\w+) = (?P<is>:\w+)")
_HASH = {None: "PK", "Fleet": "fleet"}
_LAST = "\U0010ffff"
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems")

Key = tuple[str, str]
"""Partition and sort key of the table."""


class Table:
    """`add` items, then `answer` requests, both in DynamoDB's JSON. `calls` counts those that were answered."""

    def __init__(self) -> None:
        self._items: dict[Key, bytes] = {}
        self._order: list[Key] = []
        # Of each index its partitions, and of those the sort keys, each with the table's own key.
        self._indexes: dict[str | None, dict[str, list[tuple[str, Key]]]] = {name: defaultdict(list) for name in _HASH}
        self._sorted = True

    def add(self, item: dict[str, Any]) -> None:
        """A new item."""
        key = item["PK"]["S"], item["SK"]["S"]
        self._items[key] = json.dumps(item, separators=(",", ":")).encode()
        self._order.append(key)
        for index, attribute in _HASH.items():
            if attribute in item:
                self._indexes[index][item[attribute]["S"]].append((key[1], key))
        self._sorted = False

    def answer(self, operation: str, request: dict[str, Any]) -> bytes:
        """Raises NotImplementedError for a request that this table does not know."""
        self._sort()
        if operation == "GetItem":
            item = self._items.get((request["Key"]["PK"]["S"], request["Key"]["SK"]["S"]))
            return b"{}" if item is None else b'{"Item":%b}' % item
        if operation == "Query":
            return self._page(self._asked(request), request)
        if operation == "Scan":
            begin = (
                bisect_right(self._order, _key(request["ExclusiveStartKey"])) if "ExclusiveStartKey" in request else 0
            )
            return self._page((self._order[place] for place in range(begin, len(self._order))), request)
        if operation in _WRITES:
            return b"{}"
        raise NotImplementedError(f"this table has no {operation}")

    def _sort(self) -> None:
        if not self._sorted:
            self._order.sort()
            for partition in (one for index in self._indexes.values() for one in index.values()):
                partition.sort()
            self._sorted = True

    def _asked(self, request: dict[str, Any]) -> Iterator[Key]:
        """The keys of the items that a Query is about, in its order, from where it begins."""
        condition = _CONDITION.fullmatch(request["KeyConditionExpression"])
        if condition is None or request.get("IndexName") not in _HASH:
            raise NotImplementedError(f"this table has no query for {request['KeyConditionExpression']}")
        values = request["ExpressionAttributeValues"]
        partition = self._indexes[request.get("IndexName")].get(values[condition["is"]]["S"], [])
        first, last = "", _LAST
        if condition["exact"]:
            first = last = values[condition["exact"]]["S"]
        if condition["prefix"]:
            first = values[condition["prefix"]]["S"]
            last = first + _LAST
        begin = bisect_left(partition, (first, ("", "")))
        if "ExclusiveStartKey" in request:
            after = _key(request["ExclusiveStartKey"])
            begin = bisect_left(partition, (after[1], after)) + 1
        for place in range(begin, len(partition)):
            sort_key, key = partition[place]
            if sort_key > last:
                return
            yield key

    def _page(self, keys: Iterator[Key], request: dict[str, Any]) -> bytes:
        found: list[bytes] = []
        seen = size = 0
        last: Key | None = None
        for key in keys:
            if size >= PAGE_BYTES or seen == request.get("Limit"):
                break
            item, last = self._items[key], key
            seen += 1
            size += len(item)
            if (shown := _shown(item, request)) is not None:
                found.append(shown)
        else:
            last = None
        counts = b'"Count":%d,"ScannedCount":%d' % (len(found), seen)
        more = b',"LastEvaluatedKey":%b' % _last(self._items[last], request) if last else b""
        items = b"" if request.get("Select") == "COUNT" else b'"Items":[%b],' % b",".join(found)
        return b"{%b%b%b}" % (items, counts, more)


def _shown(item: bytes, request: dict[str, Any]) -> bytes | None:
    """What the answer has of an item; None if the filter leaves it out."""
    if "FilterExpression" not in request and "ProjectionExpression" not in request:
        return item
    values, names = json.loads(item), request.get("ExpressionAttributeNames", {})
    if "FilterExpression" in request:
        wanted = _FILTER.fullmatch(request["FilterExpression"])
        if wanted is None:
            raise NotImplementedError(f"this table has no filter {request['FilterExpression']}")
        if values.get(names[wanted["name"]]) != request["ExpressionAttributeValues"][wanted["is"]]:
            return None
    if "ProjectionExpression" not in request:
        return item
    projected = [names.get(name, name) for name in request["ProjectionExpression"].split(", ")]
    return json.dumps({name: values[name] for name in projected if name in values}).encode()


def _key(key: dict[str, Any]) -> Key:
    return key["PK"]["S"], key["SK"]["S"]


def _last(item: bytes, request: dict[str, Any]) -> bytes:
    values = json.loads(item)
    names = {"PK", "SK", _HASH[request.get("IndexName")]}
    return json.dumps({name: values[name] for name in sorted(names)}).encode()
