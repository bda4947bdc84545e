"""The baseline: a redis-server by itself, as an instance's task runs it, with nothing of ours around it."""

import random
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import certificates
from local.aws.addresses import Addresses
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.sizes import task_size
from swiftcache.platform.tokens import new_control_password, new_instance_key, sha256
from swiftcache.redis.acl import acl_file
from swiftcache.redis.limits import redis_limits
from tests.bench.ping import Door, ping, trust
from tests.e2e.api import MIB
from tests.integration.redis.tasks import container

MAX_MEMORY = 10 * MIB
_HOSTNAME = "bare.redis.swiftcache.test"
REDIS_TICK = 0.1
"""Seconds between two looks of Redis whether it is to end."""

_LOOK_SECONDS = 0.001
_START_SECONDS = 30.0
_STOP_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Bare:
    """A running redis-server that has answered. `seconds` is how long it took from its start to PONG."""

    process: "subprocess.Popen[bytes]"
    seconds: float

    def stop(self) -> float:
        """Asks it to end, at any moment between two of its looks, and returns the seconds until it has."""
        time.sleep(random.uniform(0, REDIS_TICK))
        overdue = threading.Timer(_STOP_SECONDS, self.process.kill)
        overdue.start()
        began = time.perf_counter()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()  # with a limit, it would look only every 50 ms
        seconds = time.perf_counter() - began
        overdue.cancel()
        return seconds


class Servers:
    """Starts bare servers: certificate, users and options are those of an instance, and lie ready."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._issued = certificates.load_or_create(folder, f"*.{_HOSTNAME.partition('.')[2]}")
        self._trusted = trust(self._issued.ca_file)
        self._key = new_instance_key()
        self._addresses = Addresses()
        self._started: list[subprocess.Popen[bytes]] = []
        keys = (InstanceKey("key_1", "first", sha256(self._key), "2026-01-02T03:04:05Z"),)
        (folder / "users.acl").write_text(acl_file(keys, sha256(new_control_password())))

    def start(self) -> Bare:
        """Returns when it has answered a PING. Raises TimeoutError."""
        address = self._addresses.take()
        door = Door(address.host, address.port, _HOSTNAME, self._key)
        command = self._command(address.host, address.port)
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self._started.append(process)
        while not self._answers(door):
            if process.poll() is not None or time.perf_counter() - began > _START_SECONDS:
                raise TimeoutError(f"the bare redis-server does not answer; it was: {' '.join(command)}")
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - began
        self._addresses.give_back(address)  # it is bound, so nobody else is given it
        return Bare(process, seconds)

    def close(self) -> None:
        """Ends those that still run."""
        for process in self._started:
            process.kill()
            process.wait(5)

    def _answers(self, door: Door) -> bool:
        try:
            ping(door, self._trusted)
        except ConnectionError:
            return False
        return True

    def _command(self, host: str, port: int) -> list[str]:
        described = container("provision_instance")
        own = {
            "--bind": host,
            "--tls-port": str(port),
            "--aclfile": str(self._folder / "users.acl"),
            "--tls-cert-file": str(self._folder / "redis.pem"),
            "--tls-key-file": str(self._folder / "redis.key"),
            "--tls-ca-cert-file": str(self._issued.ca_file),
            "--maxmemory": str(MAX_MEMORY),
            "--maxmemory-policy": "noeviction",
        }
        options = [word for pair in own.items() for word in pair]
        return [*described["Command"][1:], *options, *redis_limits(task_size(MAX_MEMORY)).options().split()]


@contextmanager
def servers() -> Iterator[Servers]:
    """In a folder that is removed in the end, as the servers are."""
    with tempfile.TemporaryDirectory(prefix="bench-bare-") as folder:
        made = Servers(Path(folder))
        try:
            yield made
        finally:
            made.close()
