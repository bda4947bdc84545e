"""A warm pool for the running service, filled by hand, and its owners' view of what they took from it."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.configuration.table import DynamoDBConfigurationStore
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance, NewInstance, create
from swiftcache.instances.ports import Target
from swiftcache.instances.service import Created
from swiftcache.instances.sizes import MIN_MEMORY, SIZES, largest_memory
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.pool.model import POOL
from swiftcache.pool.wiring import pool_reconcile_trigger, ready_members
from swiftcache.provisioning.wiring import workflows
from tests.samples import an_entry
from tests.statemachine.cloud import DOMAIN, Answer, Cloud, wait_for


@dataclass
class Pool:
    """While it is there, the service has a warm pool of small tasks."""

    cloud: Cloud

    def add(self) -> Instance:
        """One more member; its provisioning has begun."""
        new = NewInstance(POOL, "redis", largest_memory(SIZES[0]), "eu-central")
        member = replace(create(new, "request-pool", datetime.now(UTC), DOMAIN)[0], keys=())
        self.cloud.client("dynamodb").put_item(
            TableName=self.cloud.stack.outputs["TableName"], Item=instance_item(member)
        )
        workflows(self.cloud.injector).provision(Target(POOL, member.id, member.request_id))
        return member

    def fill(self) -> Instance:
        """One more member, which is ready."""
        member = self.add()
        wait_for(lambda: self.find(member.id).status is Status.RUNNING)
        self.cloud.quiet()
        return self.find(member.id)

    def find(self, member_id: str) -> Instance:
        found = instances(self.cloud.injector).get(POOL, member_id)
        assert found
        return found

    def waiting(self) -> list[str]:
        return [member.id for member in ready_members(self.cloud.injector).ready(SIZES[0].memory)]

    def create(self, **different: Any) -> Created:
        """What POST does, for one that a member fits."""
        caller = self.cloud.caller
        new = NewInstance(caller.organization_id, "tested", MIN_MEMORY, "eu-central")
        return instance_service(self.cloud.injector).create(caller, replace(new, **different))

    def kill(self, member: Instance) -> None:
        """Its process ends; nobody hears of it before the pool is asked for it."""
        assert member.endpoint
        cluster = self.cloud.stack.outputs["ClusterName"]
        self.cloud.client("ecs").stop_task(cluster=cluster, task=member.endpoint.task, reason="killed by a test")

    def empty(self) -> None:
        for member in instances(self.cloud.injector).page(POOL, 100, None).instances:
            instances(self.cloud.injector).force_deleting(POOL, member.id, an_entry(organization_id=POOL))
            workflows(self.cloud.injector).delete(Target(POOL, member.id, "request-delete"), attempt=0)
        wait_for(lambda: not instances(self.cloud.injector).page(POOL, 100, None).instances, seconds=60)
        self.cloud.quiet()


@contextmanager
def a_pool(cloud: Cloud) -> Iterator[Pool]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WARM_POOL", f"{SIZES[0].memory}=2")
        # Nobody fills it but the test.
        patch.setitem(cloud.injector.given, pool_reconcile_trigger, SimpleNamespace(start=lambda: None))
        cloud.injector.forget()
        pool = Pool(cloud)
        try:
            yield pool
        finally:
            pool.empty()
    cloud.injector.forget()


@contextmanager
def client_of(cloud: Cloud, instance: Instance, key: str) -> "Iterator[redis.Redis]":
    """A connection as the holder of this key makes it, through the public name."""
    assert instance.hostname
    assert instance.port
    client = redis.Redis(
        host=instance.hostname,
        port=instance.port,
        password=key,
        ssl=True,
        ssl_ca_certs=str(cloud.ca_file),
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    with closing(client):
        yield client


def cannot_mark(answer: Answer) -> object:
    """A fault of PrepareMember: the table does not take its last write."""

    def unavailable(*_: object) -> bool:
        raise DependencyUnavailable("the table is busy")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DynamoDBConfigurationStore, "end_claim", unavailable)
        return answer()


def running(cloud: Cloud, created: Created) -> Instance:
    instance = cloud.wait(created.instance.id, "RUNNING", "ERROR")
    assert instance
    assert instance.failure is None
    return instance


def delete(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def history(cloud: Cloud, instance_id: str) -> list[dict[str, Any]]:
    """Of the execution of the claim, in order."""
    machine = cloud.stack.outputs["ProvisionStateMachineArn"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:claim-{instance_id}"
    found = cloud.client("stepfunctions").get_execution_history(executionArn=arn, maxResults=1000)
    events: list[dict[str, Any]] = found["events"]
    return events


def calls(cloud: Cloud, instance_id: str) -> list[str]:
    """The calls that the execution of the claim has made, in order."""
    events = history(cloud, instance_id)
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"] == "TaskStateEntered"]
