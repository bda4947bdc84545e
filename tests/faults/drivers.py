"""How to bring about an execution of each machine, and what it promises then.

A new state is on every journey through its machine, and must be reached there; if it is off the straight way, it gets
a lead (tests/statemachine/paths.py), or is excepted with `without` and comes on a journey of its own. A new machine
needs a journey.
"""

from contextlib import ExitStack, closing
from typing import ClassVar

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.failure import explain, explain_resize
from swiftcache.instances.model import NewInstance
from swiftcache.instances.service import Created
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from swiftcache.instances.workflow_names import creation_name
from swiftcache.webhooks.service import NewWebhook
from swiftcache.webhooks.wiring import webhook_service
from tests.faults.cells import calls
from tests.faults.faults import ABORTED
from tests.faults.journeys import Journey, Result, Situation, quiet, surplus, until
from tests.faults.verdict import Complaint, End, Kind
from tests.receiver import receiving
from tests.statemachine.cloud import Cloud, fails
from tests.statemachine.paths import AFTER_A_CLAIM, LEADS, UNDECIDED
from tests.statemachine.resizes import LARGER, Resized
from tests.statemachine.tenants import tenant

DELETION_ONLY = frozenset({"FindMaker", "DescribeMaker", "InterruptWaits", "StopMaker", "RemoveInstance"})
FROM_A_BACKUP = frozenset({"RegisterRestoringDefinition", "CheckRestored"})
OWN_NETWORKS = frozenset({"CreateSecurityGroup", "DeleteSecurityGroup"})
AFTER_A_FAILURE = frozenset({"DescribeFailedTask", "RollBack"})
FIRST = "VerificationFailed"
"""What has gone wrong before the fault, on the journeys that begin with a failure."""


def create(cloud: Cloud, persistence: bool = True) -> Created:
    """A new instance; its provisioning has begun. One that keeps its data comes to every call."""
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central", persistence=persistence)
    return instance_service(cloud.injector).create(cloud.caller, new)


def status_of(cloud: Cloud, instance_id: str) -> str:
    instance = cloud.find(instance_id)
    return instance.status.value if instance else "GONE"


def settle(cloud: Cloud, instance_id: str) -> None:
    """Until it is neither on its way up nor down, and nothing runs."""
    until(lambda: status_of(cloud, instance_id) in ("RUNNING", "ERROR", "GONE"))
    quiet(cloud)


def silence(cloud: Cloud, created: Created) -> str:
    """Why its owner cannot work with it through its public name; empty if everything is as it should be."""
    instance = cloud.find(created.instance.id)
    if instance is None or instance.hostname is None or instance.port is None:
        return "it has no address"
    client = redis.Redis(
        host=instance.hostname,
        port=instance.port,
        password=created.plain_key,
        ssl=True,
        ssl_ca_certs=str(cloud.ca_file),
        retry=Retry(NoBackoff(), 0),
        decode_responses=True,
    )
    with closing(client):
        try:
            client.set("faults", "answered")
            return "" if client.ping() and client.get("faults") == "answered" else "it has lost a key"
        except redis.RedisError as error:
            return repr(error)


class Provisioning(Journey):
    """From the request to RUNNING, or to ERROR with nothing left."""

    name = "provision"
    machine = "provision_instance"
    follows: ClassVar[tuple[str, ...]] = ("deprovision_instance",)
    without = AFTER_A_FAILURE | frozenset(AFTER_A_CLAIM) | FROM_A_BACKUP | OWN_NETWORKS
    leads = LEADS
    persistence = True
    created: Created

    @property
    def request_id(self) -> str:
        """Of the request that it begins with."""
        return self.cloud.caller.request_id

    def prepare(self) -> None:
        """The instance is made by the execution itself."""

    def go(self, situation: Situation) -> Result:
        self.created = create(self.cloud, self.persistence)
        return self.result()

    def result(self) -> Result:
        cloud, instance_id = self.cloud, self.created.instance.id
        settle(cloud, instance_id)
        instance = cloud.find(instance_id)
        running = status_of(cloud, instance_id) == "RUNNING"
        return Result(
            status_of(cloud, instance_id),
            instance.failure if instance else None,
            first=creation_name(instance_id, from_pool=self.created.instance.claimed),
            belonging=instance_id,
            left=surplus(cloud, instance_id, "definitions") if running else cloud.left(instance_id),
            silent=silence(cloud, self.created) if running else "",
        )

    def ends(self, situation: Situation) -> list[End]:
        request = self.request_id
        if situation.passes:
            return [End("RUNNING", None, "SUCCEEDED", None)]
        if situation.aborted:
            failure = explain(ABORTED, "execution", request)
            return [End("ERROR", failure, "ABORTED", None), End("RUNNING", None, "ABORTED", None)]
        failure = explain(situation.error, situation.call.step, request)
        return [End("ERROR", failure, "FAILED", situation.error), End("RUNNING", None, "SUCCEEDED", None)]

    def clear(self) -> list[Complaint]:
        """It can be deleted from whatever it is."""
        cloud, instance_id = self.cloud, self.created.instance.id
        if status_of(cloud, instance_id) != "GONE":
            cloud.delete(instance_id)
        until(lambda: status_of(cloud, instance_id) == "GONE")
        quiet(cloud)
        if (status := status_of(cloud, instance_id)) != "GONE":
            return [Complaint(Kind.STATUS, f"after its deletion it is {status}")]
        left = cloud.left(instance_id)
        return [Complaint(Kind.LEAK, f"after its deletion there are {left}")] if left else []


class FailedProvisioning(Provisioning):
    """From a Redis that does not answer to ERROR, with that as its cause."""

    name = "provision, after a failure"
    without = frozenset(call.state for call in calls("provision_instance")) - AFTER_A_FAILURE
    leads: ClassVar = {state: [("VerifyRedis", [fails(FIRST)])] for state in AFTER_A_FAILURE}

    def ends(self, situation: Situation) -> list[End]:
        request = self.cloud.caller.request_id
        failure = explain(FIRST, "VerifyRedis", request)
        if not situation.aborted:
            return [End("ERROR", failure, "FAILED", FIRST)]
        # Before the rollback has begun, only the execution that was stopped knew of the failure.
        stopped = explain(ABORTED, "execution", request)
        known = [] if situation.call.state == "RollBack" else [End("ERROR", stopped, "ABORTED", None)]
        return [End("ERROR", failure, "ABORTED", None), *known]


class RollingBack(Provisioning):
    """The same, with the fault in the rollback."""

    name = "deprovision, rollback"
    machine = "deprovision_instance"
    follows = ("provision_instance",)
    without = DELETION_ONLY | OWN_NETWORKS

    def prepare(self) -> None:
        self.cloud.faults.plan("VerifyRedis", fails(FIRST))

    def ends(self, situation: Situation) -> list[End]:
        return [End("ERROR", explain(FIRST, "VerifyRedis", self.cloud.caller.request_id), "FAILED", FIRST)]


class Deletion(Provisioning):
    """From RUNNING to nothing."""

    name = "deprovision, deletion"
    machine = "deprovision_instance"
    follows: ClassVar[tuple[str, ...]] = ()
    without = frozenset({"ReadIntentBeforeRollback", "MarkError"}) | OWN_NETWORKS

    def prepare(self) -> None:
        self.created = create(self.cloud, self.persistence)
        settle(self.cloud, self.created.instance.id)

    def go(self, situation: Situation) -> Result:
        cloud, instance_id = self.cloud, self.created.instance.id
        cloud.delete(instance_id)
        settle(cloud, instance_id)
        left = cloud.left(instance_id)
        return Result(status_of(cloud, instance_id), None, f"delete-{instance_id}-0", instance_id, left)

    def ends(self, situation: Situation) -> list[End]:
        return [End("GONE", None, *first_execution(situation))]


def first_execution(situation: Situation) -> tuple[str, str | None]:
    """How the first execution of a work ends that is repeated until it is done."""
    if situation.passes:
        return "SUCCEEDED", None
    return ("ABORTED", None) if situation.aborted else ("FAILED", situation.error)


class Resizing(Journey):
    """To the other size and back, again and again: one instance serves for all cells of a service."""

    name = "resize"
    machine = "resize_instance"
    without = frozenset({"AbandonResize"})
    leads = LEADS
    persistence = True
    instance: Resized

    def prepare(self) -> None:
        there = instances(self.cloud.injector).page(self.cloud.caller.organization_id, 2, None).instances
        mine = [instance for instance in there if instance.persistence == self.persistence]
        [instance] = mine or [create(self.cloud, self.persistence).instance]
        settle(self.cloud, instance.id)
        self.instance = Resized(self.cloud, instance.id)

    def go(self, situation: Situation) -> Result:
        cloud, instance = self.cloud, self.instance
        instance.write()
        size = LARGER if instance.instance.max_memory == MIN_MEMORY else MIN_MEMORY
        change_id = cloud.ask_for_resize(instance.id, size)
        until(lambda: not cloud.changing(instance.id))
        quiet(cloud)
        change = instance.instance.change
        assert change
        reached = size if change.status is ChangeStatus.SUCCEEDED else sum((LARGER, MIN_MEMORY), -size)
        return Result(
            change.status.value,
            change.failure,
            first=f"resize-{instance.id}-{change_id}-0",
            belonging=change_id,
            left=surplus(cloud, instance.id),
            silent=self._not_whole(reached),
        )

    def _not_whole(self, max_memory: int) -> str:
        """What is wrong with the instance that should have this size, and all its data."""
        try:
            self.instance.assert_whole(max_memory)
        except (AssertionError, redis.RedisError) as error:
            return f"it is not whole: {error!r}"
        return ""

    def ends(self, situation: Situation) -> list[End]:
        done = End("SUCCEEDED", None, *first_execution(situation))
        if situation.passes:
            return [done]
        step = "execution" if situation.aborted else situation.call.step
        failure = explain_resize(situation.error, step, "request-resize")
        return [done, End("FAILED", failure, *first_execution(situation))]


class GivingUpResize(Resizing):
    """A resize whose data are not copied leaves the instance as it was."""

    name = "resize, given up"
    without = frozenset(UNDECIDED)

    def prepare(self) -> None:
        super().prepare()
        self.cloud.faults.plan("CheckReplication", fails("First"))

    def ends(self, situation: Situation) -> list[End]:
        failure = explain_resize("First", "CheckReplication", "request-resize")
        return [End("FAILED", failure, *(("ABORTED", None) if situation.aborted else ("FAILED", "First")))]


class Emptying(Journey):
    """An organization with an instance is deleted."""

    name = "empty organization"
    machine = "empty_organization"
    follows = ("deprovision_instance",)

    def prepare(self) -> None:
        self.tenant = tenant(self.cloud)
        self.instance_id = self.tenant.create()
        until(lambda: self.tenant.statuses() == ["RUNNING"])
        quiet(self.cloud)

    def go(self, situation: Situation) -> Result:
        tenant = self.tenant
        tenant.delete()
        until(lambda: tenant.items() == 0)
        quiet(self.cloud)
        status = "GONE" if (tenant.items(), tenant.key_works()) == (0, False) else "LEFT"
        left = self.cloud.left(self.instance_id)
        return Result(status, None, f"empty-{tenant.id}-2-0", f"empty-{tenant.id}", left)

    def ends(self, situation: Situation) -> list[End]:
        return [End("GONE", None, *first_execution(situation))]


class Delivering(Journey):
    """One event to one webhook."""

    name = "deliver webhook"
    machine = "deliver_webhook"

    def prepare(self) -> None:
        self.ending = ExitStack()
        self.receiver = self.ending.enter_context(receiving())
        caller = self.cloud.caller
        new = NewWebhook(self.receiver.url, ("webhook.test",))
        self.webhook = webhook_service(self.cloud.injector).create(caller, caller.organization_id, new).webhook
        quiet(self.cloud)

    def go(self, situation: Situation) -> Result:
        caller, service = self.cloud.caller, webhook_service(self.cloud.injector)
        event_id = service.test(caller, caller.organization_id, self.webhook.id)
        quiet(self.cloud)
        log = service.log(caller, caller.organization_id, self.webhook.id, 100, None).deliveries
        status = log[0].status.value if log else "UNSENT"
        received = len(self.receiver.messages)
        wrong = "" if received == (status == "DELIVERED") else f"its receiver got {received} messages"
        return Result(status, None, f"{event_id}-{self.webhook.id}", self.webhook.id, {}, wrong)

    def ends(self, situation: Situation) -> list[End]:
        status = "DELIVERED" if situation.passes or situation.aborted else "UNSENT"
        return [End(status, None, *first_execution(situation))]

    def clear(self) -> list[Complaint]:
        caller = self.cloud.caller
        webhook_service(self.cloud.injector).delete(caller, caller.organization_id, self.webhook.id)
        self.ending.close()
        quiet(self.cloud)
        return []
