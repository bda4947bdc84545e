"""Who waits is woken when it has happened, whichever came first."""

import itertools
from dataclasses import dataclass, field, replace

import pytest

from swiftcache.callbacks.model import Observation, Subject, TaskCondition, Wait, task_wait
from swiftcache.callbacks.service import CallbackService
from swiftcache.instances.ports import Target
from swiftcache.instances.status import Status
from tests.fakes.callbacks import FakeTaskTokens, FakeWaits
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.samples import ORGANIZATION, an_instance

SUBJECT = Subject("inst_a1", "TASK#arn")
TARGET = Target(ORGANIZATION, "inst_a1", "request-1")
RUNNING = Observation("RUNNING", 4, {"networkInterfaceId": "eni-1"}, "TaskStopped", "")
STOPPING = replace(RUNNING, status="STOPPING", version=5, cause="it had to")
FOR_RUNNING = task_wait("token", TaskCondition.RUNNING, interruptible=True)
WOKEN = [("token", {"status": "RUNNING", "networkInterfaceId": "eni-1"})]


@dataclass
class World:
    waits: FakeWaits = field(default_factory=FakeWaits)
    tokens: FakeTaskTokens = field(default_factory=FakeTaskTokens)
    instances: FakeInstances = field(default_factory=lambda: FakeInstances(FakeAccounts()))

    def __post_init__(self) -> None:
        self.service = CallbackService(self.waits, self.tokens, self.instances)
        self.has(Status.PROVISIONING)

    def has(self, status: Status) -> None:
        self.instances.stored[ORGANIZATION, "inst_a1"] = an_instance(status=status)


@pytest.fixture
def world() -> World:
    return World()


def test_who_waits_is_woken_by_the_event(world: World) -> None:
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    assert world.tokens.sent == []
    world.service.observe(SUBJECT, RUNNING)
    assert world.tokens.sent == WOKEN
    assert world.waits.waiting == {}


def test_who_comes_after_the_event_is_woken_at_once(world: World) -> None:
    world.service.observe(SUBJECT, RUNNING)
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    assert world.tokens.sent == WOKEN


def test_an_event_that_is_told_twice_wakes_once(world: World) -> None:
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    for _ in range(2):
        world.service.observe(SUBJECT, RUNNING)
    assert world.tokens.sent == WOKEN


def test_an_event_that_comes_late_does_not_hide_a_later_one(world: World) -> None:
    world.service.observe(SUBJECT, STOPPING)
    world.service.observe(SUBJECT, RUNNING)
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    assert world.tokens.sent == [("token", ("TaskStopped", "it had to"))]


@pytest.mark.parametrize("status", ["PROVISIONING", "PENDING", "ACTIVATING"])
def test_what_is_not_there_yet_is_waited_for(world: World, status: str) -> None:
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    world.service.observe(SUBJECT, replace(RUNNING, status=status))
    assert world.tokens.sent == []


@pytest.mark.parametrize("status", ["PENDING", "ACTIVATING", "RUNNING"])
def test_a_task_has_its_interface_before_it_runs_and_afterwards(world: World, status: str) -> None:
    world.service.wait(TARGET, SUBJECT, task_wait("token", TaskCondition.ATTACHED, interruptible=True))
    world.service.observe(SUBJECT, replace(RUNNING, status=status))
    assert [token for token, _ in world.tokens.sent] == ["token"]


@pytest.mark.parametrize("status", ["DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED"])
def test_who_waits_for_a_task_to_run_is_told_that_it_will_not(world: World, status: str) -> None:
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    world.service.observe(SUBJECT, replace(STOPPING, status=status))
    assert world.tokens.sent == [("token", ("TaskStopped", "it had to"))]


def test_who_waits_for_the_end_of_a_task_is_woken_by_its_end_alone(world: World) -> None:
    world.service.wait(TARGET, SUBJECT, task_wait("token", TaskCondition.STOPPED, interruptible=True))
    for version, status in enumerate(("DEACTIVATING", "STOPPING", "DEPROVISIONING"), 5):
        world.service.observe(SUBJECT, replace(STOPPING, status=status, version=version))
    assert world.tokens.sent == []
    world.service.observe(SUBJECT, replace(STOPPING, status="STOPPED", version=9))
    assert [token for token, _ in world.tokens.sent] == ["token"]


def test_who_waits_for_what_is_deleted_is_told_at_once(world: World) -> None:
    world.has(Status.DELETING)
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    assert world.tokens.sent == [("token", ("InstanceSuperseded", "the instance was deleted"))]


def test_a_deletion_wakes_whoever_waits_for_its_instance_and_nobody_else(world: World) -> None:
    others = replace(SUBJECT, instance_id="inst_b2")
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    world.waits.register(others, replace(FOR_RUNNING, token="another"))
    world.service.interrupt("inst_a1")
    assert [token for token, _ in world.tokens.sent] == ["token"]


def test_what_removes_things_is_not_interrupted(world: World) -> None:
    world.has(Status.DELETING)
    wait = task_wait("token", TaskCondition.STOPPED, interruptible=False)
    world.service.wait(TARGET, SUBJECT, wait)
    world.service.interrupt("inst_a1")
    assert world.tokens.sent == []


@pytest.mark.parametrize("order", list(itertools.permutations(["wait", "event", "deletion"])))
def test_in_whatever_order_waiting_event_and_deletion_come_somebody_wakes_who_waits(
    world: World, order: tuple[str, ...]
) -> None:
    for what in order:
        match what:
            case "wait":
                world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
            case "event":
                world.service.observe(SUBJECT, RUNNING)
            case "deletion":
                world.has(Status.DELETING)
                world.service.interrupt("inst_a1")
    assert len(world.tokens.sent) == 1


def test_a_new_try_takes_the_place_of_the_one_before(world: World) -> None:
    world.service.wait(TARGET, SUBJECT, Wait("first", ("RUNNING",)))
    world.service.wait(TARGET, SUBJECT, FOR_RUNNING)
    world.service.observe(SUBJECT, RUNNING)
    assert world.tokens.sent == WOKEN
