"""Settings as a real Redis takes them: at its start, while it runs, and what they do."""

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import redis

from swiftcache.configuration.model import wanted
from swiftcache.configuration.redis import RedisServerControl
from swiftcache.instances.model import Endpoint
from swiftcache.instances.settings import (
    DEFAULT_SETTINGS,
    NOTIFY,
    SETTINGS,
    Number,
    Settings,
    canonical_events,
)
from swiftcache.redis.connection import connect
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.writers import wait_for
from tests.samples import an_instance

MEMORY = 20 * 1024 * 1024
CHOSEN = DEFAULT_SETTINGS.changed({"timeout": 300, "hash-max-listpack-entries": 7, NOTIFY: "KEg$x"})
FLAGS = "g$lshzxetdKEmn"


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tasks]:
    tasks = Tasks(tmp_path_factory.mktemp("tasks"))
    yield tasks
    tasks.close()


@pytest.fixture(scope="module")
def task(tasks: Tasks) -> Task:
    return tasks.start("provision_instance", MEMORY)


@pytest.fixture(autouse=True)
def trusted(tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tasks.ca))


def ours(tasks: Tasks, task: Task) -> "redis.Redis":
    wait_for(lambda: _listens(tasks, task))
    return connect(task.endpoint, HOSTNAME, tasks.control_password)


def _listens(tasks: Tasks, task: Task) -> bool:
    try:
        with connect(task.endpoint, HOSTNAME, tasks.control_password) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def told(client: "redis.Redis") -> dict[str, str]:
    """What Redis says of each setting. Its flags are in an order of its own."""
    said: Any = client.config_get("*")
    return {name: said[name] for name in SETTINGS} | {NOTIFY: canonical_events(said[NOTIFY])}


def apply(tasks: Tasks, endpoint: Endpoint, settings: Settings) -> None:
    instance = an_instance(keys=tasks.keys, max_memory=MEMORY, settings=settings)
    RedisServerControl().apply(endpoint, HOSTNAME, tasks.control_password, wanted(instance, tasks.control_password))


@pytest.mark.parametrize("machine", ["provision_instance"])
@pytest.mark.parametrize("settings", [DEFAULT_SETTINGS, CHOSEN], ids=["the defaults", "chosen"])
def test_a_task_starts_with_them(tasks: Tasks, machine: str, settings: Settings) -> None:
    started = tasks.start(machine, MEMORY, settings=settings)
    with ours(tasks, started) as client:
        assert told(client) == settings.words
    started.stop()


@pytest.mark.parametrize("end", ["least", "most"])
def test_a_running_redis_takes_all_that_may_be_chosen(tasks: Tasks, task: Task, end: str) -> None:
    given: dict[str, Any] = {
        name: getattr(kind, end) if isinstance(kind, Number) else end == "most" for name, kind in SETTINGS.items()
    }
    extreme = DEFAULT_SETTINGS.changed(given)
    with ours(tasks, task) as client:
        apply(tasks, task.endpoint, extreme)
        assert told(client) == extreme.words
        apply(tasks, task.endpoint, DEFAULT_SETTINGS)
        assert told(client) == DEFAULT_SETTINGS.words


def test_redis_takes_every_flag_and_means_the_same_by_the_canonical_order(tasks: Tasks, task: Task) -> None:
    chosen = ["AKE", "AKEm", *("".join(pair) + "KE" for pair in combinations("g$lshzxetdm", 2)), "nE", "nKm"]
    with ours(tasks, task) as client:
        for flags in chosen:
            client.config_set(NOTIFY, flags)
            before = client.config_get(NOTIFY)[NOTIFY]
            client.config_set(NOTIFY, canonical_events(flags))
            assert client.config_get(NOTIFY)[NOTIFY] == before
            assert canonical_events(before) == canonical_events(flags)


def test_a_client_hears_that_a_key_was_set_and_has_expired(tasks: Tasks, task: Task) -> None:
    wait_for(lambda: _listens(tasks, task))
    apply(tasks, task.endpoint, DEFAULT_SETTINGS.changed({NOTIFY: "Ex$"}))
    with tasks.client(task) as client, client.pubsub() as events:
        events.psubscribe("__keyevent@0__:*")
        assert events.get_message(timeout=5)
        client.set("session", "x", px=20)
        heard: list[str] = []

        def complete() -> bool:
            message = events.get_message(timeout=1)
            heard.extend([str(message["channel"])] if message else [])
            return "__keyevent@0__:expired" in heard

        wait_for(complete)
    assert "__keyevent@0__:set" in heard


def test_a_definition_of_before_whose_last_word_is_its_own_timeout_still_starts(tasks: Tasks, tmp_path: Path) -> None:
    started = tasks.start("provision_instance", MEMORY, more=("--timeout", "600"), settings=CHOSEN)
    with ours(tasks, started) as client:
        assert told(client)["timeout"] == "600"
        apply(tasks, started.endpoint, CHOSEN)
        assert told(client) == CHOSEN.words
    started.stop()
