"""An instance whose task dies, and what must hold of it whatever happened."""

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass

import redis

from swiftcache.configuration.wiring import key_service
from swiftcache.instances.key import KeyRole
from swiftcache.instances.model import Instance
from swiftcache.instances.recovery_state import Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.organizations.model import AuditFilter
from swiftcache.organizations.wiring import audit_service
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.task_definitions import describe


@dataclass
class Mortal:
    """The instance, and a key of its owner."""

    cloud: Cloud
    id: str
    key: str

    @property
    def instance(self) -> Instance:
        found = self.cloud.find(self.id)
        assert found
        return found

    @property
    def recovery(self) -> Recovery:
        assert self.instance.recovery
        return self.instance.recovery

    @property
    def serving(self) -> str:
        """The ARN of the task that serves."""
        assert self.instance.endpoint
        return self.instance.endpoint.task

    def kill(self, task: str = "") -> None:
        """The process of the task ends as if it had crashed; by default of the one that serves."""
        kill(self.cloud, task or self.serving)

    def tasks(self) -> list[str]:
        """The ARNs of its tasks that run."""
        found: list[str] = self.cloud.left(self.id).get("tasks", [])
        return found

    def stop_by_hand(self) -> None:
        cluster = self.cloud.stack.outputs["ClusterName"]
        self.cloud.client("ecs").stop_task(cluster=cluster, task=self.serving, reason="by hand")

    def wait_for(self, condition: Callable[[Recovery], bool], seconds: float = 30) -> Recovery:
        """The recovery as soon as this is true of it; the instance is RUNNING all the time."""

        def so() -> bool:
            instance = self.instance
            assert instance.status is Status.RUNNING, (instance, self.cloud.ended(self.id))
            return instance.recovery is not None and condition(instance.recovery)

        wait_for(so, seconds)
        return self.recovery

    def recovered(self, times: int = 1, seconds: float = 30) -> Recovery:
        """The recovery once it has succeeded, the one after so many deaths in a row."""
        found = self.wait_for(lambda now: now.status is RecoveryStatus.SUCCEEDED and now.deaths >= times, seconds)
        self.cloud.quiet()
        return found

    def assert_whole(self) -> None:
        """It serves under its name with its key, and there is nothing but it."""
        instance, cloud = self.instance, self.cloud
        assert (instance.status, instance.recovering, instance.standby) == (Status.RUNNING, False, None)
        assert instance.endpoint
        assert self.tasks() == [instance.endpoint.task]
        assert cloud.addresses(self.id) == (instance.endpoint.address,)
        left = cloud.left(self.id)
        assert [len(left[kind]) for kind in ("tasks", "secrets", "records")] == [1, 1, 1]
        assert len(left.get("definitions", [])) == (0 if self.instance.shared_definition else 1)
        assert cloud.memory_used() == instance.max_memory
        wait_for(lambda: self.instance.applied_revision == self.instance.revision)
        assert self.ping()
        with cloud.redis(self.id) as client:
            found = client.config_get("*")
        words = instance.settings.words
        assert {name: found[name] for name in words} == words
        assert (found["maxmemory"], found["maxmemory-policy"]) == (
            str(instance.max_memory),
            instance.eviction_policy.value,
        )

    def ping(self, key: str = "") -> bool:
        """Whether a client gets in through the public name."""
        instance = self.instance
        assert instance.hostname
        assert instance.port
        with redis.Redis(host=instance.hostname, port=instance.port, password=key or self.key, ssl=True) as client:
            return bool(client.ping())

    def executions(self) -> list[tuple[str, str | None]]:
        """Status and error of each attempt of its present recovery, in order."""
        name = f"recover-{self.id}-{self.recovery.id}-"
        found = sorted(execution for execution in self.cloud.ended(self.id) if execution[0].startswith(name))
        return [(status, error) for _, status, error in found]

    def actions(self) -> list[str]:
        """What the audit log tells of it, the oldest first."""
        caller = self.cloud.caller
        page = audit_service(self.cloud.injector).page(
            caller, caller.organization_id, 100, None, AuditFilter(instance_id=self.id)
        )
        return [recorded.entry.action.value for recorded in reversed(page.recorded)]


def new_instance(cloud: Cloud, *, persistence: bool = False) -> Mortal:
    instance_id = cloud.create(persistence=persistence)
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    key = key_service(cloud.injector).create(cloud.caller, instance_id, "mine", KeyRole.READ_WRITE)
    return Mortal(cloud, instance_id, key.plain_key)


def start_another(mortal: Mortal) -> str:
    """A second task of the instance, as one that ECS has lost sight of; its ARN."""
    cloud = mortal.cloud
    like = describe(cloud, mortal.serving)
    subnets = [found["SubnetId"] for found in cloud.client("ec2").describe_subnets()["Subnets"]]
    started = cloud.client("ecs").run_task(
        cluster=cloud.stack.outputs["ClusterName"],
        taskDefinition=like["taskDefinitionArn"],
        overrides=like["overrides"],
        startedBy=mortal.id,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets[:1], "assignPublicIp": "ENABLED"}},
    )
    return str(started["tasks"][0]["taskArn"])


def process_of(cloud: Cloud, task: str) -> int:
    """The id of a task's process."""
    record = cloud.home / "tasks" / f"{task.rpartition('/')[2]}.process"
    return int(record.read_text().split()[0])


def kill(cloud: Cloud, task: str) -> None:
    os.kill(process_of(cloud, task), signal.SIGKILL)


def delete(mortal: Mortal) -> None:
    mortal.cloud.delete(mortal.id)
    assert_gone(mortal)


def assert_gone(mortal: Mortal) -> None:
    """Nothing is left, in AWS or of the organization's limit."""
    cloud = mortal.cloud
    cloud.wait(mortal.id, "GONE")
    cloud.quiet()
    assert cloud.left(mortal.id) == {}
    assert cloud.memory_used() == 0
