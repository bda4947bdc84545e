"""Timelines and receipts of executions that really ran."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.instances.long_poll import WaitTarget
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.stores import receipts
from swiftcache.instances.wiring import long_poll
from swiftcache.platform.aws import now
from swiftcache.timeline.model import FEWEST, Operation, OperationKind, Outcome, Step
from swiftcache.timeline.ports import Creation
from swiftcache.timeline.wiring import creations, timeline_service
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply, wait_for
from tests.statemachine.paths import DEPROVISION, fail_once_started, late, passing_error, tasks

EVERYTHING = RemovedResources(tasks=1, dns_records=1, secrets=1)


def operations(cloud: Cloud, instance_id: str) -> dict[OperationKind, Operation]:
    timeline = timeline_service(cloud.injector).timeline(cloud.caller, instance_id)
    return {operation.kind: operation for operation in timeline.operations}


def steps(operation: Operation) -> dict[str, Step]:
    return {step.name: step for step in operation.steps}


def remove(cloud: Cloud, instance_id: str) -> RemovedResources:
    """Deletes an instance, and gives what its receipt says."""
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE", seconds=40)
    cloud.quiet()
    return timeline_service(cloud.injector).receipt(cloud.caller, instance_id).removed


def test_a_creation_is_told_step_by_step(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    creation = operations(cloud, instance_id)[OperationKind.CREATION]
    assert creation.outcome is Outcome.SUCCEEDED
    found = steps(creation)
    expected = {"IssueCredentials", "StartRedisTask", "QueueRecord", "VerifyRedis", "MarkRunning"}
    assert expected <= set(found) <= set(tasks("provision_instance"))
    assert {step.outcome for step in found.values()} == {Outcome.SUCCEEDED}
    for step in found.values():
        assert step.ended_at is not None
        assert creation.started_at <= step.started_at <= step.ended_at <= (creation.ended_at or "")
    assert {"AwaitInterface", "AwaitRedisTask", "AwaitRecord"} <= set(found), "what was waited for"
    remove(cloud, instance_id)


def test_a_call_that_is_made_again_is_an_attempt_with_its_cause(cloud: Cloud) -> None:
    cloud.faults.plan("StartRedisTask", fails("Ecs.ServerException"), fails("Ecs.ServerException"))
    cloud.faults.plan("AwaitRedisTask", fails("Lambda.ServiceException"))
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    found = steps(operations(cloud, instance_id)[OperationKind.CREATION])
    assert (found["StartRedisTask"].attempts, found["StartRedisTask"].cause) == (
        3,
        "AWS answered Ecs.ServerException.",
    )
    assert found["AwaitRedisTask"].attempts == 2
    remove(cloud, instance_id)


def test_a_step_under_way_is_told_as_such(cloud: Cloud) -> None:
    seen: list[Step] = []

    def look(answer: Answer) -> object:
        seen.append(steps(operations(cloud, cloud.only())[OperationKind.CREATION])["VerifyRedis"])
        return answer()

    cloud.faults.plan("VerifyRedis", look)
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    assert [(step.outcome, step.ended_at) for step in seen] == [(Outcome.IN_PROGRESS, None)]
    remove(cloud, instance_id)


def test_a_failed_creation_is_told_with_its_clean_up(cloud: Cloud) -> None:
    fail_once_started(cloud)
    instance_id = cloud.create()
    cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    found = operations(cloud, instance_id)
    said = "Redis was started, but did not answer as it must through its public hostname."
    assert (found[OperationKind.CREATION].outcome, found[OperationKind.CREATION].cause) == (Outcome.FAILED, said)
    failed = [step for step in found[OperationKind.CREATION].steps if step.outcome is Outcome.FAILED]
    assert [(step.name, step.cause) for step in failed] == [("VerifyRedis", said)]
    assert found[OperationKind.CLEAN_UP].outcome is Outcome.SUCCEEDED
    remove(cloud, instance_id)


def test_a_creation_whose_task_has_stopped_unheard_names_the_step(cloud: Cloud) -> None:
    def stopped(result: Any) -> Any:
        result["Tasks"][0] |= {"LastStatus": "STOPPED", "StoppedReason": "arn:aws:ecs:::it/stopped"}
        return result

    cloud.faults.plan("AwaitRedisTask", late)
    cloud.faults.plan("DescribeRedisTask", answers(stopped))
    instance_id = cloud.create()
    cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    step = steps(operations(cloud, instance_id)[OperationKind.CREATION])["AwaitRedisTask"]
    assert (step.outcome, step.cause) == (Outcome.FAILED, "The Redis process stopped before it answered.")
    remove(cloud, instance_id)


def test_a_creation_that_is_deleted_meanwhile_is_cancelled(cloud: Cloud) -> None:
    seen: list[Operation] = []

    def look(answer: Answer) -> object:
        seen.append(operations(cloud, cloud.only())[OperationKind.CREATION])
        return answer()

    def delete_first(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    cloud.faults.plan("AwaitRedisTask", delete_first)
    cloud.faults.plan("RemoveInstance", look)
    instance_id = cloud.create()
    cloud.wait(instance_id, "GONE")
    assert [operation.outcome for operation in seen] == [Outcome.CANCELLED]


def test_nothing_of_the_account_is_told(cloud: Cloud) -> None:
    fail_once_started(cloud)
    instance_id = cloud.create()
    cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    told = str(timeline_service(cloud.injector).timeline(cloud.caller, instance_id))
    remove(cloud, instance_id)
    told += str(timeline_service(cloud.injector).receipt(cloud.caller, instance_id).removed)
    assert "arn:" not in told
    assert "123456789012" not in told


def test_a_receipt_counts_what_was_removed(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    assert remove(cloud, instance_id) == EVERYTHING
    receipt = timeline_service(cloud.injector).receipt(cloud.caller, instance_id)
    assert receipt.instance.deleted_by is not None
    assert receipt.instance.deleted_by.key_id == cloud.caller.key_id
    assert receipt.instance.request_id == "request-delete"
    assert receipt.requested_at <= receipt.removed_at


def test_the_receipt_of_a_failed_instance_shows_that_nothing_was_left(cloud: Cloud) -> None:
    fail_once_started(cloud)
    instance_id = cloud.create()
    cloud.wait(instance_id, "ERROR")
    assert remove(cloud, instance_id) == RemovedResources()


@pytest.mark.parametrize("state", ["DeleteSecret", "DeleteTaskDefinitions", "StopRedisTask"])
def test_a_removal_whose_answer_was_lost_is_counted_once(cloud: Cloud, state: str) -> None:
    instance_id = cloud.create(persistence=True)
    cloud.wait(instance_id, "RUNNING")
    cloud.faults.plan(state, loses_reply)
    assert remove(cloud, instance_id) == replace(EVERYTHING, task_definitions=1, volumes=1)


def test_the_receipt_of_a_second_attempt_does_not_claim_to_be_complete(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    cloud.faults.plan("RemoveInstance", fails("Injected"))
    assert remove(cloud, instance_id) == RemovedResources(complete=False)


def test_an_estimate_comes_from_real_creations(cloud: Cloud) -> None:
    known = len(creations(cloud.injector).recent(100))
    for _ in range(2):
        instance_id = cloud.create()
        cloud.wait(instance_id, "RUNNING")
        remove(cloud, instance_id)
    wait_for(lambda: len(creations(cloud.injector).recent(100)) == known + 2)
    for number in range(FEWEST):
        creations(cloud.injector).add(Creation(f"inst_{number}", "2999-01-01T00:00:00.000Z", 30.0))
    seen: list[float | None] = []

    def look(answer: Answer) -> object:
        estimate = timeline_service(cloud.injector).timeline(cloud.caller, cloud.only()).estimate
        assert estimate is not None
        seen.append(estimate.p95)
        return answer()

    cloud.faults.plan("VerifyRedis", look)
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    assert seen == [30.0]
    remove(cloud, instance_id)


def test_a_wait_ends_with_the_real_change(cloud: Cloud) -> None:
    owner = replace(cloud.caller, request_id="request-wait")
    instance_id = cloud.create()
    assert long_poll(cloud.injector).wait(owner, instance_id, WaitTarget.RUNNING, 20).instance.status == "RUNNING"
    cloud.delete(instance_id)
    assert long_poll(cloud.injector).wait(owner, instance_id, WaitTarget.DELETED, 20).gone


def test_a_receipt_is_gone_a_day_later(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    remove(cloud, instance_id)
    later = now(cloud.injector)() + timedelta(hours=24, seconds=1)
    assert receipts(cloud.injector).get(cloud.caller.organization_id, instance_id, later) is None


def test_every_error_that_is_tried_again_is_one_of_aws() -> None:
    """A cause names AWS's error; what no owner can read would be told as anything else."""
    assert all("." in passing_error("deprovision_instance", name) for name in DEPROVISION)
