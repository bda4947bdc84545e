"""DynamoDB transactions as AWS makes them: all conditions first, then all writes or none, and each token once.

moto copies the whole table for every operation, writes before it knows of a failed condition further on (stream
records included), and ignores ClientRequestToken.
"""

import copy
import json
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from moto.core.responses import ActionResult
from moto.dynamodb.comparisons import get_filter_expression
from moto.dynamodb.exceptions import (
    DynamodbException,
    MockValidationException,
    MultipleTransactionsException,
    TooManyTransactionsException,
    TransactionCanceledException,
    TransactWriteSingleOpException,
)
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.responses import DynamoHandler

from local.aws.streams import Streams

MAX_OPERATIONS = 100
TOKEN_SECONDS = 600

Reason = tuple[str | None, str | None, dict[str, Any] | None]


class IdempotentParameterMismatchError(DynamodbException):
    """A token that was used for another request within ten minutes."""

    def __init__(self) -> None:
        super().__init__(
            "com.amazonaws.dynamodb.v20120810#IdempotentParameterMismatchException",
            "Idempotent request was not consistent with the original: the parameters differ.",
        )


@dataclass(frozen=True)
class _Write:
    """One operation of a transaction, on one item."""

    kind: str
    request: dict[str, Any]
    key: dict[str, Any]

    @property
    def table(self) -> str:
        return str(self.request["TableName"])

    @property
    def identity(self) -> tuple[str, str]:
        return self.table, str(sorted(self.key.items()))


def extend(patches: ExitStack, streams: Streams) -> None:
    """Make moto's TransactWriteItems ours. Both run under the lock of the service."""

    def transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        with streams.held():
            _transact(backend, transact_items)

    patches.enter_context(patch.object(DynamoDBBackend, "transact_write_items", transact))
    once = _once_by_token(DynamoHandler.transact_write_items)
    patches.enter_context(patch.object(DynamoHandler, "transact_write_items", once))


def _transact(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
    if len(items) > MAX_OPERATIONS:
        raise TooManyTransactionsException()
    writes = [_parse(backend, item) for item in items]
    if len({write.identity for write in writes}) < len(writes):
        raise MultipleTransactionsException()
    reasons = [_failed_condition(backend, write) for write in writes]
    if any(code for code, _, _ in reasons):
        raise TransactionCanceledException(reasons)
    before = [(write, copy.deepcopy(backend.get_item(write.table, write.key))) for write in writes]
    try:
        for write in writes:
            _apply(backend, write)
    except Exception as error:
        for write, item in before:
            _restore(backend, write, item)
        if isinstance(error, MockValidationException):
            raise
        raise TransactionCanceledException([("ValidationError", str(error), None)]) from error


def _parse(backend: DynamoDBBackend, item: dict[str, Any]) -> _Write:
    if len(item) != 1:
        raise TransactWriteSingleOpException()
    kind, request = next(iter(item.items()))
    if kind != "Put":
        return _Write(kind, request, request["Key"])
    table = backend.get_table(request["TableName"])
    names = [name for name in (table.hash_key_attr, table.range_key_attr) if name is not None]
    return _Write(kind, request, {name: request["Item"][name] for name in names})


def _failed_condition(backend: DynamoDBBackend, write: _Write) -> Reason:
    condition = write.request.get("ConditionExpression")
    current = backend.get_item(write.table, write.key)
    if condition is None:
        return None, None, None
    names, values = write.request.get("ExpressionAttributeNames"), write.request.get("ExpressionAttributeValues")
    if get_filter_expression(condition, names, values).expr(current):
        return None, None, None
    shown = write.request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and current is not None
    attributes = current.to_json()["Attributes"] if shown and current is not None else None
    return "ConditionalCheckFailed", "The conditional request failed", attributes


def _apply(backend: DynamoDBBackend, write: _Write) -> None:
    match write.kind:
        case "Put":
            backend.put_item(write.table, write.request["Item"])
        case "Delete":
            backend.delete_item(write.table, write.key)
        case "Update":
            backend.update_item(
                write.table,
                write.key,
                update_expression=write.request["UpdateExpression"],
                expression_attribute_names=write.request.get("ExpressionAttributeNames", {}),
                expression_attribute_values=write.request.get("ExpressionAttributeValues", {}),
            )


def _restore(backend: DynamoDBBackend, write: _Write, item: Any) -> None:
    table = backend.get_table(write.table)
    hash_key, range_key = backend.get_keys_value(table, write.key)
    items: Any = table.items[hash_key] if range_key else table.items
    key = range_key or hash_key
    if item is None:
        items.pop(key, None)
    else:
        items[key] = item


def _once_by_token(
    transact: Callable[[DynamoHandler], ActionResult],
) -> Callable[[DynamoHandler], ActionResult]:
    seen: dict[str, tuple[float, str]] = {}

    def once(handler: DynamoHandler) -> ActionResult:
        token, asked = handler.body.get("ClientRequestToken"), json.dumps(handler.body["TransactItems"], sort_keys=True)
        now = time.monotonic()
        for old in [key for key, (until, _) in seen.items() if until < now]:
            del seen[old]
        if token in seen:
            if seen[token][1] != asked:
                raise IdempotentParameterMismatchError()
            return ActionResult({})
        result = transact(handler)
        if token is not None:
            seen[token] = now + TOKEN_SECONDS, asked
        return result

    return once
