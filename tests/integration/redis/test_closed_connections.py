"""What a Python client does when its connection is closed while it waits for an answer, as docs/clients.md tells it."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import redis
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.retry import Retry

from swiftcache.redis.acl import CONTROL_USER
from tests.integration.redis.redis_task import Server, start, stop

QUEUE = "queue"

Made = Callable[[Server], "redis.Redis"]
"""Makes a client."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server, process = start(tmp_path_factory.mktemp("redis"))
    yield server
    stop(process)


def by_url(server: Server, **options: Any) -> "redis.Redis":
    url = f"rediss://default:{server.key}@127.0.0.1:{server.port}"
    return redis.Redis.from_url(url, ssl_ca_certs=str(server.ca), decode_responses=True, **options)


def by_host(server: Server, **options: Any) -> "redis.Redis":
    return redis.Redis(
        host="127.0.0.1",
        port=server.port,
        password=server.key,
        ssl=True,
        ssl_ca_certs=str(server.ca),
        decode_responses=True,
        **options,
    )


NEVER = Retry(NoBackoff(), 0)
THRICE = Retry(ExponentialBackoff(), 3)

REPEATING: dict[str, Made] = {
    "by host": by_host,
    "by host, told to": lambda server: by_host(server, retry=THRICE),
    "by URL, told to": lambda server: by_url(server, retry=THRICE),
}
NOT_REPEATING: dict[str, Made] = {
    "by host, told not to": lambda server: by_host(server, retry=NEVER),
    "by URL": by_url,
    "by URL, told not to": lambda server: by_url(server, retry=NEVER),
}


def waiting(server: Server) -> str:
    """The id of the one connection that waits in a command, as soon as there is one."""
    with server.connect(username=CONTROL_USER, password=server.control_password) as ours:
        deadline = time.monotonic() + 30
        while not (found := [each["id"] for each in ours.client_list() if "b" in each["flags"]]):
            assert time.monotonic() < deadline, "nobody waits"
            time.sleep(0.01)
        return str(found[0])


def close(server: Server, connection: str) -> None:
    """Closes it as the service does when it revokes a key."""
    with server.connect(username=CONTROL_USER, password=server.control_password) as ours:
        assert ours.client_kill_filter(_id=connection) == 1


def interrupted(server: Server, client: "redis.Redis", pool: ThreadPoolExecutor) -> Future[Any]:
    """A command of this client that is sent, not answered, and whose connection is closed."""
    asked: Future[Any] = pool.submit(client.blpop, [QUEUE], 20)
    close(server, waiting(server))
    return asked


@pytest.mark.parametrize("made", REPEATING.values(), ids=REPEATING)
def test_redis_py_repeats_a_command_whose_answer_was_lost(server: Server, made: Made) -> None:
    with made(server) as client, ThreadPoolExecutor(1) as pool:
        asked = interrupted(server, client, pool)
        waiting(server)
        with server.connect() as other:
            other.rpush(QUEUE, "work")
        assert list(asked.result(20)) == [QUEUE, "work"]


@pytest.mark.parametrize("made", NOT_REPEATING.values(), ids=NOT_REPEATING)
def test_redis_py_tells_its_program_of_a_lost_answer_and_connects_again(server: Server, made: Made) -> None:
    with made(server) as client, ThreadPoolExecutor(1) as pool:
        with pytest.raises(redis.ConnectionError):
            interrupted(server, client, pool).result(20)
        assert client.ping()


@pytest.mark.parametrize("made", [by_host, *NOT_REPEATING.values()], ids=["by host", *NOT_REPEATING])
def test_a_connection_that_was_closed_between_two_commands_is_not_noticed(server: Server, made: Made) -> None:
    with made(server) as client:
        close(server, str(client.client_id()))
        assert client.ping()
