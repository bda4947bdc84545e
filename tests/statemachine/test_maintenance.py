"""AWS retires the task of an instance: everything real but AWS."""

from datetime import UTC, datetime, timedelta

import pytest

from local.retirement import retirement
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.maintenance.wiring import maintenance_record, maintenance_service
from tests.statemachine.cloud import Answer, Cloud, fails, wait_for
from tests.statemachine.resizes import Resized, assert_gone, delete, new_instance


@pytest.fixture
def resized(cloud: Cloud) -> Resized:
    """Its task is retired within a day, so that its maintenance waits for no window."""
    resized = new_instance(cloud, persistence=True)
    resized.write()
    detail = retirement([task_of(resized)], datetime.now(UTC) + timedelta(hours=20))["detail"]
    cloud.emit("aws.health", "AWS Health Event", detail)
    wait_for(lambda: len(resized.instance.maintenance) == 1)
    return resized


def task_of(resized: Resized) -> str:
    assert resized.instance.endpoint
    return resized.instance.endpoint.task


def keep(cloud: Cloud) -> None:
    cloud.invoke(cloud.stack.functions["KeepMaintenanceFunction"].name, {})


def ended(resized: Resized) -> None:
    wait_for(lambda: resized.instance.change is not None and not resized.instance.changing, seconds=40)
    resized.cloud.quiet()


def test_a_retired_task_is_replaced_with_all_data(resized: Resized) -> None:
    before = task_of(resized)
    keep(resized.cloud)
    ended(resized)
    change = resized.instance.change
    assert change is not None
    assert change.reason is ChangeReason.RETIREMENT
    resized.assert_succeeded(change)
    assert (task_of(resized) != before, resized.instance.maintenance) == (True, ())
    keep(resized.cloud)
    assert resized.instance.pending_maintenance == ()
    delete(resized)


def test_a_replacement_that_fails_is_tried_again_and_may_be_done_at_once(resized: Resized) -> None:
    cloud, before = resized.cloud, task_of(resized)
    cloud.faults.plan("StartRedisTask", fails("ClientException"))
    keep(cloud)
    ended(resized)
    change = resized.instance.change
    assert change is not None
    assert (change.status, task_of(resized)) == (ChangeStatus.FAILED, before)
    keep(cloud)
    [one] = resized.instance.maintenance
    assert datetime.fromisoformat(one.starts_at) > datetime.now(UTC) + timedelta(minutes=50)
    maintenance_service(cloud.injector).begin_now(cloud.caller, resized.id, ChangeReason.RETIREMENT)
    ended(resized)
    assert task_of(resized) != before
    resized.assert_whole(MIN_MEMORY)
    delete(resized)


def test_an_instance_is_deleted_in_the_middle_of_its_maintenance(resized: Resized) -> None:
    cloud = resized.cloud

    def while_deleting(answer: Answer) -> object:
        cloud.delete(resized.id)
        return answer()

    cloud.faults.plan("StartReplication", while_deleting)
    keep(cloud)
    assert_gone(resized)
    assert cloud.faults.happened == ["StartReplication"]
    keep(cloud)
    assert maintenance_record(cloud.injector).due("9", 10) == []
