"""Batches of DynamoDB, which may answer only a part of what they were asked: the rest is asked for again, after a
pause, since a rest is what throttling leaves."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from swiftcache.platform.aws_errors import passing_errors_as_unavailable
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.jitter import pause

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_TRIES = 5
_MOST_DELETED_AT_ONCE = 25
"""https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html"""


def items_of(client: "DynamoDBClient", table: str, keys: Sequence[Any], service: str) -> Iterator[dict[str, Any]]:
    """The items that exist, in any order; at most 100 keys, none of them twice.

    Raises DependencyUnavailable if some are left after five tries.
    """
    left = list(keys)
    for number in range(_TRIES):
        if not left:
            return
        if number:
            pause(number)
        with passing_errors_as_unavailable(service):
            answer = client.batch_get_item(RequestItems={table: {"Keys": left}})
        yield from answer["Responses"].get(table, [])
        rest: Any = answer.get("UnprocessedKeys", {}).get(table, {"Keys": []})
        left = rest["Keys"]
    if left:
        raise _busy(service)


def delete_items(client: "DynamoDBClient", table: str, keys: Sequence[Any], service: str) -> None:
    """Any number of keys, none of them twice; one that has no item does no harm.

    Raises DependencyUnavailable if some are left of a batch after five tries: those are still there.
    """
    for first in range(0, len(keys), _MOST_DELETED_AT_ONCE):
        _delete(client, table, keys[first : first + _MOST_DELETED_AT_ONCE], service)


def _delete(client: "DynamoDBClient", table: str, keys: Sequence[Any], service: str) -> None:
    left: list[Any] = [{"DeleteRequest": {"Key": key}} for key in keys]
    for number in range(_TRIES):
        if number:
            pause(number)
        with passing_errors_as_unavailable(service):
            answer = client.batch_write_item(RequestItems={table: left})
        left = answer.get("UnprocessedItems", {}).get(table, [])
        if not left:
            return
    raise _busy(service)


def _busy(service: str) -> DependencyUnavailable:
    return DependencyUnavailable(f"{service} is busy; please try again")
