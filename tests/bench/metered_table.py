"""A table that keeps what is written and counts the request units of each call: as much of DynamoDB as metrics need."""

import threading
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from tests.bench.dynamodb_units import Item, read_units, size, write_units

PAGE_BYTES = 1024 * 1024


class MeteredTable:
    """A client of DynamoDB for the adapters of metrics. `fleet` is what the index Fleet has, and is never written.

    `written` are the units by what the sort keys begin with: STATES, STEP, HOUR.
    """

    def __init__(self, fleet: Iterable[Item]) -> None:
        self.calls: Counter[str] = Counter()
        self.reads = 0.0
        self.written: Counter[str] = Counter()
        self._items: dict[tuple[str, str], Item] = {}
        self._sorted: dict[str, list[str]] = defaultdict(list)
        self._fleet = list(_pages(fleet))
        self._lock = threading.Lock()

    def get_item(self, **request: Any) -> dict[str, Any]:
        found = self._items.get(_place(request["Key"]))
        self._read("GetItem", [found] if found else [], request["ConsistentRead"])
        return {"Item": found} if found else {}

    def put_item(self, **request: Any) -> dict[str, Any]:
        item: Item = request["Item"]
        with self._lock:
            before = self._items.get(_place(item))
            wanted = request.get("ExpressionAttributeValues", {}).get(":before")
            if "ConditionExpression" in request and (before or {}).get("version") != wanted:
                self._write("PutItem", before, before or item)
                raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
            self._write("PutItem", before, item)
            self._put(item)
        return {}

    def update_item(self, **request: Any) -> dict[str, Any]:
        """Of which metrics make one when an instance is new: there is nothing yet."""
        key, values = request["Key"], request["ExpressionAttributeValues"]
        after = {**key, "sequence": values[":fence"], "ttl": values[":ttl"]}
        with self._lock:
            self._write("UpdateItem", self._items.get(_place(key)), after)
            self._put(after)
        return {"Attributes": after}

    def get_paginator(self, _: str) -> Any:
        return SimpleNamespace(paginate=self._query)

    def _query(self, **request: Any) -> Iterator[dict[str, Any]]:
        consistent = request.get("ConsistentRead", False)
        if request.get("IndexName") == "Fleet":
            pages: Iterable[list[Item]] = self._fleet
        else:
            values = request["ExpressionAttributeValues"]
            partition = values[":pk"]["S"]
            keys = list(self._sorted[partition])
            start = bisect_left(keys, values.get(":start", {"S": ""})["S"])
            pages = _pages(self._items[partition, key] for key in keys[start:])
        empty = True
        for page in pages:
            empty = False
            self._read("Query", page, consistent)
            yield {"Items": page}
        if empty:
            self._read("Query", [], consistent)
            yield {"Items": []}

    def _put(self, item: Item) -> None:
        partition, key = _place(item)
        if (partition, key) not in self._items:
            insort(self._sorted[partition], key)
        self._items[partition, key] = item

    def _read(self, call: str, items: list[Item], consistent: bool) -> None:
        with self._lock:
            self.calls[call] += 1
            self.reads += read_units(items, consistent)

    def _write(self, call: str, before: Item | None, after: Item) -> None:
        self.calls[call] += 1
        self.written[_place(after)[1].partition("#")[0]] += write_units(before, after, [])


def _place(key: Item) -> tuple[str, str]:
    return key["PK"]["S"], key["SK"]["S"]


def _pages(items: Iterable[Item]) -> Iterator[list[Item]]:
    page: list[Item] = []
    held = 0
    for item in items:
        page.append(item)
        held += size(item)
        if held >= PAGE_BYTES:
            yield page
            page, held = [], 0
    if page:
        yield page
