"""ECS passes a throttling on under names that also stand for what it will never take."""

import pytest

from swiftcache.instances.failure import explain
from tests.statemachine.cloud import Cloud, fails

OTHER_NAMES = [
    ("StartRedisTask", "Ecs.InvalidParameterException"),
    ("RegisterTaskDefinition", "Ecs.ClientException"),
]
MOST_TRIES = 17
THROTTLED = "Ecs.EcsException"


def delete(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


@pytest.mark.parametrize(("state", "error"), OTHER_NAMES)
def test_a_throttling_that_passes_is_outlived(cloud: Cloud, state: str, error: str) -> None:
    cloud.faults.plan(state, *[fails(error)] * (MOST_TRIES - 1))
    instance_id = cloud.create(persistence=state == "RegisterTaskDefinition")
    instance = cloud.wait(instance_id, "RUNNING", "ERROR")
    assert instance is not None
    assert (instance.status, instance.failure) == ("RUNNING", None)
    delete(cloud, instance_id)


def test_a_start_that_is_throttled_for_minutes_waits_on_and_comes_to_run(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", *[fails(THROTTLED)] * (2 * MOST_TRIES + 1))
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING", "ERROR")
    assert instance is not None
    assert (instance.status, instance.failure) == ("RUNNING", None)
    delete(cloud, instance_id)


def test_a_start_that_is_throttled_for_more_than_ten_minutes_had_no_capacity_and_leaves_nothing(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", *[fails(THROTTLED)] * 1000)
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "ERROR", "RUNNING", seconds=60)
    cloud.quiet()
    assert instance is not None
    assert instance.failure is not None
    assert instance.failure.code == "NO_CAPACITY"
    assert cloud.left(instance_id) == {}
    delete(cloud, instance_id)


def test_one_that_is_deleted_while_its_start_is_throttled_is_gone_in_the_end(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", *[fails(THROTTLED)] * 1000)
    instance_id = cloud.create()
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE", seconds=60)
    assert cloud.left(instance_id) == {}


@pytest.mark.parametrize(("state", "error"), OTHER_NAMES)
def test_what_ecs_never_takes_is_told_by_its_own_error_in_the_end(cloud: Cloud, state: str, error: str) -> None:
    cloud.faults.plan(state, *[fails(error)] * (MOST_TRIES + 1))
    instance_id = cloud.create(persistence=state == "RegisterTaskDefinition")
    instance = cloud.wait(instance_id, "ERROR", "RUNNING")
    cloud.quiet()
    assert instance is not None
    assert instance.failure == explain(error, state, "request-create")
    assert cloud.faults.happened.count(state) == MOST_TRIES
    assert cloud.left(instance_id) == {}
    delete(cloud, instance_id)
