"""An instance that has its id a second time: what is late in one life touches nothing in another."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from swiftcache.instances.model import Instance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.provisioning.wiring import workflows
from tests.samples import an_entry
from tests.statemachine.cloud import Answer, Cloud, fails, wait_for

GENERATION = 1_767_323_045_678


@pytest.fixture
def past(cloud: Cloud) -> Iterator[Instance]:
    """An instance as it was before it was deleted."""
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING")
    assert instance
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    yield instance
    if cloud.find(instance_id):
        cloud.delete(instance_id)
        cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def undelete(cloud: Cloud, past: Instance) -> None:
    """The table's stream starts what makes it."""
    anew = replace(
        past,
        status=Status.PROVISIONING,
        hostname=None,
        port=None,
        endpoint=None,
        applied_revision=0,
        generation=GENERATION,
    )
    instances(cloud.injector).create(anew, an_entry(organization_id=past.organization_id))


def names(cloud: Cloud, past: Instance) -> list[str]:
    return sorted(name for name, _, _ in cloud.ended(past.id))


def of_the_first_life(past: Instance) -> Target:
    return Target(past.organization_id, past.id, "request-create")


def test_each_life_has_executions_of_its_own(cloud: Cloud, past: Instance) -> None:
    undelete(cloud, past)
    again = cloud.wait(past.id, "RUNNING")
    assert again
    assert (again.hostname, again.keys) == (past.hostname, past.keys)
    assert again.endpoint != past.endpoint
    cloud.delete(past.id)
    cloud.wait(past.id, "GONE")
    cloud.quiet()
    life = f"{past.id}_{GENERATION}"
    assert names(cloud, past) == [
        *(f"delete-{past.id}-0", f"delete-{life}-0"),
        *(f"provision-{past.id}", f"provision-{life}"),
    ]


def test_a_deletion_of_the_first_life_removes_nothing_of_the_second(cloud: Cloud, past: Instance) -> None:
    undelete(cloud, past)
    cloud.wait(past.id, "RUNNING")
    before, left = cloud.find(past.id), cloud.left(past.id)
    workflows(cloud.injector).delete(of_the_first_life(past), 1)
    cloud.quiet()
    assert (cloud.find(past.id), cloud.left(past.id)) == (before, left)


@pytest.mark.parametrize("mode", ["DELETE", "ROLLBACK"])
def test_what_is_late_in_the_first_life_does_not_disturb_the_making_of_the_second(
    cloud: Cloud, past: Instance, mode: str
) -> None:
    def late(answer: Answer) -> object:
        target, made = of_the_first_life(past), workflows(cloud.injector)
        if mode == "DELETE":
            made.delete(target, 1)
        else:
            made.roll_back(target, 1, FirstError("TaskStopped", "AwaitRedisTask"))
        wait_for(lambda: any(name.endswith("-1") and status != "RUNNING" for name, status, _ in cloud.ended(past.id)))
        return answer()

    cloud.faults.plan("QueueRecord", late)
    undelete(cloud, past)
    cloud.wait(past.id, "RUNNING")
    assert cloud.faults.happened == ["QueueRecord"]


def test_a_second_life_that_cannot_be_made_is_rolled_back_and_deleted(cloud: Cloud, past: Instance) -> None:
    cloud.faults.plan("StartRedisTask", *[fails("Ecs.AccessDeniedException")] * 2)
    undelete(cloud, past)
    failed = cloud.wait(past.id, "ERROR")
    assert failed
    assert failed.failure
    assert failed.failure.step == "StartRedisTask"
    assert cloud.left(past.id) == {}
    cloud.quiet()
    assert f"rollback-{past.id}_{GENERATION}-0" in names(cloud, past)


def test_a_deletion_that_comes_while_the_second_life_is_made_waits_for_its_maker(cloud: Cloud, past: Instance) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(past.id)
        return answer()

    cloud.faults.plan("StartRedisTask", while_deleting)
    undelete(cloud, past)
    cloud.wait(past.id, "GONE")
