"""Thirty instances in a real table, the functions that keep them, and a clock that tests move.

Each function is killed at one of its calls of DynamoDB, another each time, and then comes again as Lambda has it. What
the machines do is done by the resizer's own steps, each of them twice, and by the record of recoveries; only Redis is
a fake.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3

from functions.keep_maintenance.app import handler as keep_maintenance
from functions.keep_rollouts.app import handler as keep_rollouts
from swiftcache.access.audit import Action
from swiftcache.changes.ports import Replacement
from swiftcache.changes.replication_ports import Access
from swiftcache.changes.resize import Resizer
from swiftcache.changes.table import DynamoDBChanges
from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.items import instance_item
from swiftcache.instances.maintenance import window_of
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.instances.stores import fleet, instances
from swiftcache.metrics.wiring import observed_tasks
from swiftcache.organizations.audit_table import DynamoDBAuditLog
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.aws import clock, dynamodb
from swiftcache.platform.timestamps import timestamp
from swiftcache.recovery.ports import Recovering
from swiftcache.recovery.wiring import recoveries
from swiftcache.rollouts.model import Rollout
from swiftcache.rollouts.wiring import rollout_record
from tests.fakes.injector import FakeInjector
from tests.fakes.redis import FakeCredentials
from tests.samples import NOW, ORGANIZATION, a_lambda_context, an_account, an_entry, an_instance
from tests.tables import create_table
from tests.unit.changes.test_resize import FakeReplication

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

STEP = timedelta(hours=1)
"""Half of a default window, so that no window passes unseen."""

CALM = timedelta(hours=6)
"""What is passed over at once at most, where nothing is to begin in it."""

MINUTE = timedelta(minutes=1)
TOOK = timedelta(seconds=90)


class Killed(BaseException):
    """The process ends at once."""


@dataclass
class Mortal:
    """A client of DynamoDB whose process is killed at its call of this number, before it or with its answer."""

    client: Any
    number: int
    after: bool
    calls: int = 0

    def __getattr__(self, name: str) -> Any:
        made = getattr(self.client, name)
        if name in ("exceptions", "meta"):
            return made

        def call(*arguments: Any, **named: Any) -> Any:
            self.calls += 1
            if self.calls == self.number and not self.after:
                raise Killed
            answer = made(*arguments, **named)
            if self.calls == self.number:
                raise Killed
            return answer

        return call


@dataclass
class Tasks(FakeReplication):
    """The two tasks of a replacement; `image` is what new ones run."""

    image: str = ""

    def version(self, serving: Endpoint, access: Access) -> str:
        return self.image


class Deployment:
    """Of `bad`, a version, the Redis of each instance dies once, minutes after its start. `killed` counts processes."""

    def __init__(self, number: int, version: str, image: str) -> None:
        self.time, self.bad, self.killed = NOW, "", 0
        self._died = set[str]()
        self._names = count(1)
        self._kills = count(1)
        self.client: DynamoDBClient = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(self.client, "table")
        an_account(DynamoDBAccounts(self.client, "table"), ORGANIZATION, "sk_live_1")
        self.injector = FakeInjector({"TABLE_NAME": "table"}, {clock: lambda: self.time, dynamodb: self.client})
        self.tasks = Tasks()
        self.deploy(image)
        for one in range(number):
            self._start(f"inst_{one:02}", version)

    def _start(self, instance_id: str, version: str) -> None:
        task = f"arn:task/{instance_id}/0"
        instance = an_instance(
            id=instance_id,
            status=Status.RUNNING,
            hostname=f"{instance_id}.redis.example.com",
            port=6379,
            endpoint=Endpoint("203.0.113.10", 6379, task),
            observed=ObservedTask(task, version),
        )
        self.client.put_item(TableName="table", Item=instance_item(instance))

    def deploy(self, image: str) -> None:
        self.tasks.image = image
        self.injector.given[engine_offers] = Offers((Offer(EngineName.REDIS, image, default=True, end_of_life=None),))

    @property
    def all(self) -> list[Instance]:
        return sorted(fleet(self.injector).lasting(), key=lambda instance: instance.id)

    def running(self, version: str) -> list[str]:
        return [instance.id for instance in self.all if instance.version == version]

    @property
    def rollout(self) -> Rollout:
        """The one that goes on, or the last."""
        record = rollout_record(self.injector)
        return record.current() or record.ended()[0]

    def told(self, instance_id: str) -> list[tuple[str, str | None]]:
        """What its owner was told of it, with the reason."""
        page = DynamoDBAuditLog(self.client, "table").page(ORGANIZATION, 1_000, None)
        return [
            (entry.action.value, str(entry.details["reason"]) if "reason" in entry.details else None)
            for entry in reversed(page.entries)
            if entry.target_id == instance_id
        ]

    def run(self, until: Callable[[], bool], days: float) -> None:
        end = self.time + timedelta(days=days)
        while not until():
            assert self.time < end, self.rollout
            self.step()

    def step(self) -> None:
        begun = self.time
        self._call("KeepRollouts", keep_rollouts)
        self.time = begun + MINUTE
        self._call("KeepMaintenance", keep_maintenance)
        found = self.all
        for instance in found:
            if instance.changing:
                self._replace(instance)
            elif instance.version == self.bad and instance.id not in self._died:
                self._dies(instance)
        starts = [datetime.fromisoformat(one.starts_at) for instance in found for one in instance.maintenance]
        self.time = max(begun + STEP, min([*starts, begun + CALM])) if starts else begun + STEP

    def _call(self, name: str, handler: Callable[..., None]) -> None:
        """Lambda repeats a call that was killed as it was, with its request id."""
        context: Any = a_lambda_context(name, 120)
        context.aws_request_id = f"request-{next(self._names)}"
        number = next(self._kills)
        self.injector.given[dynamodb] = Mortal(self.client, 1 + number % 5, after=number % 2 == 0)
        try:
            handler({}, context, self.injector)
        except Killed:
            self.killed += 1
        self.injector.given[dynamodb] = self.client
        self.injector.forget()
        handler({}, context, self.injector)

    def _replace(self, instance: Instance) -> None:
        assert instance.change is not None
        this = Replacement(instance.organization_id, instance.id, instance.change.id, instance.change.request_id)
        resizer = Resizer(
            instances(self.injector),
            DynamoDBChanges(self.client, "table"),
            FakeCredentials({instance.id: ("", "password")}),
            self.tasks,
            observed_tasks(self.injector),
            engine_offers(self.injector),
            lambda: self.time + TOOK,
        )
        serving = instance.endpoint
        assert serving is not None
        standby = Endpoint("203.0.113.11", 6379, f"arn:task/{instance.id}/{instance.change.id}")
        steps: list[Callable[[], object]] = [
            lambda: resizer.plan(this),
            lambda: resizer.start_replication(this, standby, serving),
            lambda: resizer.is_close(this),
            lambda: resizer.switch_over(this),
            lambda: resizer.finish(this),
        ]
        for step in steps:
            step()
            step()

    def _dies(self, instance: Instance) -> None:
        """And is recovered, with the image of now."""
        assert instance.endpoint is not None
        self._died.add(instance.id)
        record, name = recoveries(self.injector), f"rec_{next(self._names)}"
        at = timestamp(self.time + TOOK)
        begun = Recovery(name, RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, at)
        told = an_entry(Action.INSTANCE_RECOVERING, id=f"audit_{name}", at=at, target_id=instance.id)
        done = replace(told, action=Action.INSTANCE_RECOVERED, id=f"{told.id}_done", at=timestamp(self.time + 2 * TOOK))
        assert record.begin(instance, instance.endpoint.task, begun, told)
        this = Recovering(instance.organization_id, instance.id, name)
        record.start_attempt(this, stopped=False, refused=False, not_loaded=False)
        task = Endpoint("203.0.113.12", 6379, f"arn:task/{instance.id}/{name}")
        record.mark_recovered(this, task, done)
        after = instances(self.injector).get(instance.organization_id, instance.id)
        assert after is not None
        assert observed_tasks(self.injector).note(after, ObservedTask(task.task, self.tasks.image))


def was_in_its_window(instance: Instance) -> bool:
    """Whether its last replacement began while its window was open."""
    assert instance.change is not None
    begun = datetime.fromisoformat(instance.change.started_at)
    return window_of(instance).opening(begun) <= begun
