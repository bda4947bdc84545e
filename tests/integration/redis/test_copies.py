"""Copies of a real Redis, taken as a replica takes them, while clients write."""

import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import redis

from swiftcache.backups.ports import Copy, Source
from swiftcache.backups.rdb import InvalidRdb, RdbFault, RdbReader
from swiftcache.backups.replica import RedisCopies
from swiftcache.instances.model import Endpoint
from swiftcache.instances.sizes import MIB
from swiftcache.platform.errors import BackupTimedOut, CopyInterrupted, NotEnoughHeadroom
from swiftcache.platform.tokens import sha256
from swiftcache.redis.acl import CONTROL_USER, users
from swiftcache.redis.connection import connect
from tests.integration.redis.holdings import Connect, counting, fill, holdings
from tests.integration.redis.redis_task import free_port
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.writers import wait_for

utc_now = partial(datetime.now, UTC)

MEMORY = 1024 * MIB


def late() -> datetime:
    """Who takes the copy is not alone on its processor: others write on before it has looked at the clock."""
    time.sleep(0.2)
    return utc_now()


class Instance:
    """A task that serves, and what is copied of it."""

    def __init__(self, tasks: Tasks, task: Task) -> None:
        self.tasks = tasks
        self.task = task

    def client(self, database: int = 0) -> "redis.Redis":
        """As its owner; gives bytes."""
        task = self.task
        return redis.Redis(
            host=task.address.host,
            port=task.address.port,
            db=database,
            password=self.tasks.key,
            ssl=True,
            ssl_ca_certs=str(self.tasks.ca),
            ssl_check_hostname=False,
            single_connection_client=True,
        )

    def ours(self) -> "redis.Redis":
        return connect(self.task.endpoint, HOSTNAME, self.tasks.control_password)

    def source(self, memory: int = MEMORY, password: str = "") -> Source:
        return Source(self.task.endpoint, HOSTNAME, password or self.tasks.control_password, memory)

    def fill_with(self, size: int) -> None:
        """Bytes that take a while to be copied, since nothing of them can be compressed."""
        with self.client() as client:
            for number in range(size // MIB):
                client.set(f"filled:{number}", number.to_bytes(4, "big") * 64 + _random(MIB - 256))

    def saving(self) -> bool:
        with self.ours() as client:
            info: dict[str, Any] = client.info("persistence")
        return bool(info["rdb_bgsave_in_progress"])


def _random(size: int) -> bytes:
    with Path("/dev/urandom").open("rb") as source:
        return source.read(size)


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    tasks = Tasks(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tasks.ca))
    yield tasks
    tasks.close()


def started(tasks: Tasks, volume: Path | None = None) -> Instance:
    instance = Instance(tasks, tasks.start("provision_instance", 512 * MIB, volume=volume))
    wait_for(lambda: _answers(instance.client))
    return instance


def _answers(client: Callable[[], "redis.Redis"]) -> bool:
    try:
        with client() as connected:
            return bool(connected.ping())
    except redis.RedisError:
        return False


@pytest.fixture
def instance(tasks: Tasks) -> Instance:
    return started(tasks)


def whole(copy: Copy, reader: RdbReader | None = None) -> bytes:
    """The copy, which is what it must be."""
    reader, content = reader or RdbReader(), bytearray()
    for chunk in copy.chunks:
        reader.add(chunk)
        content += chunk
    assert reader.end().engine == "redis"
    return bytes(content)


@contextmanager
def restored(content: bytes, folder: Path) -> Iterator[Connect]:
    """A Redis that serves nobody else, with this for its data."""
    folder.mkdir()
    (folder / "dump.rdb").write_bytes(content)
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_for(lambda: _answers(lambda: redis.Redis(port=port)))
        yield lambda database: redis.Redis(port=port, db=database)
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("persistence", [False, True])
def test_a_copy_is_what_was_there_at_one_moment_while_clients_write(
    tasks: Tasks, tmp_path: Path, persistence: bool
) -> None:
    volume = tmp_path / "volume" if persistence else None
    if volume:
        volume.mkdir()
    instance = started(tasks, volume)
    fill(instance.client, large=9_000_000)
    before = holdings(instance.client)
    with counting(instance.client) as writers:
        wait_for(lambda: all(len(writer.acknowledged) > 200 for writer in writers))
        with RedisCopies(late).copy(instance.source(), 60) as copy:
            begun_at = time.time()
            content = whole(copy)
        after = [len(writer.acknowledged) for writer in writers]
        wait_for(lambda: all(len(writer.acknowledged) > seen + 50 for writer, seen in zip(writers, after, strict=True)))
    with restored(content, tmp_path / "restored") as connected:
        held = holdings(connected)
        keyspace: dict[str, Any] = connected(0).info("keyspace")
    taken_at = copy.taken_at.timestamp()
    written = [writer.check(held, taken_at, begun_at) for writer in writers]
    assert min(written) >= 200
    assert {name: held[name] for name in before} == before
    assert all(name in before or "counting:" in name for name in held)
    assert copy.keys == sum(database["keys"] for database in keyspace.values())


def test_an_empty_redis_can_be_copied(instance: Instance, tmp_path: Path) -> None:
    with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
        content = whole(copy)
    assert copy.keys == 0
    with restored(content, tmp_path / "restored") as connected:
        assert connected(0).dbsize() == 0


def test_what_is_cut_or_changed_on_its_way_is_found(instance: Instance) -> None:
    instance.fill_with(2 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
        content = whole(copy)
    for place in (30, len(content) // 2, len(content) - 5):
        changed = bytearray(content)
        changed[place] ^= 1
        assert _fault(bytes(changed)) is RdbFault.CHECKSUM_WRONG
    assert _fault(content[:-20]) in (RdbFault.CUT_OFF, RdbFault.CHECKSUM_WRONG)
    assert _fault(b"") is RdbFault.EMPTY


def _fault(content: bytes) -> RdbFault:
    reader = RdbReader()
    reader.add(content)
    with pytest.raises(InvalidRdb) as raised:
        reader.end()
    return raised.value.fault


def test_who_leaves_early_ends_the_child(instance: Instance) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
        next(copy.chunks)
        assert instance.saving()
    wait_for(lambda: not instance.saving())


def test_a_redis_that_dies_ends_the_copy(instance: Instance) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
        next(copy.chunks)
        instance.task.stop()
        with pytest.raises(CopyInterrupted):
            whole_rest(copy)


def test_a_child_that_dies_ends_the_copy(instance: Instance) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
        next(copy.chunks)
        children = subprocess.run(
            ["pgrep", "-P", str(instance.task.process.pid)], capture_output=True, text=True, check=True
        )
        for child in children.stdout.split():
            subprocess.run(["kill", "-9", child], check=True)
        with pytest.raises(CopyInterrupted):
            whole_rest(copy)
    assert _answers(instance.client)


def test_there_is_a_deadline(instance: Instance) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 0.5) as copy:
        next(copy.chunks)
        time.sleep(0.6)
        with pytest.raises(BackupTimedOut):
            whole(copy)


def test_a_task_without_head_room_is_not_copied(instance: Instance) -> None:
    instance.fill_with(50 * MIB)
    with pytest.raises(NotEnoughHeadroom), RedisCopies(utc_now).copy(instance.source(memory=70 * MIB), 30):
        pass
    assert not instance.saving()


def test_a_copy_ends_before_it_takes_more_than_there_is(instance: Instance) -> None:
    """Every page is written to while the child lives, and so is there twice."""
    instance.fill_with(150 * MIB)
    stop = threading.Event()

    def overwrite() -> None:
        with instance.client() as client:
            while not stop.is_set():
                for number in range(150):
                    client.setrange(f"filled:{number}", 1_000, _random(MIB - 2_000))

    writer = threading.Thread(target=overwrite, daemon=True)
    with instance.ours() as client:
        resident = int(client.info("memory")["used_memory_rss"])
    try:
        with RedisCopies(utc_now, look=0.05).copy(instance.source(memory=resident + 70 * MIB), 60) as copy:
            next(copy.chunks)
            writer.start()
            with pytest.raises(NotEnoughHeadroom):
                whole_rest(copy, pause=0.05)
        wait_for(lambda: not instance.saving())
    finally:
        stop.set()
        writer.join(30)
    assert _answers(instance.client)


def test_a_second_copy_waits_for_the_first(instance: Instance) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 30) as first:
        next(first.chunks)
        with (
            pytest.raises(CopyInterrupted, match="another copy"),
            RedisCopies(utc_now, begin=0.5).copy(instance.source(), 30),
        ):
            pass
        ended = threading.Timer(0.5, lambda: whole_rest(first))
        ended.start()
        with RedisCopies(utc_now, begin=20).copy(instance.source(), 30) as second:
            whole(second)
        ended.join()


def whole_rest(copy: Copy, pause: float = 0) -> None:
    for _ in copy.chunks:
        time.sleep(pause)


def test_so_does_one_while_redis_rewrites_its_file(tasks: Tasks, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    instance = started(tasks, volume)
    instance.fill_with(100 * MIB)
    with instance.client() as client:
        client.set("begun", 1)
    with instance.ours() as client:
        client.config_set("auto-aof-rewrite-percentage", 1)
    instance.fill_with(30 * MIB)
    with RedisCopies(utc_now).copy(instance.source(), 60) as copy:
        whole(copy)


def test_the_password_may_be_renewed_meanwhile(instance: Instance, tasks: Tasks) -> None:
    instance.fill_with(100 * MIB)
    with RedisCopies(utc_now, look=0.05).copy(instance.source(), 60) as copy:
        reader = RdbReader()
        reader.add(next(copy.chunks))
        rules = users(tasks.keys, sha256("another"))[CONTROL_USER]
        with instance.ours() as client:
            client.execute_command("ACL", "SETUSER", CONTROL_USER, "reset", *rules.split())
        for chunk in copy.chunks:
            reader.add(chunk)
            time.sleep(0.005)
        assert reader.end().engine == "redis"
    with pytest.raises(CopyInterrupted), RedisCopies(utc_now).copy(instance.source(), 30):
        pass


def test_a_password_that_is_refused_is_not_told(instance: Instance) -> None:
    with pytest.raises(CopyInterrupted) as raised, RedisCopies(utc_now).copy(instance.source(password="secret"), 30):
        pass
    assert "secret" not in str(raised.value)


def test_where_nobody_is_there_is_nothing_to_copy(instance: Instance) -> None:
    nowhere = Source(Endpoint("127.0.0.1", free_port()), HOSTNAME, "secret", MEMORY)
    other_name = Source(instance.task.endpoint, "other.example.com", instance.tasks.control_password, MEMORY)
    for source in (nowhere, other_name):
        with pytest.raises(CopyInterrupted), RedisCopies(utc_now).copy(source, 30):
            pass


def test_owners_see_that_nothing_of_their_figures_is_ours(instance: Instance) -> None:
    """But for some commands: what the copy sends counts as replication."""
    instance.fill_with(20 * MIB)
    with instance.ours() as client:
        before: dict[str, Any] = client.info("stats")
        with RedisCopies(utc_now).copy(instance.source(), 30) as copy:
            whole(copy)
        after: dict[str, Any] = client.info("stats")
    sent = _sent(after) - _sent(before)
    assert sent < 100_000
    assert (after["keyspace_hits"], after["keyspace_misses"]) == (before["keyspace_hits"], before["keyspace_misses"])


def _sent(stats: dict[str, Any]) -> int:
    return int(stats["total_net_output_bytes"]) - int(stats["total_net_repl_output_bytes"])
