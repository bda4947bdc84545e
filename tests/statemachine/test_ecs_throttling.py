"""ECS passes a throttling on under names that also stand for what it will never take."""

import pytest

from swiftcache.instances.failure import explain
from tests.statemachine.cloud import Cloud, fails

OTHER_NAMES = [
    ("StartRedisTask", "Ecs.InvalidParameterException"),
    ("RegisterTaskDefinition", "Ecs.ClientException"),
]
MOST_TRIES = 17


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
