"""Every call of both machines fails, in every way that matters. Whatever happens, nothing is left but the truth."""

import pytest

from swiftcache.domain.failure import explain
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply
from tests.statemachine.paths import (
    BRANCHES,
    DEPROVISION,
    PROVISION,
    fail_once_started,
    lead_to,
    passing_error,
    placement_refused,
    still_pending,
)

each_provision_call = pytest.mark.parametrize("state", PROVISION)
each_deletion_call = pytest.mark.parametrize(
    "state", [name for name in DEPROVISION if name not in ("MarkError", "ReadIntentBeforeRollback")]
)
each_rollback_call = pytest.mark.parametrize(
    "state",
    [name for name in DEPROVISION if name not in ("FindMaker", "DescribeMaker", "StopMaker", "RemoveInstance")],
)


def assert_error(cloud: Cloud, instance_id: str, error: str, step: str) -> None:
    """It is ERROR with this first error, nothing is left of it but its record, and that can be deleted."""
    instance = cloud.wait(instance_id, "ERROR", "RUNNING", "GONE")
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


@each_provision_call
def test_a_call_that_fails_for_good_ends_in_error_with_its_cause(cloud: Cloud, state: str) -> None:
    lead_to(cloud, state)
    cloud.faults.plan(state, fails("Injected"))
    instance_id = cloud.create()
    assert_error(cloud, instance_id, "Injected", BRANCHES.get(state, state))
    assert state in cloud.faults.happened


@each_provision_call
def test_an_error_that_passes_is_outlived(cloud: Cloud, state: str) -> None:
    lead_to(cloud, state)
    passing = fails(passing_error("provision_instance", state))
    cloud.faults.plan(state, passing, passing)
    instance_id = cloud.create()
    assert cloud.wait(instance_id, "RUNNING", "ERROR") == cloud.find(instance_id)
    assert cloud.faults.happened.count(state) == 2
    assert_deletes(cloud, instance_id)


@each_provision_call
def test_an_error_that_should_pass_but_does_not_ends_in_error(cloud: Cloud, state: str) -> None:
    lead_to(cloud, state)
    error = passing_error("provision_instance", state)
    cloud.faults.plan(state, *[fails(error)] * 5)
    instance_id = cloud.create()
    assert_error(cloud, instance_id, error, BRANCHES.get(state, state))


@each_provision_call
def test_a_lost_reply_makes_nothing_twice(cloud: Cloud, state: str) -> None:
    lead_to(cloud, state)
    cloud.faults.plan(state, loses_reply)
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "RUNNING", "ERROR")
    assert instance is not None
    assert instance.status == "RUNNING"
    assert state in cloud.faults.happened
    cluster = cloud.stack.outputs["ClusterName"]
    tasks = cloud.client("ecs").list_tasks(cluster=cluster, family=f"swiftcache-{instance_id}")["taskArns"]
    assert len(tasks) == 1
    assert_deletes(cloud, instance_id)


@each_provision_call
def test_an_execution_that_is_stopped_is_cleaned_up(cloud: Cloud, state: str) -> None:
    def while_stopped(answer: Answer) -> object:
        machine = cloud.stack.outputs["ProvisionStateMachineArn"]
        arn = f"{machine.replace(':stateMachine:', ':execution:')}:provision-{cloud.only()}"
        cloud.client("stepfunctions").stop_execution(executionArn=arn)
        return answer()

    lead_to(cloud, state)
    cloud.faults.plan(state, while_stopped)
    instance_id = cloud.create()
    instance = cloud.wait(instance_id, "ERROR") if state != "MarkRunning" else cloud.wait(instance_id, "RUNNING")
    assert instance is not None
    cloud.quiet()
    if state != "MarkRunning":
        assert cloud.left(instance_id) == {}
    assert_deletes(cloud, instance_id)


@each_deletion_call
def test_a_deletion_goes_on_after_a_failure(cloud: Cloud, state: str) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    lead_to(cloud, state)
    cloud.faults.plan(state, fails("Injected"))
    assert_deletes(cloud, instance_id)
    assert state in cloud.faults.happened
    assert (f"delete-{instance_id}-0", "FAILED", "Injected") in cloud.ended(instance_id)


@each_deletion_call
def test_a_deletion_outlives_what_passes_and_lost_replies(cloud: Cloud, state: str) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    lead_to(cloud, state)
    cloud.faults.plan(state, fails(passing_error("deprovision_instance", state)), loses_reply)
    assert_deletes(cloud, instance_id)
    assert cloud.faults.happened.count(state) == 2
    assert {status for _, status, _ in cloud.ended(instance_id)} == {"SUCCEEDED"}


@each_rollback_call
def test_a_rollback_that_fails_is_repeated_and_keeps_the_first_cause(cloud: Cloud, state: str) -> None:
    fail_once_started(cloud)
    cloud.faults.plan(state, fails("Injected"))
    instance_id = cloud.create()
    assert_error(cloud, instance_id, "VerificationFailed", "VerifyRedis")
    assert state in cloud.faults.happened


def test_a_rollback_that_cannot_be_started_is_started_by_the_repair(cloud: Cloud) -> None:
    fail_once_started(cloud)
    cloud.faults.plan("RollBack", fails("Injected"))
    instance_id = cloud.create()
    assert_error(cloud, instance_id, "VerificationFailed", "VerifyRedis")


@pytest.mark.parametrize("error", ["Injected", passing_error("provision_instance", "DescribeFailedTask")])
def test_not_knowing_whether_the_task_has_stopped_keeps_the_first_cause(cloud: Cloud, error: str) -> None:
    fail_once_started(cloud)
    cloud.faults.plan("DescribeFailedTask", *[fails(error)] * 5)
    instance_id = cloud.create()
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
    instance_id = cloud.create()
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def test_a_task_that_never_runs_is_given_up_after_two_minutes(cloud: Cloud) -> None:
    cloud.faults.plan("DescribeRedisTask", *[answers(still_pending)] * 500)
    instance_id = cloud.create()
    assert_error(cloud, instance_id, "ProvisioningTimedOut", "AwaitTaskAndRecord")


def test_a_lack_of_capacity_is_given_up_after_some_tries(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", *[lambda _: placement_refused(None)] * 5)
    instance_id = cloud.create()
    assert_error(cloud, instance_id, "TaskNotPlaced", "StartRedisTask")


def test_a_redis_that_does_not_start_says_so(cloud: Cloud) -> None:
    secrets = cloud.client("secretsmanager")
    good = secrets.get_secret_value(SecretId="certificate")["SecretString"]
    secrets.put_secret_value(
        SecretId="certificate", SecretString='{"certificate": "no", "privateKey": "no", "authority": "no"}'
    )
    try:
        instance_id = cloud.create()
        instance = cloud.wait(instance_id, "ERROR", seconds=30)
    finally:
        secrets.put_secret_value(SecretId="certificate", SecretString=good)
    assert instance is not None
    assert instance.failure is not None
    assert instance.failure.code == "REDIS_STOPPED"
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    assert_deletes(cloud, instance_id)
