"""Backups: how long it takes to copy a gigabyte, what memory that needs, and what clients notice of it."""

import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis

from swiftcache.instances.sizes import MIB
from swiftcache.redis.connection import connect
from tests.bench.backup_taker import PASSWORD
from tests.bench.lines import Goal, Line, Part, Say, percentile
from tests.bench.servers import PROJECT, serving
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.writers import wait_for

GIB = 1024 * MIB
VALUE_BYTES = 1_000
AT_ONCE = 500
MAX_MEMORY_MIB = 3072
ROUNDS = 3
WRITES_A_SECOND = 250
BEFORE_SECONDS = 10.0
DUMPER = "dumper"

METHOD = f"""\
One Redis, started by the command of the machines' own task definition, over TLS, holds a gigabyte of values of
{VALUE_BYTES:,} random bytes, which nothing can make shorter. By turns, {ROUNDS} times, `redis-cli --rdb` copies it to a
file, and a process of its own does what TakeBackup does: the same TLS, both checksums, and parts of 8 MiB by the real
client of S3 to a server that keeps nothing. All are on one machine, where the function would have one of its own. A
client writes {WRITES_A_SECOND:,} times a second, on time or not; its p99 is that of every write while a copy was under
way, beside that of {BEFORE_SECONDS:g} seconds before. Memory is the most that the process has had resident, libraries
included."""


def run(say: Say) -> Part:
    with tempfile.TemporaryDirectory(prefix="bench-backups-") as folder, _serving(Path(folder)) as (tasks, task):
        say("filling a gigabyte")
        _fill(tasks, task)
        say(f"{BEFORE_SECONDS:g} seconds of writes")
        before = _Writer(tasks, task)
        with before.at_work():
            time.sleep(BEFORE_SECONDS)
        dumped, taken, during, beside = [], [], _Writer(tasks, task), _Writer(tasks, task)
        with serving("s3_sink") as bucket:
            for number in range(ROUNDS):
                say(f"round {number + 1} of {ROUNDS}: redis-cli --rdb")
                with beside.at_work():
                    dumped.append(_dump(tasks, task, Path(folder) / "dump.rdb"))
                say(f"round {number + 1} of {ROUNDS}: a backup")
                with during.at_work():
                    taken.append(_take(tasks, task, bucket))
    return Part("backups", "Backups", METHOD, _lines(dumped, taken, before.times, beside.times, during.times))


def _lines(
    dumped: Sequence[float],
    taken: Sequence["Taken"],
    before: Sequence[float],
    beside: Sequence[float],
    during: Sequence[float],
) -> list[Line]:
    size = taken[0].bytes / GIB
    return [
        Line("size of the copy", size * 1024, "MB"),
        Line(
            "a backup of 1 GB, p50",
            percentile([each.seconds for each in taken], 50),
            "s",
            percentile(dumped, 50),
            "`redis-cli --rdb` to a file",
            Goal(1.5, of_baseline=True),
        ),
        Line("memory of the function", max(each.peak for each in taken), "MB", goal=Goal(256)),
        Line(
            "writes while it is taken, p99",
            1000 * percentile(during, 99),
            "ms",
            1000 * percentile(before, 99),
            "the same writes before",
            Goal(2.0, of_baseline=True),
        ),
        Line(
            "writes while it is taken, p99, beside redis-cli's",
            1000 * percentile(during, 99),
            "ms",
            1000 * percentile(beside, 99),
            "the same writes while `redis-cli --rdb` copies",
        ),
        Line("writes while it is taken, longest", 1000 * max(during), "ms", 1000 * max(before), "the same before"),
    ]


@dataclass(frozen=True, slots=True)
class Taken:
    seconds: float
    bytes: int
    peak: float


@dataclass
class _Writer:
    """Writes so often, and notes how long each write took, in seconds, from when it was due."""

    tasks: Tasks
    task: Task
    times: list[float] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(10)

    def _run(self, stop: threading.Event) -> None:
        value = random.Random(1).randbytes(VALUE_BYTES)
        with self.tasks.client(self.task) as client:
            client.ping()
            due = time.perf_counter()
            while not stop.is_set():
                due += 1 / WRITES_A_SECOND
                time.sleep(max(0.0, due - time.perf_counter()))
                # Late because of the write before: that is waited for too.
                client.set(f"written:{len(self.times) % 10_000}", value)
                self.times.append(time.perf_counter() - due)


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[Tasks, Task]]:
    tasks = Tasks(folder)
    os.environ["SSL_CERT_FILE"] = str(tasks.ca)
    try:
        task = tasks.start("provision_instance", MAX_MEMORY_MIB * MIB)
        wait_for(lambda: _answers(tasks, task))
        yield tasks, task
    finally:
        del os.environ["SSL_CERT_FILE"]
        tasks.close()


def _answers(tasks: Tasks, task: Task) -> bool:
    try:
        with tasks.client(task) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _fill(tasks: Tasks, task: Task) -> None:
    chance = random.Random(7)
    with tasks.client(task) as client:
        for start in range(0, GIB // VALUE_BYTES, AT_ONCE):
            client.mset({f"key:{start + number}": chance.randbytes(VALUE_BYTES) for number in range(AT_ONCE)})
    # Our own user may not do what redis-cli does: it asks by SYNC.
    with connect(task.endpoint, HOSTNAME, tasks.control_password) as client:
        rules = ("on", f">{tasks.control_password}", "-@all", "+sync", "+psync", "+replconf", "+ping")
        client.execute_command("ACL", "SETUSER", DUMPER, *rules)


def _dump(tasks: Tasks, task: Task, file: Path) -> float:
    """How many seconds it takes redis-cli."""
    words = ["redis-cli", "-h", task.address.host, "-p", str(task.address.port), "--user", DUMPER]
    words += ["--tls", "--cacert", str(tasks.ca), "--sni", HOSTNAME, "--rdb", str(file)]
    began = time.perf_counter()
    subprocess.run(words, env={**os.environ, "REDISCLI_AUTH": tasks.control_password}, check=True, capture_output=True)
    seconds = time.perf_counter() - began
    file.unlink()
    return seconds


def _take(tasks: Tasks, task: Task, bucket: str) -> Taken:
    where = [task.address.host, str(task.address.port), HOSTNAME, str(MAX_MEMORY_MIB)]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}",
        PASSWORD: tasks.control_password,
        "AWS_ENDPOINT_URL_S3": bucket,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    command = [sys.executable, "-m", "tests.bench.backup_taker", *where]
    done = subprocess.run(command, cwd=PROJECT, env=environment, check=True, capture_output=True, text=True)
    return Taken(**json.loads(done.stdout))
