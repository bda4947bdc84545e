"""An instance of two real servers, with the real use case between them and a record in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
import redis

from swiftcache.changes.ports import Replacement
from swiftcache.changes.replication import RedisReplication
from swiftcache.changes.replication_ports import aside
from swiftcache.changes.resize import Resizer
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, StandbyBehind
from swiftcache.redis.connection import connect
from tests.fakes.changes import FakeChanges, begin
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeObservedTasks
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.integration.redis.slow_link import SlowLink
from tests.integration.redis.tasks import HOSTNAME, Task, Tasks
from tests.integration.redis.writers import Name, connector, wait_for
from tests.samples import NOW, OFFERS, ORGANIZATION, an_account, an_entry, an_instance

SMALL, LARGE = 32 * MIB, 64 * MIB
LINK_SECONDS = 0.03

T = TypeVar("T")


@dataclass
class World:
    """An instance with its serving task; `resize` begins another size."""

    tasks: Tasks
    name: Name
    instances: FakeInstances
    changes: FakeChanges
    resizer: Resizer
    serving: Task
    links: list[SlowLink] = field(default_factory=list)

    @property
    def instance(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found
        return found

    @property
    def this(self) -> Replacement:
        assert self.instance.change
        return Replacement(ORGANIZATION, "inst_a1", self.instance.change.id, "request-2")

    def client(self) -> "redis.Redis":
        """As the owner, through the name."""
        port = self.serving.address.port
        return connector(HOSTNAME, port, self.tasks.key, str(self.tasks.ca))()

    def ours(self, task: Task, serving: bool = True) -> "redis.Redis":
        """As the control user, by address."""
        where = task.endpoint if serving else aside(task.endpoint)
        return connect(where, HOSTNAME, self.tasks.control_password)

    def resize(
        self,
        max_memory: int,
        policy: EvictionPolicy = EvictionPolicy.NOEVICTION,
        volume: Path | None = None,
        more: tuple[str, ...] = (),
    ) -> Task:
        """Starts a second task, and copies the data into it. In the folder `volume` it keeps them, if that is given.

        `more` are arguments for redis-server.
        """
        begin(self.instances, max_memory, policy, "request-2")
        standby = self.tasks.start("resize_instance", max_memory, policy, volume, more)
        self.resizer.plan(self.this)
        # Slow, so that the copy is always behind: a write that is not waited for would be lost.
        link = SlowLink(self.serving.endpoint, LINK_SECONDS)
        self.links.append(link)
        self.resizer.start_replication(self.this, standby.endpoint, link.endpoint)
        wait_for(lambda: bool(_in_time(self.resizer.is_close, self.this)), seconds=60)
        self.name.addresses.append(standby.address.host)
        return standby

    def switch_over(self) -> None:
        """Tries again while the standby is behind, as the workflow does."""
        wait_for(lambda: bool(_in_time(self.resizer.switch_over, self.this)), seconds=60)

    def settle(self) -> None:
        """The tail of the workflow: only the serving task stays."""
        self.resizer.finish(self.this)
        self.links.pop().close()
        endpoint = self.instance.endpoint
        for task in list(self.tasks.started):
            if task.endpoint == endpoint:
                self.serving, self.name.addresses[:] = task, [task.address.host]
            else:
                task.stop()


def _in_time(step: Callable[[Replacement], T], this: Replacement) -> T | None:
    """None where the workflow would try again."""
    try:
        return step(this)
    except (StandbyBehind, DependencyUnavailable):
        return None


def clients_of(world: World) -> Callable[[], "redis.Redis"]:
    return connector(HOSTNAME, world.serving.address.port, world.tasks.key, str(world.tasks.ca))


def running(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """For a fixture."""
    tasks = Tasks(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(tasks.ca))
    name = Name(HOSTNAME, monkeypatch)
    accounts = FakeAccounts()
    an_account(accounts, ORGANIZATION, "sk_live_1")
    instances = FakeInstances(accounts)
    changes = FakeChanges(instances)
    credentials = FakeCredentials({"inst_a1": ("", tasks.control_password)})
    try:
        serving = tasks.start("provision_instance", SMALL)
        name.addresses.append(serving.address.host)
        instance = an_instance(
            status=Status.RUNNING,
            max_memory=SMALL,
            eviction_policy=EvictionPolicy.NOEVICTION,
            hostname=HOSTNAME,
            port=serving.address.port,
            endpoint=serving.endpoint,
            keys=tasks.keys,
        )
        instances.create(instance, an_entry())
        observed = FakeObservedTasks(instances)
        resizer = Resizer(instances, changes, credentials, RedisReplication(), observed, OFFERS, lambda: NOW)
        world = World(tasks, name, instances, changes, resizer, serving)
        wait_for(lambda: _answers(world.client()))
        yield world
        for link in world.links:
            link.close()
    finally:
        tasks.close()


def _answers(client: "redis.Redis") -> bool:
    try:
        with client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False
