"""A private network: a client in it uses an instance, and a stranger gets no connection at all."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.api import Created
from tests.e2e.documented import blocks, need, paste, session
from tests.e2e.leftovers import left_of
from tests.e2e.stack import PROJECT, Stack
from tests.knocks import OPEN, REFUSED, SILENT, knock

SECONDS = 60
LIVE_SECONDS = 5
"""After the answer to a PATCH."""

Instance = dict[str, Any]


@pytest.fixture(scope="module")
def private(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("private") / "home", network="private") as running:
        if "stranger" not in running.facts:
            [why] = [line for line in running.printed.splitlines() if "strangers are not kept out" in line]
            pytest.skip(why)
        yield running


@pytest.fixture(scope="module")
def client(private: Stack) -> str:
    """The network of this machine, which the stack's ClientCidrs name."""
    return str(private.facts["clients"])


@pytest.fixture(scope="module")
def stranger(private: Stack) -> str:
    """Another network, of one address."""
    return f"{private.facts['stranger']}/32"


@contextmanager
def running(private: Stack, **given: Any) -> Iterator[tuple[Created, Instance]]:
    created = private.api.create(**given)
    yield created, private.api.wait(created.id, seconds=SECONDS)
    private.api.delete(created.id)
    private.api.wait_gone(created.id, seconds=SECONDS)
    assert left_of(private, created.id) == []


def as_stranger(private: Stack) -> Sequence[str]:
    return ("nsenter", f"--net={private.facts['strangerNetwork']}")


def as_function(private: Stack, name: str) -> Sequence[str]:
    """Where a process of the function is."""
    [process, *_] = [found for found in private.processes() if found.folder == str(PROJECT / "functions" / name)]
    return ("nsenter", f"--target={process.pid}", "--net")


def address_of(private: Stack, instance: Instance) -> str:
    [address] = private.names.resolve(instance["hostname"])
    return address


def reached(private: Stack, instance: Instance) -> tuple[str, str]:
    """What becomes of a connection of this machine, and of a stranger's."""
    address, port = address_of(private, instance), instance["port"]
    return knock(address, port), knock(address, port, as_stranger(private))


def change(private: Stack, instance: Instance, *cidrs: str) -> None:
    answer = private.api.send("PATCH", f"/instances/{instance['id']}", json={"allowedCidrs": cidrs})
    assert answer.status_code == 200, answer.text


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it holds within the time that a change may take."""
    end = time.monotonic() + LIVE_SECONDS
    while not (holds := condition()) and time.monotonic() < end:
        time.sleep(0.05)
    return holds


def test_an_instance_is_used_by_the_networks_clients_and_a_stranger_gets_no_connection(private: Stack) -> None:
    with running(private) as (created, instance):
        with private.redis(instance, created.key) as redis:
            redis.set("greeting", "hello")
            assert redis.get("greeting") == "hello"
        assert reached(private, instance) == (OPEN, SILENT)


def test_the_port_of_tasks_that_do_not_serve_is_open_to_functions_alone(private: Stack) -> None:
    """None is listening there: whose packets come through is refused by the task's own system."""
    with running(private) as (_, instance):
        address, port = address_of(private, instance), instance["port"] + 1
        assert knock(address, port, as_function(private, "control_redis")) == REFUSED
        assert knock(address, port) == knock(address, port, as_stranger(private)) == SILENT


def test_functions_that_do_not_speak_to_redis_are_not_in_the_network(private: Stack) -> None:
    inside = {name: network_of(private, name) for name in ("control_redis", "verify_redis", "api", "write_records")}
    assert inside["control_redis"] == inside["verify_redis"]
    assert inside["api"] == inside["write_records"] == str(Path("/proc/self/ns/net").readlink())
    assert inside["api"] != inside["verify_redis"]


def network_of(private: Stack, name: str) -> str:
    *_, target, _ = as_function(private, name)
    return str(Path(f"/proc/{target.removeprefix('--target=')}/ns/net").readlink())


def test_only_allowed_networks_get_in_and_others_as_soon_as_they_are(
    private: Stack, client: str, stranger: str
) -> None:
    with running(private, allowedCidrs=[stranger]) as (_, instance):
        assert reached(private, instance) == (SILENT, OPEN)
        change(private, instance, client)
        assert soon(lambda: reached(private, instance) == (OPEN, SILENT))
        change(private, instance, client, stranger)
        assert soon(lambda: reached(private, instance) == (OPEN, OPEN))


def test_who_is_shut_out_loses_what_is_open_too(private: Stack, client: str, stranger: str) -> None:
    need("redis-cli")
    with running(private, allowedCidrs=[client, stranger]) as (created, instance):
        with subscribed(private, instance, created.key) as theirs:
            change(private, instance, client)
            theirs.wait(LIVE_SECONDS)
        assert reached(private, instance) == (OPEN, SILENT)


@contextmanager
def subscribed(private: Stack, instance: Instance, key: str) -> Iterator[subprocess.Popen[str]]:
    """A stranger's client that hears a channel. It ends when it is disconnected."""
    there = ("--sni", instance["hostname"], "-h", address_of(private, instance), "-p", str(instance["port"]))
    client = ("redis-cli", "--tls", "--cacert", private.facts["caFile"], *there)
    environment = {**os.environ, "REDISCLI_AUTH": key}
    with subprocess.Popen(
        [*as_stranger(private), *client, "SUBSCRIBE", "news"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "subscribe\n"
        yield process
        process.kill()


def test_where_nobody_can_be_kept_out_the_stack_says_so_and_why_and_works_all_the_same(tmp_path: Path) -> None:
    without_rights = ("setpriv", "--bounding-set=-sys_admin") if os.geteuid() == 0 else ()
    with Stack(tmp_path / "home", network="private", started_by=without_rights) as stack:
        if "stranger" in stack.facts:
            pytest.skip("no right is needed here to keep strangers out")
        [line] = [line for line in stack.printed.splitlines() if "strangers are not kept out" in line]
        assert "only root may make network namespaces" in line
        with running(stack, allowedCidrs=["127.0.0.0/8"]) as (created, instance):
            assert instance["allowedCidrs"] == ["127.0.0.0/8"]
            with stack.redis(instance, created.key) as redis:
                assert redis.ping()


def test_the_lines_for_a_private_network_print_what_the_guide_shows(private: Stack) -> None:
    need("bash", "redis-cli", "timeout")
    [block] = blocks(PROJECT / "docs" / "network.md", "console")
    shown = session(block)
    assert paste(private, "bash", "-euc", shown.typed) == shown.printed
