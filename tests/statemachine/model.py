"""What an organization's instances must be, whatever happens: a model beside the code, and what holds it to the world.

The model knows what its owner asked for and was promised. It knows nothing of tasks, executions or retries.
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.access.identity import Caller
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.configuration.wiring import key_service
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import KeyRole
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.organizations.model import Limits
from swiftcache.organizations.wiring import accounts, organization_service
from swiftcache.platform.errors import LimitExceeded, SwiftCacheError
from tests.samples import a_caller
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.tenants import OPERATOR

MOST = 3
"""Instances that the organization may have."""

FORGIVEN = 3
"""Deaths of an instance's task after which one more, and a start that fails besides, may be the end of it."""

SETTLE_SECONDS = 100.0
"""Of real time, for everything under way to end: more than an hour of the harness's, in which all deadlines lie."""


@dataclass
class Promised:
    """An instance as its owner knows it. `keys` and `revoked` are plain keys by id.

    `troubled`: something was done that may end in ERROR. `deaths` of its task are only so many in a row forgiven.
    """

    id: str
    keys: dict[str, str]
    revoked: dict[str, str] = field(default_factory=dict)
    deleted: bool = False
    troubled: bool = False
    deaths: int = 0


class Owner:
    """An organization of its own in the running service, and what it was promised."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        created = organization_service(cloud.injector).create(
            OPERATOR, "Model", Limits(MOST, 4096 * MIN_MEMORY, 100, 4096 * MIN_MEMORY)
        )
        self.organization_id = created.organization.id
        self.caller: Caller = a_caller(
            organization_id=self.organization_id, key_id=created.key.id, member_id=created.owner.id
        )
        self.promised: dict[str, Promised] = {}
        self.troubled = False

    @property
    def alive(self) -> list[Promised]:
        """Those whose deletion nobody has asked for."""
        return [promised for promised in self.promised.values() if not promised.deleted]

    def record(self, promised: Promised) -> Instance | None:
        return instances(self.cloud.injector).get(self.organization_id, promised.id)

    def create(self) -> None:
        new = NewInstance(self.organization_id, "model", MIN_MEMORY, "eu-central")
        try:
            created = instance_service(self.cloud.injector).create(self.caller, new)
        except LimitExceeded:
            assert len(self.promised) >= MOST
            return
        assert len(self.alive) < MOST
        instance = created.instance
        keys = {instance.keys[0].id: created.plain_key}
        self.promised[instance.id] = Promised(instance.id, keys, troubled=self.troubled)

    def delete(self, promised: Promised) -> None:
        instance_service(self.cloud.injector).delete(self.caller, promised.id)
        promised.deleted = True

    def change(self, promised: Promised, max_memory: int, policy: EvictionPolicy) -> None:
        request = ChangeRequest(max_memory=max_memory, eviction_policy=policy, allow_eviction=True)
        with suppress(SwiftCacheError):
            change_service(self.cloud.injector).change(self.caller, promised.id, request)

    def create_key(self, promised: Promised) -> None:
        with suppress(SwiftCacheError):
            made = key_service(self.cloud.injector).create(self.caller, promised.id, None, KeyRole.READ_WRITE)
            promised.keys[made.key.id] = made.plain_key

    def revoke_key(self, promised: Promised) -> None:
        key_id = next(iter(promised.keys))
        with suppress(SwiftCacheError):
            key_service(self.cloud.injector).revoke(self.caller, promised.id, key_id)
            promised.revoked[key_id] = promised.keys.pop(key_id)

    def lose_task(self, promised: Promised, end: Callable[[Cloud, Instance], None]) -> None:
        instance = self.record(promised)
        if instance and instance.endpoint:
            promised.deaths += 1
            promised.troubled |= promised.deaths > FORGIVEN
            end(self.cloud, instance)

    def start_anew(self, _: int) -> None:
        """Every function starts anew."""
        self.cloud.injector.forget()

    def wait_until_made(self, number: int) -> None:
        """Until the creation of one has come to an end, good or bad."""
        if not self.alive:
            return
        promised = self.alive[number % len(self.alive)]

        def made() -> bool:
            instance = self.record(promised)
            return instance is None or instance.status is not Status.PROVISIONING

        wait_for(made, SETTLE_SECONDS)

    def trouble(self) -> None:
        """From now on, until all has settled, anything may fail."""
        self.troubled = True
        for promised in self.promised.values():
            promised.troubled = True

    def settle(self, _: int = 0) -> None:
        """Waits until nothing is under way; all is then as it was promised."""
        self.cloud.faults.planned.clear()
        assert settled(self) == []
        self.troubled = False
        for promised in list(self.promised.values()):
            instance = self.record(promised)
            if instance is None:
                del self.promised[promised.id]
            elif instance.status is Status.RUNNING:
                promised.troubled = promised.deaths > FORGIVEN

    def leave(self) -> None:
        """Nothing is left of it."""
        for promised in self.alive:
            self.delete(promised)
        self.settle()
        assert (self.promised, self.count()) == ({}, 0)

    def count(self) -> int:
        """What the organization's limit says."""
        organization = accounts(self.cloud.injector).organization(self.organization_id)
        assert organization
        return organization.used.instances


def kill_task(cloud: Cloud, instance: Instance) -> None:
    """Its Redis is gone at once, as when its host is lost."""
    assert instance.endpoint
    record = cloud.home / "tasks" / f"{instance.endpoint.task.rpartition('/')[2]}.process"
    with suppress(FileNotFoundError, ProcessLookupError):
        os.kill(int(record.read_text().partition(" ")[0]), signal.SIGKILL)


def stop_task(cloud: Cloud, instance: Instance) -> None:
    """Somebody stops it by hand."""
    assert instance.endpoint
    cloud.client("ecs").stop_task(cluster=cloud.stack.outputs["ClusterName"], task=instance.endpoint.task)


def running(cloud: Cloud) -> list[str]:
    """The ARNs of all executions that run."""
    client = cloud.client("stepfunctions")
    return [
        execution["executionArn"]
        for machine in client.list_state_machines()["stateMachines"]
        for execution in client.list_executions(stateMachineArn=machine["stateMachineArn"], statusFilter="RUNNING")[
            "executions"
        ]
    ]


def complaints(owner: Owner) -> Iterator[str]:
    """What is not as it was promised, once nothing is under way any more."""
    for promised in owner.promised.values():
        instance, left = owner.record(promised), owner.cloud.left(promised.id)
        match instance.status.value if instance else "GONE":
            case "GONE":
                if not promised.deleted:
                    yield f"{promised.id} is lost"
                if left:
                    yield f"{promised.id} is gone, and left {left}"
            case "ERROR":
                if promised.deleted or not promised.troubled:
                    yield f"{promised.id} is ERROR for no reason: {owner.cloud.ended(promised.id)}"
                if left:
                    yield f"{promised.id} is ERROR, and left {left}"
            case "RUNNING":
                assert instance
                if promised.deleted:
                    yield f"{promised.id} is deleted, and still there"
                yield from _redis_complaints(promised, instance)
                yield from _surplus(promised, left)
            case other:
                yield f"{promised.id} has stayed {other}: {owner.cloud.ended(promised.id)}"
    there = [promised for promised in owner.promised.values() if owner.record(promised)]
    if owner.count() != len(there):
        yield f"{len(there)} instances are there, and {owner.count()} are counted"


def _surplus(promised: Promised, left: dict[str, list[str]]) -> Iterator[str]:
    for kind, names in left.items():
        if len(names) != 1:
            yield f"{promised.id} has {kind} {names}"


def _redis_complaints(promised: Promised, instance: Instance) -> Iterator[str]:
    if instance.recovering or instance.changing:
        yield f"{instance.id} has not settled: {instance.recovery} {instance.change}"
    for key_id, plain in promised.keys.items():
        for username in (None, key_id):
            if (answer := _try(instance, username, plain)) != "OK":
                yield f"{instance.id} refuses {key_id} as {username}: {answer}"
    for key_id, plain in promised.revoked.items():
        for username in (None, key_id):
            if (answer := _try(instance, username, plain)) != "AuthenticationError":
                yield f"{instance.id} answers {answer} to the revoked {key_id} as {username}"


def _try(instance: Instance, username: str | None, plain: str) -> str:
    """As a client with only hostname, port and key."""
    assert instance.hostname
    assert instance.port
    client = redis.Redis(
        host=instance.hostname,
        port=instance.port,
        username=username,
        password=plain,
        ssl=True,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=5,
    )
    with client:
        try:
            client.set("model", 1)
        except redis.RedisError as error:
            return type(error).__name__
    return "OK"


def settled(owner: Owner) -> list[str]:
    """Complaints that stay: what is under way has ended, and a moment later there is still something wrong."""
    end = time.monotonic() + SETTLE_SECONDS
    while True:
        owner.cloud.quiet(SETTLE_SECONDS)
        found = list(complaints(owner))
        if not found or time.monotonic() > end:
            return found
        time.sleep(0.05)
