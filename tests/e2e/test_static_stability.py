"""What runs goes on without us: with the whole control plane down, running instances serve as before."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

import pytest
import redis
import requests

from tests.e2e.api import Api
from tests.e2e.stack import Stack

INSTANCES = 3
ROUNDS = 20


@contextmanager
def all_down(stack: Stack) -> Iterator[None]:
    """Nothing but redis-server gets on: API, functions, Step Functions, DynamoDB, ECS and Route 53 stand still.

    Stopped and not killed, since here, unlike on AWS, tasks end with the stack that runs them.
    """
    ours = [process for process in stack.processes() if not process.is_redis]
    for process in ours:
        os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for process in ours:
            os.kill(process.pid, signal.SIGCONT)


def test_with_everything_else_down_running_instances_answer_every_ping(stack: Stack, api: Api) -> None:
    created = [api.create() for _ in range(INSTANCES)]
    running = [(api.wait(each.id), each.key) for each in created]
    # As clients know them: by addresses that they have resolved. The certificate is for the name.
    connects = [
        partial(by_address, stack, instance, key, stack.names.resolve(instance["hostname"])[0])
        for instance, key in running
    ]
    with ExitStack() as open_:
        lasting = [open_.enter_context(connect()) for connect in connects]
        assert all(client.ping() for client in lasting)
        with all_down(stack):
            with pytest.raises(requests.RequestException):
                requests.get(f"{stack.facts['apiUrl']}/api/v1/instances/regions", timeout=0.5)
            for number in range(ROUNDS):
                for client, connect in zip(lasting, connects, strict=True):
                    assert client.ping()
                    assert client.set("number", number)
                    with connect() as new:
                        assert new.ping()
                        assert new.get("number") == str(number)
    # And the control plane finds them again.
    for each in created:
        assert api.get(each.id).json()["instance"]["status"] == "RUNNING"
        api.delete(each.id)


@contextmanager
def by_address(stack: Stack, instance: dict[str, Any], key: str, address: str) -> Iterator["redis.Redis"]:
    with stack.redis(instance, key, host=address, ssl_check_hostname=False) as client:
        yield client
