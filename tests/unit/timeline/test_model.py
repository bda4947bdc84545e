"""What an owner is told of a workflow, and how long a creation is said to take."""

from dataclasses import replace
from typing import Any

import pytest
from sfnx import testing

from local import asl
from swiftcache.timeline.model import (
    Operation,
    OperationKind,
    Outcome,
    StateVisit,
    WorkflowRecord,
    cause_of,
    estimate,
    operation,
)
from swiftcache.timeline.wording import title_of


def visit(step: str = "VerifyRedis", **different: Any) -> StateVisit:
    return replace(StateVisit(step, entered_at="10:00", left_at="10:01", calls=1), **different)


def told(*visits: StateVisit, **different: Any) -> Operation:
    fields: dict[str, Any] = {"started_at": "10:00", "ended_at": "10:09", "ending": "SUCCEEDED"} | different
    return operation(OperationKind.CREATION, 1, WorkflowRecord(visits=visits, **fields))


def test_a_step_has_its_words_start_and_end() -> None:
    [step] = told(visit()).steps
    assert (step.name, step.title) == ("VerifyRedis", "Connect as a client would")
    assert (step.started_at, step.ended_at) == ("10:00", "10:01")
    assert (step.attempts, step.outcome, step.cause) == (1, Outcome.SUCCEEDED, None)


def test_a_step_that_looked_often_is_one_step_with_one_attempt() -> None:
    [step] = told(visit(entered_at="10:00"), visit(entered_at="10:05", left_at="10:06")).steps
    assert (step.started_at, step.ended_at, step.attempts) == ("10:00", "10:06", 1)


def test_calls_that_failed_are_attempts_and_the_last_says_why() -> None:
    [step] = told(visit(calls=3, errors=("Ecs.ServerException", "States.Timeout"))).steps
    assert (step.attempts, step.outcome, step.cause) == (3, Outcome.SUCCEEDED, "There was no answer in time.")


def test_a_step_of_which_no_event_told_was_done_if_the_workflow_went_on() -> None:
    awaited = visit("AwaitRedisTask", errors=("States.Timeout",))
    [step, _] = told(awaited, visit("DescribeRedisTask")).steps
    assert step.outcome is Outcome.SUCCEEDED
    [step] = told(awaited, ending="FAILED", error="ProvisioningTimedOut", failed_step="AwaitRedisTask").steps
    assert step.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "last", [visit("StartRedisTask", waits=True), visit("StartRedisTask", left_at=None, errors=("Ecs.EcsException",))]
)
def test_a_task_that_aws_has_no_room_for_is_told_as_waited_for(last: StateVisit) -> None:
    [step] = told(last, ending="RUNNING").steps
    assert step.outcome is Outcome.IN_PROGRESS
    assert step.cause is not None
    assert step.cause.startswith("AWS has no room")


@pytest.mark.parametrize("error", ["DependencyUnavailable", "Lambda.TooManyRequestsException", "Ecs.EcsException"])
def test_a_step_whose_requests_aws_does_not_take_is_told_as_waited_for(error: str) -> None:
    throttled = told(visit("IssueCredentials", left_at=None, calls=2, errors=(error,)), ending="RUNNING")
    [step] = throttled.steps
    assert step.cause == "AWS takes no more requests of this kind at the moment. It is asked again."
    assert throttled.waits_for_aws


def test_what_was_waited_for_is_not_any_more_once_the_step_is_done() -> None:
    assert not told(visit("StartRedisTask", calls=2, errors=("Ecs.EcsException",)), ending="RUNNING").waits_for_aws


def test_the_step_that_the_workflow_names_has_failed_although_its_call_had_not() -> None:
    running = told(
        visit("StartRedisTask"), visit("RollBack"), ending="FAILED", error="TaskNotPlaced", failed_step="StartRedisTask"
    )
    assert [step.outcome for step in running.steps] == [Outcome.FAILED, Outcome.SUCCEEDED]
    assert running.steps[0].cause == "AWS had no capacity for the instance in this region."
    assert (running.outcome, running.cause) == (Outcome.FAILED, running.steps[0].cause)


def test_the_step_that_gave_up_has_failed_with_the_workflows_error() -> None:
    [step] = told(visit("DescribeRedisTask", gave_up=True), ending="FAILED", error="TaskStopped").steps
    assert (step.outcome, step.cause) == (Outcome.FAILED, "The Redis process stopped before it answered.")


def test_a_workflow_that_found_the_instance_deleted_is_cancelled() -> None:
    superseded = told(visit("AwaitRedisTask", gave_up=True), superseded=True)
    assert superseded.outcome is superseded.steps[0].outcome is Outcome.CANCELLED
    assert superseded.cause == superseded.steps[0].cause == "The instance was deleted meanwhile."


@pytest.mark.parametrize("last", [visit(left_at=None), visit(waits=True), visit(left_at=None, calls=2, errors=("x",))])
def test_a_step_under_way_has_no_end(last: StateVisit) -> None:
    [step] = told(last, ending="RUNNING", ended_at=None).steps
    assert (step.outcome, step.ended_at) == (Outcome.IN_PROGRESS, None)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (visit(errors=("SecretsManager.ResourceNotFoundException",)), Outcome.NOTHING_TO_DO),
        (visit(errors=("NotFound",)), Outcome.FAILED),
        (visit(errors=("Sfn.ExecutionDoesNotExistException",), left_at=None), Outcome.FAILED),
        (visit(errors=("InstanceSuperseded",)), Outcome.CANCELLED),
        (visit(left_at=None, aborted=True), Outcome.CANCELLED),
        (visit(left_at=None), Outcome.CANCELLED),
    ],
)
def test_how_a_step_ended(last: StateVisit, outcome: Outcome) -> None:
    [step] = told(last, ending="ABORTED").steps
    assert step.outcome is outcome


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [("RUNNING", Outcome.IN_PROGRESS), ("TIMED_OUT", Outcome.FAILED), ("ABORTED", Outcome.CANCELLED)],
)
def test_how_an_operation_ended(ending: Any, outcome: Outcome) -> None:
    assert told(ending=ending).outcome is outcome


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("VerificationFailed", "Redis was started, but did not answer as it must through its public hostname."),
        ("Ecs.ServerException", "AWS answered Ecs.ServerException."),
        ("KeyError", "A part of the infrastructure did not do what it was asked to."),
        ("arn:aws:ecs:eu-central-1:123456789012:x", "A part of the infrastructure did not do what it was asked to."),
        (None, "A part of the infrastructure did not do what it was asked to."),
    ],
)
def test_a_cause_is_told_in_words(error: str | None, said: str) -> None:
    assert cause_of(error) == said


TOLD = ("provision_instance", "deprovision_instance", "resize_instance", "recover_instance")


@pytest.mark.parametrize("machine", TOLD)
def test_every_step_of_the_machines_has_words_of_its_own(machine: str) -> None:
    tasks = {name for name, state in testing.every_state(asl.load(machine)) if state["Type"] == "Task"}
    assert {name for name in tasks if title_of(name).replace(" ", "").lower() == name.lower()} == set()


def test_a_step_without_words_is_told_by_its_name() -> None:
    assert title_of("CopyTheDataSet") == "Copy the data set"


def test_an_estimate_is_the_median_and_the_95th_percentile() -> None:
    found = estimate([float(number) for number in range(100, 0, -1)], 0.5)
    assert (found.elapsed, found.p50, found.p95, found.creations) == (0.5, 50.0, 95.0, 100)


def test_an_estimate_is_from_creations_that_took_longer_than_this_one_has_lasted() -> None:
    found = estimate([float(number) for number in range(1, 101)], 80.0)
    assert (found.p50, found.p95, found.creations) == (90.0, 99.0, 20)


def test_one_that_has_lasted_longer_than_nearly_all_before_has_no_estimate() -> None:
    found = estimate([30.0] * 95 + [90.0] * 4, 60.0)
    assert (found.p50, found.p95, found.creations) == (None, None, 4)


def test_an_estimate_never_says_what_did_not_happen() -> None:
    found = estimate([10.0, 20.0, 30.0, 40.0, 50.0], 0.0)
    assert (found.p50, found.p95) == (30.0, 50.0)


def test_too_few_creations_say_nothing() -> None:
    found = estimate([10.0] * 4, 3.0)
    assert (found.elapsed, found.p50, found.p95, found.creations) == (3.0, None, None, 4)
