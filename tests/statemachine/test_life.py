"""The two machines when AWS is merely slow, and when the customer changes their mind."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from swiftcache.events.model import Event, NotPublished
from swiftcache.events.wiring import events as events_provider
from swiftcache.instances.model import Instance, NewInstance, create
from swiftcache.instances.ports import Target
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.stores import instances
from swiftcache.provisioning.wiring import workflows
from tests.samples import an_entry
from tests.statemachine.cloud import DOMAIN, Answer, Cloud, Fault, answers, wait_for
from tests.statemachine.deletions import assert_no_failure
from tests.statemachine.paths import (
    LEADS,
    PROVISION,
    late,
    lead_to,
    placement_refused,
    still_pending,
    still_stopping,
    without_address,
    without_interface,
)


def delete(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def new_instance(cloud: Cloud) -> Instance:
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central")
    return create(new, "request-create", datetime.now(UTC), DOMAIN)[0]


def test_an_instance_comes_to_run(cloud: Cloud) -> None:
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING", "ERROR")
    assert instance is not None
    assert (instance.status, instance.failure) == ("RUNNING", None)
    assert instance.hostname == f"{instance_id.removeprefix('inst_')}.redis.swiftcache.test"
    delete(cloud, instance_id)


@pytest.mark.parametrize(
    ("state", "slow"),
    [
        ("StartRedisTask", lambda _: placement_refused(None)),
        ("DescribeNewTask", answers(without_interface)),
        ("DescribeNewTask", lambda _: {"Tasks": [], "Failures": [{"Reason": "MISSING"}]}),
        ("DescribeNetworkInterface", answers(without_address)),
        ("DescribeRedisTask", answers(still_pending)),
        ("DescribeRedisTask", lambda _: {"Tasks": [], "Failures": [{"Reason": "MISSING"}]}),
    ],
)
def test_a_slow_aws_is_waited_for(cloud: Cloud, state: str, slow: Fault) -> None:
    for before, faults in LEADS.get(state, []):
        cloud.faults.plan(before, *faults * 2)
    cloud.faults.plan(state, slow, slow)
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    assert cloud.faults.happened.count(state) == 2
    delete(cloud, instance_id)


def test_a_task_that_stops_slowly_is_waited_for(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.faults.plan("AwaitStop", late, late)
    cloud.faults.plan("DescribeStoppingTask", answers(still_stopping), answers(still_stopping))
    delete(cloud, instance_id)
    assert cloud.faults.happened.count("DescribeStoppingTask") == 2


@pytest.mark.parametrize("state", PROVISION)
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(cloud: Cloud, state: str) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    lead_to(cloud, state)
    cloud.faults.plan(state, while_deleting)
    instance_id = cloud.create(persistence=True)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert state in cloud.faults.happened
    assert cloud.left(instance_id) == {}
    assert_no_failure(cloud, instance_id)


def test_a_workflow_that_starts_after_the_deletion_makes_nothing(cloud: Cloud) -> None:
    instance = new_instance(cloud)
    instances(cloud.injector).create(instance, an_entry())
    cloud.delete(instance.id)
    workflows(cloud.injector).provision(Target(instance.organization_id, instance.id, "request-create"))
    cloud.wait(instance.id, "GONE")
    cloud.quiet()
    assert cloud.left(instance.id) == {}


def test_a_provisioning_that_does_not_end_is_stopped(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    lead_to(cloud, "StopMaker")
    delete(cloud, instance_id)
    assert "DescribeMaker" in cloud.faults.happened


def test_a_crash_of_the_api_before_it_started_the_workflow_is_made_good(cloud: Cloud) -> None:
    instance = new_instance(cloud)
    instances(cloud.injector).create(instance, an_entry())
    cloud.wait(instance.id, "RUNNING")
    instances(cloud.injector).mark_deleting(instance.organization_id, instance.id, an_entry())
    cloud.wait(instance.id, "GONE")
    cloud.quiet()
    assert cloud.left(instance.id) == {}


def test_every_change_is_published_although_publishing_fails(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    published: list[str] = []
    tries: list[str] = []

    class Unreliable:
        def publish(self, events: Sequence[Event]) -> None:
            for index, event in enumerate(events):
                what = str(event.data.get("to") or event.type)
                tries.append(what)
                if tries.count(what) < 3:
                    raise NotPublished(index, "the event bus is busy")
                published.append(what)

    monkeypatch.setitem(cloud.injector.given, events_provider, Unreliable())
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    delete(cloud, instance_id)
    wait_for(lambda: published[-1:] == ["DELETED"])
    statuses = ["PROVISIONING", "RUNNING", "DELETING", "DELETED"]
    audited = ["instance.created", "instance.deletion_requested"]
    assert [what for what in published if what in statuses] == statuses
    assert [what for what in published if what in audited] == audited


def test_a_task_that_ecs_lists_late_is_stopped_all_the_same(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.faults.plan("ListRedisTasks", lambda _: {"TaskArns": []})
    delete(cloud, instance_id)
    assert cloud.faults.happened == ["ListRedisTasks"]
