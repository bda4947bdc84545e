"""`make run` as a process: what it announces, how it stops, starts again, and stands beside another one."""

import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.api import Api
from tests.e2e.processes import Process
from tests.e2e.stack import STOP_SECONDS, Stack

REFUSED_SECONDS = 30


def tell_it(stack: Stack) -> None:
    """`kill <pid>`, with the pid that local.json names."""
    os.kill(stack.facts["pid"], signal.SIGTERM)


def press_ctrl_c(stack: Stack) -> None:
    """What a terminal does: a signal to every process of the foreground group."""
    os.killpg(stack.process.pid, signal.SIGINT)


@dataclass(frozen=True)
class Stopped:
    """What was there before a stack was told to stop, and afterwards."""

    stack: Stack
    before: list[Process]
    exit_status: int
    after: list[Process]
    authority: str


def stop(stack: Stack, how: Callable[[Stack], None]) -> Stopped:
    """Stops a stack that has an instance RUNNING, one being created and one being deleted."""
    api = stack.api
    running, doomed = api.create(), api.create()
    api.wait(running.id)
    api.wait(doomed.id)
    before = stack.processes()
    api.create()
    api.delete(doomed.id)
    deadline = time.monotonic() + STOP_SECONDS
    how(stack)
    exit_status = stack.process.wait(STOP_SECONDS)
    after = left_at(deadline, stack)
    return Stopped(stack, before, exit_status, after, Path(stack.facts["caFile"]).read_text())


def left_at(deadline: float, stack: Stack) -> list[Process]:
    """The processes that have not ended by themselves when the time is over, in seconds of the monotonic clock."""
    while (left := stack.processes()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def files_with(text: str, folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file() and text.encode() in file.read_bytes()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("again") / "home"


@pytest.fixture(scope="module")
def told(home: Path) -> Iterator[Stopped]:
    with Stack(home) as stack:
        yield stop(stack, tell_it)


@pytest.fixture(scope="module")
def restarted(told: Stopped) -> Iterator[Stack]:
    """A second stack, in the same folder as the one that was told to stop."""
    with Stack(told.stack.home) as stack:
        yield stack


@pytest.fixture(scope="module")
def interrupted(restarted: Stack) -> Stopped:
    return stop(restarted, press_ctrl_c)


def test_the_stack_announces_what_others_rely_on(stack: Stack) -> None:
    kinds = {name: type(fact) for name, fact in stack.facts.items()}
    texts = ("apiUrl", "organizationId", "token", "caFile", "dns", "awsEndpointUrl", "consoleUrl")
    networks = dict.fromkeys(("clients", "stranger", "strangerNetwork"), str) if "stranger" in kinds else {}
    assert kinds == dict.fromkeys(texts, str) | {"pid": int} | networks


def test_the_stack_announces_its_own_process(stack: Stack) -> None:
    assert stack.facts["pid"] == stack.process.pid


def test_the_stack_prints_where_it_listens_and_the_first_key(stack: Stack) -> None:
    assert re.search(rf"^SwiftCache listens on {stack.facts['apiUrl']} after [0-9.]+ s", stack.printed, re.MULTILINE)
    assert stack.facts["organizationId"] in stack.printed
    assert stack.facts["token"] in stack.printed


def test_sigterm_ends_it_in_time_with_status_0(told: Stopped) -> None:
    assert told.exit_status == 0


def test_sigterm_leaves_no_process(told: Stopped) -> None:
    assert any(process.is_redis for process in told.before)
    assert told.after == []


def test_sigterm_removes_the_announcement_and_the_account_key(told: Stopped) -> None:
    assert not told.stack.announcement.exists()
    assert files_with(told.stack.facts["token"], told.stack.home) == []


def test_a_restart_is_clean(told: Stopped, restarted: Stack) -> None:
    assert restarted.api.instances() == []
    assert not any(process.is_redis for process in restarted.processes())


def test_a_restart_keeps_the_certificate_authority(told: Stopped, restarted: Stack) -> None:
    assert Path(restarted.facts["caFile"]).read_text() == told.authority


def test_ctrl_c_ends_it_in_time_with_status_0(interrupted: Stopped) -> None:
    assert interrupted.exit_status == 0


def test_ctrl_c_leaves_no_process(interrupted: Stopped) -> None:
    assert any(process.is_redis for process in interrupted.before)
    assert interrupted.after == []


def test_ctrl_c_prints_no_traceback(interrupted: Stopped) -> None:
    assert "Traceback" not in interrupted.stack.printed


def test_ctrl_c_removes_the_announcement_and_the_account_key(interrupted: Stopped) -> None:
    assert not interrupted.stack.announcement.exists()
    assert files_with(interrupted.stack.facts["token"], interrupted.stack.home) == []


def refused(stack: Stack) -> str:
    """What a stack prints that cannot start. It must end by itself, with status 1, and leave nothing."""
    stack.launch()
    assert stack.process.wait(REFUSED_SECONDS) == 1
    return stack.printed


def test_a_port_that_is_taken_is_told_in_one_line(stack: Stack, tmp_path: Path) -> None:
    port = int(stack.facts["apiUrl"].rpartition(":")[2])
    second = Stack(tmp_path / "home", port)
    [line] = refused(second).splitlines()
    assert f"port {port} of 127.0.0.1 cannot be used" in line
    assert left_at(time.monotonic() + STOP_SECONDS, second) == []


def test_a_folder_that_is_in_use_is_told_in_one_line_and_its_stack_goes_on(stack: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path / "home")
    second.home.symlink_to(stack.home)
    [line] = refused(second).splitlines()
    assert f"in use by the stack with process id {stack.facts['pid']}" in line
    assert stack.announcement.exists()
    assert stack.api.send("GET", "/instances/regions").status_code == 200


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A second stack, beside the one that all tests share."""
    with Stack(tmp_path_factory.mktemp("beside") / "home") as second:
        yield second


def test_two_stacks_side_by_side_both_work(stack: Stack, beside: Stack) -> None:
    for each in (stack, beside):
        created = each.api.create()
        with each.redis(each.api.wait(created.id), created.key) as client:
            assert client.ping()


def test_two_stacks_side_by_side_do_not_see_each_others_instances(stack: Stack, beside: Stack) -> None:
    for one, other in ((stack, beside), (beside, stack)):
        created = one.api.create()
        instance = one.api.wait(created.id)
        assert other.api.get(created.id).status_code == 404
        assert other.names.resolve(instance["hostname"]) == []


def test_an_account_key_is_not_known_to_the_stack_beside(stack: Stack, beside: Stack) -> None:
    assert Api(beside.api.url, stack.api.token, stack.api.organization_id).get("inst_x").status_code == 401
