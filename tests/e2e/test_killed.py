"""`kill -9` of the local stack, at any moment: what it ran ends by itself, and the next start finds nothing of it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from swiftcache.instances.sizes import MIB
from tests.e2e.processes import Process, processes_of
from tests.e2e.stack import STOP_SECONDS, Stack

LARGER = 512 * MIB

LAUNCHER = """
import sys, time
from pathlib import Path
from tests.e2e.stack import Stack

with Stack(Path(sys.argv[1])) as stack:
    stack.api.wait(stack.api.create().id)
    print("up", flush=True)
    time.sleep(600)
"""


@dataclass
class Killed:
    """A stack that had no time to clean up. `keys` are the plain keys that were shown while it was up."""

    stack: Stack
    keys: list[str] = field(default_factory=list)
    addresses: set[tuple[str, int]] = field(default_factory=set)
    left: list[Process] = field(default_factory=list)

    def kill(self) -> None:
        """Only the stack itself, as the system's memory killer does."""
        self.left = [process for process in self.stack.processes() if process.pid != self.stack.process.pid]
        self.addresses |= listening(self.left)
        self.stack.process.kill()
        self.stack.process.wait()


def listening(processes: list[Process]) -> set[tuple[str, int]]:
    """Where these redis-servers listen, as their titles say."""
    found = (re.search(r"redis-server (\S+):(\d+)", process.command) for process in processes if process.is_redis)
    return {(match[1], int(match[2])) for match in found if match}


def starting(killed: Killed) -> None:
    killed.stack.launch()
    wait(lambda: (killed.stack.home / "lock").exists())


def almost_up(killed: Killed) -> None:
    killed.stack.launch()
    wait(lambda: len(killed.stack.processes()) > 8)


def provisioning(killed: Killed) -> None:
    for _ in range(3):
        create(killed)
    wait(lambda: (killed.stack.home / "tasks").exists() and any((killed.stack.home / "tasks").iterdir()))


def running(killed: Killed) -> None:
    instance_id = create(killed)
    killed.stack.api.wait(instance_id)


def deleting(killed: Killed) -> None:
    instance_id = create(killed)
    killed.stack.api.wait(instance_id)
    killed.stack.api.delete(instance_id)


def resizing(killed: Killed) -> None:
    instance_id = create(killed)
    api = killed.stack.api
    api.wait(instance_id)
    assert api.send("PATCH", f"/instances/{instance_id}", json={"maxMemory": LARGER}).status_code < 300
    wait(lambda: sum(process.is_redis for process in killed.stack.processes()) == 2)


def create(killed: Killed) -> str:
    if not killed.stack.facts:
        killed.stack.__enter__()
        killed.keys.append(killed.stack.facts["token"])
    created = killed.stack.api.create()
    killed.keys.append(created.key)
    return created.id


def wait(condition: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not true after {seconds} s"
        time.sleep(0.01)


def end(stack: Stack) -> None:
    """Whatever a failed test has left."""
    for process in stack.processes():
        with suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def files_with(keys: list[str], folder: Path) -> list[Path]:
    files = [file for file in folder.rglob("*") if file.is_file()]
    return [file for file in files if any(key.encode() in file.read_bytes() for key in keys)]


MOMENTS = [starting, almost_up, provisioning, deleting, resizing]


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_a_killed_stack_ran_ends_by_itself_and_leaves_no_key(
    tmp_path: Path, moment: Callable[[Killed], None]
) -> None:
    stack = Stack(tmp_path / "home")
    killed = Killed(stack)
    try:
        moment(killed)
        killed.kill()
        wait(lambda: not stack.processes())
        assert all(is_free(address) for address in killed.addresses)
        assert files_with(killed.keys, stack.home) == []
        assert not (stack.home / "tasks").exists()
    finally:
        end(stack)


def test_the_next_start_after_a_kill_does_not_wait_to_be_told(tmp_path: Path) -> None:
    """At once, in the same folder, while what was left may still be ending."""
    killed = Killed(Stack(tmp_path / "home"))
    try:
        running(killed)
        killed.kill()
        with Stack(killed.stack.home) as following:
            assert not any(process.is_alive() for process in killed.left)
            assert following.api.instances() == []
            assert all(is_free(address) for address in killed.addresses)
            following.api.wait(following.api.create().id)
    finally:
        end(killed.stack)


def test_where_nothing_could_end_by_itself_the_next_start_ends_it(tmp_path: Path) -> None:
    """All but the redis-servers are killed together, as when a whole session of processes is."""
    killed = Killed(Stack(tmp_path / "home"))
    try:
        running(killed)
        redis = [process for process in killed.stack.processes() if process.is_redis]
        for process in killed.stack.processes():
            if not process.is_redis:
                os.kill(process.pid, signal.SIGSTOP)
        for process in killed.stack.processes():
            if not process.is_redis:
                os.kill(process.pid, signal.SIGKILL)
        killed.stack.process.wait()
        assert [process.is_alive() for process in redis] == [True]
        with Stack(killed.stack.home) as following:
            assert [process.is_alive() for process in redis] == [False]
            assert following.api.instances() == []
            assert files_with(killed.keys, following.home) == []
    finally:
        end(killed.stack)


def test_tests_that_are_killed_leave_no_stack_running(tmp_path: Path) -> None:
    """Nor does a bench: both launch it the same way."""
    home = tmp_path / "home"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    launcher = subprocess.Popen([sys.executable, "-c", LAUNCHER, str(home)], stdout=subprocess.PIPE, env=environment)
    with launcher:
        assert launcher.stdout
        assert launcher.stdout.readline() == b"up\n"
        launcher.kill()
    try:
        wait(lambda: not processes_of(home), 2 * STOP_SECONDS)
    finally:
        end(Stack(home))


def is_free(address: tuple[str, int]) -> bool:
    if not is_here(address):
        return True
    try:
        socket.create_connection(address, 5).close()
    except OSError:
        return True
    return False


def is_here(address: tuple[str, int]) -> bool:
    """Whether a way of this machine's own leads there. A stack's networks go with it: who answers then is elsewhere."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(address)  # which sends nothing, and chooses the address that it would come from
        except OSError:
            return False
        return str(probe.getsockname()[0]).startswith(("127.", "198.19."))
