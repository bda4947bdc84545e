"""What goes wrong for longer than one call, in creations and rollbacks: nothing is left but the truth.

Each single call with each fault is in tests/faults.
"""

import pytest

from swiftcache.instances.failure import explain
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply
from tests.statemachine.paths import fail_once_started, no_event, passing_error, placement_refused, still_pending


def assert_error(cloud: Cloud, instance_id: str, error: str, step: str) -> None:
    """It is ERROR with this first error, nothing is left of it but its record, and that can be deleted."""
    instance = cloud.wait(instance_id, "ERROR", "RUNNING", "GONE", seconds=40)
    cloud.quiet()
    assert instance is not None
    assert instance.failure == explain(error, step, "request-create")
    assert cloud.left(instance_id) == {}
    assert [found[1:] for found in cloud.ended(instance_id) if found[0].startswith("provision")] == [("FAILED", error)]
    assert_deletes(cloud, instance_id)


def assert_deletes(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def test_a_rollback_that_cannot_be_started_is_started_by_the_repair(cloud: Cloud) -> None:
    fail_once_started(cloud)
    cloud.faults.plan("RollBack", fails("Injected"))
    instance_id = cloud.create(persistence=True)
    assert_error(cloud, instance_id, "VerificationFailed", "VerifyRedis")


@pytest.mark.parametrize("error", ["Injected", passing_error("provision_instance", "DescribeFailedTask")])
def test_not_knowing_whether_the_task_has_stopped_keeps_the_first_cause(cloud: Cloud, error: str) -> None:
    fail_once_started(cloud)
    cloud.faults.plan("DescribeFailedTask", *[fails(error)] * 5)
    instance_id = cloud.create(persistence=True)
    assert_error(cloud, instance_id, "VerificationFailed", "VerifyRedis")


def test_an_instance_that_runs_is_not_rolled_back_though_nobody_heard_so(cloud: Cloud) -> None:
    cloud.faults.plan("MarkRunning", *[loses_reply] * 5)
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    assert cloud.faults.happened.count("MarkRunning") == 5
    with cloud.redis(instance_id) as client:
        assert client.ping()
    ended = {name.partition("-")[0]: status for name, status, _ in cloud.ended(instance_id)}
    assert ended == {"provision": "FAILED", "rollback": "SUCCEEDED"}
    assert_deletes(cloud, instance_id)


def test_a_deletion_during_a_rollback_leaves_nothing(cloud: Cloud) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    fail_once_started(cloud)
    cloud.faults.plan("DeleteSecret", while_deleting)
    instance_id = cloud.create(persistence=True)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def test_a_task_that_never_runs_is_given_up_after_two_minutes(cloud: Cloud) -> None:
    cloud.faults.plan("AwaitRedisTask", *[no_event] * 10)
    cloud.faults.plan("DescribeRedisTask", *[answers(still_pending)] * 10)
    instance_id = cloud.create(persistence=True)
    assert_error(cloud, instance_id, "ProvisioningTimedOut", "AwaitRedisTask")


def test_a_lack_of_capacity_is_waited_for_and_given_up_after_ten_minutes(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", *[lambda _: placement_refused(None)] * 300)
    instance_id = cloud.create(persistence=True)
    assert_error(cloud, instance_id, "TaskNotPlaced", "StartRedisTask")


def test_a_redis_that_does_not_start_says_so(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    good = secrets.get_secret_value(SecretId="certificate")["SecretString"]
    secrets.put_secret_value(
        SecretId="certificate", SecretString='{"certificate": "no", "privateKey": "no", "authority": "no"}'
    )
    try:
        instance_id = cloud.create(persistence=True)
        instance = cloud.wait(instance_id, "ERROR", seconds=30)
    finally:
        secrets.put_secret_value(SecretId="certificate", SecretString=good)
    assert instance is not None
    assert instance.failure is not None
    assert instance.failure.code == "REDIS_STOPPED"
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    assert_deletes(cloud, instance_id)
