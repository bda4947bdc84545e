"""Each contract is held in memory and by an adapter, which here speaks to moto."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from moto.dynamodb.models import DynamoDBBackend

from tests.mocked_aws import mocked_aws


@pytest.fixture(autouse=True)
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(DynamoDBBackend, "transact_write_items", isolated(DynamoDBBackend.transact_write_items))
    with mocked_aws():
        yield


def isolated(transact: Any) -> Any:
    """moto's transaction that fails puts the whole table back as it was, without what others wrote meanwhile."""
    lock = threading.Lock()

    def alone(backend: DynamoDBBackend, items: Any) -> None:
        with lock:
            transact(backend, items)

    return alone
