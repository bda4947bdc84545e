"""Copies of a real Redis, taken as a replica takes them, while clients write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from swiftcache.backups.ports import Source
from swiftcache.backups.rdb import RdbReader
from swiftcache.backups.replica import RedisCopies
from swiftcache.instances.sizes import MIB
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.writers import wait_for


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    tasks = Tasks(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tasks.ca))
    yield tasks
    tasks.close()


def serving(tasks: Tasks) -> Task:
    task = tasks.start("provision_instance", 64 * MIB)
    wait_for(lambda: answers(tasks, task))
    return task


def answers(tasks: Tasks, task: Task) -> bool:
    try:
        with tasks.client(task) as client:
            return bool(client.ping())
    except OSError:
        return False
    except Exception:
        return False


def source(tasks: Tasks, task: Task) -> Source:
    return Source(task.endpoint, HOSTNAME, tasks.control_password, 512 * MIB)


def test_smoke(tasks: Tasks) -> None:
    task = serving(tasks)
    with tasks.client(task) as client:
        for number in range(1000):
            client.set(f"k{number}", "v" * number)
    import time

    t = time.monotonic()
    reader = RdbReader()
    with RedisCopies().copy(source(tasks, task), 30) as copy:
        for chunk in copy.chunks:
            reader.add(chunk)
    print(reader.end(), copy, reader.size_bytes, time.monotonic() - t)
