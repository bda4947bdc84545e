"""Each contract is held in memory and by an adapter, which here speaks to moto."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend

from tests.mocked_aws import mocked_aws

WRITES = ("transact_write_items", "put_item", "update_item", "delete_item")


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    alone = threading.RLock()
    for name in WRITES:
        monkeypatch.setattr(DynamoDBBackend, name, isolated(getattr(DynamoDBBackend, name), alone))
    with mocked_aws():
        yield


def isolated(write: Callable[..., Any], alone: threading.RLock) -> Callable[..., Any]:
    """In moto of two writes at once to a new item one is lost, and a transaction that fails puts the whole table back.

    The local stack has a lock of its own for that.
    """

    def one_at_a_time(*arguments: Any, **named: Any) -> Any:
        with alone:
            return write(*arguments, **named)

    return one_at_a_time
