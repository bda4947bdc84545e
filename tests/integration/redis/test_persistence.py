"""Redis with a volume: what it has acknowledged is there when it has died and another task starts in its folder."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.redis.connection import connect
from swiftcache.redis.probe import RedisProbe
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.world import LARGE, SMALL, World, clients_of, running
from tests.integration.redis.writers import Name, lost, wait_for, writing

SYNC_SECONDS = 1.0
"""After this long an acknowledged write is on the volume."""


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tasks]:
    tasks = Tasks(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tasks.ca))
    yield tasks
    tasks.close()


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """The folder of the task's data; the start command makes it."""
    return tmp_path / "volume" / "inst_a1"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from running(tmp_path, monkeypatch)


def serving(tasks: Tasks, volume: Path | None, *more: str) -> Task:
    """A task that answers. `more` are arguments for redis-server."""
    task = tasks.start("provision_instance", SMALL, volume=volume, more=more)
    with tasks.client(task) as client:
        wait_for(lambda: _answers(client))
    return task


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:  # also what says that it still loads
        return False


def size_of_base(volume: Path) -> int:
    """In bytes; 0 while another is taking its place."""
    try:
        return base(volume).stat().st_size
    except FileNotFoundError:
        return 0


def base(volume: Path) -> Path:
    """The part of the file that is like a dump, as the list of the parts names it."""
    folder = volume / "appendonlydir"
    [listed] = [
        line for line in (folder / "appendonly.aof.manifest").read_text().splitlines() if line.endswith("type b")
    ]
    return folder / listed.split()[1]


def end(task: Task, how: signal.Signals) -> None:
    task.process.send_signal(how)
    task.process.wait(5)


def test_what_was_acknowledged_a_second_before_a_kill_is_there(tasks: Tasks, volume: Path) -> None:
    first = serving(tasks, volume)
    with tasks.client(first) as client:
        client.set("kept", "yes")
        client.set("for-a-while", "yes", ex=3600)
    time.sleep(SYNC_SECONDS)
    end(first, signal.SIGKILL)
    with tasks.client(serving(tasks, volume)) as client:
        assert client.get("kept") == "yes"
        assert 0 < client.ttl("for-a-while") <= 3600


def test_a_task_that_is_stopped_writes_down_what_it_has_first(tasks: Tasks, volume: Path) -> None:
    first = serving(tasks, volume)
    with tasks.client(first) as client:
        for number in range(1000):
            client.set(f"key:{number}", number)
    end(first, signal.SIGTERM)
    assert first.process.returncode == 0
    with tasks.client(serving(tasks, volume)) as client:
        assert client.dbsize() == 1000


def test_a_file_whose_end_is_torn_is_read_to_there(tasks: Tasks, volume: Path) -> None:
    first = serving(tasks, volume)
    with tasks.client(first) as client:
        client.set("kept", "yes")
        client.set("torn", "x" * 1000)
    end(first, signal.SIGTERM)
    [file] = (volume / "appendonlydir").glob("*.incr.aof")
    file.write_bytes(file.read_bytes()[:-100])
    with tasks.client(serving(tasks, volume)) as client:
        assert (client.get("kept"), client.get("torn")) == ("yes", None)


def test_a_redis_that_keeps_its_data_is_configured_as_the_promise_needs(tasks: Tasks, volume: Path) -> None:
    task = serving(tasks, volume)
    wanted = {
        "appendonly": "yes",
        "appendfsync": "everysec",
        "no-appendfsync-on-rewrite": "no",
        "aof-load-truncated": "yes",
        "aof-use-rdb-preamble": "yes",
        "auto-aof-rewrite-percentage": "100",
        "auto-aof-rewrite-min-size": str(64 * 1024 * 1024),
        "save": "",
        "dir": str(volume),
    }
    with connect(task.endpoint, HOSTNAME, tasks.control_password) as client:
        assert {name: client.config_get(name)[name] for name in wanted} == wanted


def test_without_a_volume_nothing_is_written(tasks: Tasks) -> None:
    task = serving(tasks, None)
    with tasks.client(task) as client:
        client.set("forgotten", "yes")
    end(task, signal.SIGTERM)
    written = {file.name for file in (tasks.folder / "task-0").iterdir()}
    assert written == {"users.acl", "tls.crt", "tls.key", "ca.crt"}


def test_a_redis_that_still_loads_is_asked_again(tasks: Tasks, volume: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = serving(tasks, volume, "--auto-aof-rewrite-min-size", "1", "--auto-aof-rewrite-percentage", "1")
    with tasks.client(first) as client:
        client.mset({f"key:{number}": number for number in range(2000)})
    # Only the part of the file that is like a dump can be made to load slowly.
    wait_for(lambda: size_of_base(volume) > 10_000)
    end(first, signal.SIGKILL)
    slowly = ("--key-load-delay", "1000", "--loading-process-events-interval-bytes", "1024")
    slow = tasks.start("provision_instance", SMALL, volume=volume, more=slowly)
    Name(HOSTNAME, monkeypatch).addresses.append(slow.address.host)
    endpoint = Endpoint(slow.address.host, slow.address.port)
    with pytest.raises(DependencyUnavailable, match="still loads"):
        RedisProbe(deadline=0.3).verify(HOSTNAME, endpoint, tasks.control_password)
    RedisProbe().verify(HOSTNAME, endpoint, tasks.control_password)


def test_a_task_that_has_just_taken_over_has_all_on_its_volume(world: World, volume: Path) -> None:
    with world.client() as client:
        for number in range(100):
            client.set(f"filler:{number}", "x" * 50_000)
    # It writes its file from the copy so slowly that it could take over long before that is done.
    slowly = ("--rdb-key-save-delay", "2000")
    with writing(clients_of(world)) as writers:
        world.resize(LARGE, volume=volume, more=slowly)
        world.switch_over()
        world.settle()
    end(world.serving, signal.SIGKILL)
    again = world.tasks.start("provision_instance", LARGE, volume=volume)
    with world.tasks.client(again) as client:
        wait_for(lambda: _answers(client))
        assert lost(client, writers) == []
        assert client.strlen("filler:99") == 50_000


def test_the_folder_of_a_task_that_took_over_holds_its_file_alone(world: World, volume: Path) -> None:
    with world.client() as client:
        client.set("kept", "yes")
    world.resize(LARGE, volume=volume)
    world.switch_over()
    world.settle()
    assert [entry.name for entry in volume.iterdir()] == ["appendonlydir"]
