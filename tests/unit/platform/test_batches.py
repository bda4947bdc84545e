"""A batch that DynamoDB answers only a part of, which it does while it throttles."""

from typing import Any

import pytest

from swiftcache.platform.batches import delete_items, items_of
from swiftcache.platform.errors import DependencyUnavailable


class Throttling:
    """Does `each` of a batch at a time, and leaves the rest."""

    def __init__(self, each: int) -> None:
        self._each = each
        self.sizes: list[int] = []
        self.deleted: list[int] = []

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        keys = request["RequestItems"]["table"]["Keys"]
        self.sizes.append(len(keys))
        left = {"table": {"Keys": keys[self._each :]}} if keys[self._each :] else {}
        return {"Responses": {"table": keys[: self._each]}, "UnprocessedKeys": left}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        requests = request["RequestItems"]["table"]
        self.sizes.append(len(requests))
        self.deleted += [one["DeleteRequest"]["Key"] for one in requests[: self._each]]
        left = {"table": requests[self._each :]} if requests[self._each :] else {}
        return {"UnprocessedItems": left}


def read(client: Any, number: int) -> list[Any]:
    return list(items_of(client, "table", range(number), "the record"))


def delete(client: Any, number: int) -> None:
    delete_items(client, "table", range(number), "the record")


def test_what_a_batch_leaves_out_is_asked_for_again() -> None:
    client = Throttling(each=6)
    assert read(client, 16) == list(range(16))
    assert client.sizes == [16, 10, 4]


def test_what_a_batch_does_not_delete_is_deleted_by_the_next() -> None:
    client = Throttling(each=10)
    delete(client, 30)
    assert client.deleted == list(range(30))
    assert client.sizes == [25, 15, 5, 5]


@pytest.mark.parametrize("act", [read, delete])
def test_nothing_is_asked_for_without_a_key(act: Any) -> None:
    client = Throttling(each=1)
    assert not act(client, 0)
    assert client.sizes == []


@pytest.mark.parametrize("act", [read, delete])
def test_a_table_that_goes_on_leaving_some_out_is_unavailable(act: Any) -> None:
    client = Throttling(each=1)
    with pytest.raises(DependencyUnavailable, match="the record is busy; please try again"):
        act(client, 16)
    assert client.sizes == [16, 15, 14, 13, 12]
