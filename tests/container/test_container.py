"""The container itself, where a Docker engine is there: with the very definition that ECS gets."""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import redis

from swiftcache.instances.sizes import MIB, MIN_MEMORY, largest_memory, task_size
from swiftcache.redis.limits import redis_limits
from tests.container.engine import Container, an_image, docker, missing, run
from tests.integration.redis.hostile import flood, words
from tests.integration.redis.tasks import Tasks, container
from tests.integration.redis.writers import wait_for

if why := missing():
    pytest.skip(f"the tests of the container itself: {why}", allow_module_level=True)

pytestmark = pytest.mark.xdist_group("container")

STOP_TIMEOUT = container("provision_instance")["StopTimeout"]
SPARE_SECONDS = 10
KILLED = 137
REDIS_OWN_FILES = 32


@pytest.fixture(scope="module")
def image_name() -> Iterator[str]:
    with an_image() as name:
        yield name


@pytest.fixture(scope="module")
def shared(image_name: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Container]:
    with run(image_name, Tasks(tmp_path_factory.mktemp("container")), MIN_MEMORY, "allkeys-lru") as running:
        yield running


@pytest.fixture
def another(image_name: str, tmp_path: Path) -> Iterator[Container]:
    with run(image_name, Tasks(tmp_path), MIN_MEMORY, "noeviction") as running:
        yield running


def lines(shared: Container, file: str) -> list[str]:
    return shared.shell(f'while read -r line; do echo "$line"; done < {file}').splitlines()


def test_the_key_opens_the_container_over_tls(shared: Container) -> None:
    with shared.client() as client:
        assert client.set("greeting", "hello")


def test_the_root_of_the_container_cannot_be_written(shared: Container) -> None:
    refused = shared.shell("(: > /etc/new) 2>&1 || true; (: > /bin/sh) 2>&1 || true")
    assert refused.count("Read-only file system") == 2


def test_the_container_has_no_capabilities(shared: Container) -> None:
    status = lines(shared, "/proc/1/status")
    capabilities = {line.split()[1] for line in status if line.startswith("Cap")}
    assert capabilities == {"0" * 16}


def test_the_container_is_not_root(shared: Container) -> None:
    [user] = [line.split()[1:] for line in lines(shared, "/proc/1/status") if line.startswith("Uid:")]
    assert "0" not in user


def test_the_container_may_open_as_many_files_as_it_has_connections(shared: Container) -> None:
    [files] = [line for line in lines(shared, "/proc/1/limits") if line.startswith("Max open files")]
    assert int(re.findall(r"\d+", files)[0]) > redis_limits(task_size(MIN_MEMORY)).connections + REDIS_OWN_FILES


def test_the_secrets_of_the_container_are_not_in_its_environment(shared: Container) -> None:
    assert "PRIVATE KEY" not in "".join(lines(shared, "/proc/1/environ"))


def test_a_script_that_takes_all_memory_ends_its_container_and_nobody_else(
    shared: Container, another: Container
) -> None:
    with another.client() as client, pytest.raises(redis.RedisError):
        client.eval("local t = {} while true do t[#t + 1] = {} end", 0)
    wait_for(lambda: another.state["Status"] == "exited")
    assert (another.state["OOMKilled"], another.state["ExitCode"]) == (True, KILLED)
    assert shared.answers()


def test_the_largest_data_set_of_its_size_fits_with_all_that_clients_may_take(image_name: str, tmp_path: Path) -> None:
    largest = largest_memory(task_size(MIN_MEMORY))
    with run(image_name, Tasks(tmp_path), largest, "noeviction") as full, full.client() as client:
        with suppress(redis.exceptions.OutOfMemoryError):
            for number in range(2 * largest // MIB):
                client.set(str(number), "x" * MIB)
        assert client.info("memory")["used_memory"] > largest * 0.99
        attack(full)
        assert client.ping()
        assert not full.state["OOMKilled"]


def attack(full: Container) -> None:
    """As many connections as there may be, and on some of them as much as Redis lets them have."""

    with ExitStack() as held:
        greedy = [held.enter_context(full.raw()) for _ in range(8)]
        for _ in range(redis_limits(task_size(MIN_MEMORY)).connections):
            with suppress(OSError):
                held.enter_context(full.raw())
        threads = [threading.Thread(target=flood, args=(one, words("GET", "0") * 100)) for one in greedy]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def stopped_after(running: Container) -> float:
    began = time.monotonic()
    docker("stop", running.id)
    return time.monotonic() - began


def test_a_container_that_is_told_to_stop_ends_by_itself(another: Container) -> None:
    assert stopped_after(another) < STOP_TIMEOUT
    assert another.state["ExitCode"] == 0


def test_a_container_that_does_not_listen_is_ended_after_its_stop_timeout(another: Container) -> None:
    endless = "redis.call('SET', 'a', 1) while true do end"
    with another.client() as client:
        thread = threading.Thread(target=lambda: _until_it_ends(client, endless))
        thread.start()
        wait_for(lambda: not another.answers(seconds=0.5))
        assert STOP_TIMEOUT <= stopped_after(another) < STOP_TIMEOUT + SPARE_SECONDS
        thread.join()
    assert another.state["ExitCode"] == KILLED


def _until_it_ends(client: "redis.Redis", script: str) -> None:
    with suppress(redis.RedisError):
        client.eval(script, 0)
