"""A Redis under attack and its neighbour: two tasks as ECS starts them, and clients that mean harm."""

import resource
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.instances.sizes import MIB, MIN_MEMORY, task_size
from swiftcache.redis.acl import CONTROL_USER
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks

TASK_BYTES = task_size(MIN_MEMORY).memory * MIB
BACK_SECONDS = 20
ATTACK_SECONDS = 2.0
"""How long an attack that would never end by itself goes on."""
LOOK_SECONDS = 0.005


@dataclass
class Target:
    """One instance's Redis."""

    tasks: Tasks
    task: Task
    killed: bool = False
    """Whether it took more memory than its task has, and was ended for that."""

    def limit(self) -> None:
        """Does what the container's memory limit does, until the process has ended."""
        # What could come between two looks is limited by the system, though by addresses and not by pages.
        resource.prlimit(self.task.process.pid, resource.RLIMIT_DATA, (4 * TASK_BYTES, 4 * TASK_BYTES))
        while self.task.process.poll() is None:
            if self.memory("VmRSS") > TASK_BYTES:
                self.killed = True
                self.task.process.kill()
            time.sleep(LOOK_SECONDS)

    def memory(self, what: str) -> int:
        """In bytes: VmRSS is what it has now, VmHWM the most that it ever had. 0 once it has ended."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.task.process.pid}/status").read_text().splitlines():
                if line.startswith(f"{what}:"):
                    return int(line.split()[1]) * 1024
        return 0

    def client(self, **different: str) -> "redis.Redis":
        """As the owner."""
        arguments: dict[str, Any] = {
            "host": self.task.address.host,
            "port": self.task.address.port,
            "password": self.tasks.key,
            "ssl": True,
            "ssl_ca_certs": str(self.tasks.ca),
            "ssl_check_hostname": False,
            "socket_timeout": 5,
            "retry": Retry(NoBackoff(), 0),
        }
        return redis.Redis(**arguments | different)

    def ours(self) -> "redis.Redis":
        """As the control user."""
        return self.client(username=CONTROL_USER, password=self.tasks.control_password)

    def answers(self) -> bool:
        try:
            with self.client() as client:
                return bool(client.set("after", "the attack"))
        except redis.RedisError:
            return False

    def plain(self) -> socket.socket:
        """A connection that says nothing yet."""
        return socket.create_connection((self.task.address.host, self.task.address.port), 5)

    def raw(self, authenticated: bool = True) -> ssl.SSLSocket:
        """A connection that speaks Redis by hand."""
        context = ssl.create_default_context(cafile=str(self.tasks.ca))
        secure = context.wrap_socket(self.plain(), server_hostname=HOSTNAME)
        if authenticated:
            secure.sendall(words("AUTH", self.tasks.key))
            assert secure.recv(5) == b"+OK\r\n"
        return secure


def words(*parts: str | bytes) -> bytes:
    """A command as Redis reads it."""
    encoded = [part.encode() if isinstance(part, str) else part for part in parts]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in encoded)


@contextmanager
def a_target(folder: Path) -> Iterator[Target]:
    folder.mkdir()
    tasks = Tasks(folder)
    try:
        target = Target(tasks, tasks.start("provision_instance", MIN_MEMORY, "allkeys-lru"))
        await_answer(target)
        threading.Thread(target=target.limit, daemon=True).start()
        yield target
    finally:
        tasks.close()


def await_answer(target: Target) -> None:
    end = time.monotonic() + BACK_SECONDS
    while not target.answers():
        assert target.task.process.poll() is None, target.task.log.read_text()[-2000:]
        assert time.monotonic() < end, "it does not answer any more"
        time.sleep(0.02)


@dataclass
class Watch:
    """PINGs a neighbour all the time, over one connection that must not break, and over a new one each time."""

    target: Target
    failures: list[str] = field(default_factory=list)
    pings: int = 0

    def run(self, stop: threading.Event) -> None:
        with self.target.client() as lasting:
            while not stop.wait(0.02):
                try:
                    lasting.ping()
                    with self.target.client() as new:
                        new.ping()
                    self.pings += 1
                except redis.RedisError as error:
                    self.failures.append(repr(error))


@contextmanager
def watched(target: Target) -> Iterator[Watch]:
    watch, stop = Watch(target), threading.Event()
    thread = threading.Thread(target=watch.run, args=(stop,))
    thread.start()
    try:
        yield watch
        seen = watch.pings
        end = time.monotonic() + BACK_SECONDS
        while watch.pings == seen and time.monotonic() < end:
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join()


@contextmanager
def hold(target: Target, number: int, opening: Callable[[Target], socket.socket]) -> Iterator[list[socket.socket]]:
    """Opens so many connections; those that are refused are left out."""
    with ExitStack() as held:
        opened = []
        for _ in range(number):
            with suppress(OSError):
                opened.append(held.enter_context(opening(target)))
        yield opened


def flood(connection: socket.socket, data: bytes, seconds: float = ATTACK_SECONDS) -> None:
    """Sends without reading, until the other side ends it, takes no more, or the time is over."""
    connection.settimeout(0.5)
    end = time.monotonic() + seconds
    with suppress(OSError):
        while time.monotonic() < end:
            connection.sendall(data)
