"""A DynamoDB that takes a request and never answers: whoever waits for a status is told so in time."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from swiftcache.instances.long_poll import MAX_SECONDS, LongPoll
from swiftcache.instances.routes import AFTER_WAITING
from swiftcache.instances.wiring import long_poll as waiting_provider
from swiftcache.platform.aws import quick_config
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.injector import Injector
from tests.expanded import expanded

API_GATEWAY_SECONDS = 30


@pytest.fixture
def long_poll(monkeypatch: pytest.MonkeyPatch) -> Iterator[LongPoll]:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "TABLE_NAME"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        yield waiting_provider(Injector(os.environ))


def test_a_look_gives_up_long_before_another_read(long_poll: LongPoll) -> None:
    with ThreadPoolExecutor(1) as thread:
        patient = thread.submit(long_poll.instances.get, "org_1", "inst_a1")
        for _ in range(2):
            with pytest.raises(DependencyUnavailable):
                long_poll.watched.status("org_1", "inst_a1")
        assert not patient.done()
        assert isinstance(patient.exception(), DependencyUnavailable)


def test_the_longest_wait_with_a_look_and_a_read_that_hang_ends_before_the_function() -> None:
    function = expanded().functions["ApiFunction"]
    quick = vars(quick_config(Injector({})))
    hanging = 2 * (quick["connect_timeout"] + quick["read_timeout"])
    assert hanging < AFTER_WAITING
    assert MAX_SECONDS + AFTER_WAITING < function.timeout < API_GATEWAY_SECONDS
