"""Every call of a resize fails, in every way that matters. The instance has one of the two sizes, and all its data."""

from collections.abc import Iterator

import pytest

from swiftcache.domain.failure import explain_resize
from swiftcache.domain.instance import ChangeStatus
from tests.statemachine.cloud import Cloud, answers, fails, loses_reply
from tests.statemachine.paths import (
    RESIZE,
    SETTLING,
    UNDECIDED,
    lead_to,
    passing_error,
    placement_refused,
    still_pending,
)
from tests.statemachine.resizes import Resized, delete, new_instance, stopping

each_undecided_call = pytest.mark.parametrize("state", UNDECIDED)
each_settling_call = pytest.mark.parametrize("state", SETTLING)
each_call = pytest.mark.parametrize("state", RESIZE)


@pytest.fixture(scope="module")
def shared(shared_cloud: Cloud) -> Iterator[Resized]:
    resized = new_instance(shared_cloud)
    yield resized
    delete(resized)


@pytest.fixture
def resized(shared: Resized, cloud: Cloud) -> Resized:
    return shared


@each_undecided_call
def test_a_call_that_fails_for_good_leaves_the_old_task(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    resized.cloud.faults.plan(state, fails("Injected"))
    change = resized.resize()
    assert resized.executions(change) == [("FAILED", "Injected")]
    resized.assert_failed(change, explain_resize("Injected", state, "request-resize"))


@each_undecided_call
def test_an_error_that_should_pass_but_does_not_leaves_the_old_task(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    error = passing_error("resize_instance", state)
    resized.cloud.faults.plan(state, *[fails(error)] * 5)
    change = resized.resize()
    assert resized.executions(change) == [("FAILED", error)]
    resized.assert_failed(change, explain_resize(error, state, "request-resize"))


@each_settling_call
def test_a_failure_after_the_commit_is_repeated_until_it_is_done(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    error = passing_error("resize_instance", state)
    resized.cloud.faults.plan(state, fails("Injected"), *[fails(error)] * 5)
    change = resized.resize()
    *failed, last = resized.executions(change)
    assert failed[0] == ("FAILED", "Injected")
    assert last == ("SUCCEEDED", None)
    resized.assert_succeeded(change)


@each_call
def test_an_error_that_passes_is_outlived(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    passing = fails(passing_error("resize_instance", state))
    resized.cloud.faults.plan(state, passing, passing)
    change = resized.resize()
    assert resized.cloud.faults.happened.count(state) == 2
    assert resized.executions(change) == [("SUCCEEDED", None)]
    resized.assert_succeeded(change)


@each_call
def test_a_lost_reply_does_nothing_twice(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    resized.cloud.faults.plan(state, loses_reply)
    change = resized.resize()
    assert state in resized.cloud.faults.happened
    assert resized.executions(change) == [("SUCCEEDED", None)]
    resized.assert_succeeded(change)


@each_call
def test_an_execution_that_is_stopped_is_followed_by_one_that_settles(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    resized.cloud.faults.plan(state, stopping(resized.cloud))
    change = resized.resize()
    assert state in resized.cloud.faults.happened
    if state in UNDECIDED and state != "SwitchOver":
        resized.assert_failed(change, explain_resize("ABORTED", "execution", "request-resize"))
    else:
        resized.assert_succeeded(change)


@pytest.mark.parametrize("state", ["AbandonResize", *SETTLING])
def test_giving_up_is_repeated_until_it_is_done_and_keeps_the_first_cause(resized: Resized, state: str) -> None:
    lead_to(resized.cloud, state)
    resized.cloud.faults.plan("CheckReplication", fails("First"))
    resized.cloud.faults.plan(state, fails("Injected"), loses_reply)
    change = resized.resize()
    assert state in resized.cloud.faults.happened
    assert [error for _, error in resized.executions(change)] == ["First", "First"]
    resized.assert_failed(change, explain_resize("First", "CheckReplication", "request-resize"))


def test_a_switch_over_whose_answers_are_all_lost_is_not_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("SwitchOver", *[loses_reply] * 5)
    change = resized.resize()
    assert [status for status, _ in resized.executions(change)] == ["FAILED", "SUCCEEDED"]
    resized.assert_succeeded(change)


def test_a_task_that_never_runs_is_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("DescribeNewTask", *[answers(still_pending)] * 2000)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("ResizeTimedOut", "DescribeNewTask", "request-resize"))


def test_data_that_are_never_copied_are_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("CheckReplication", *[lambda _: {"Payload": {"close": False}}] * 2000)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("ResizeTimedOut", "CheckReplication", "request-resize"))


def test_a_lack_of_capacity_is_given_up_after_some_tries(resized: Resized) -> None:
    resized.cloud.faults.plan("StartRedisTask", *[lambda _: placement_refused(None)] * 5)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("TaskNotPlaced", "StartRedisTask", "request-resize"))


def test_a_failed_change_can_be_asked_for_again(resized: Resized) -> None:
    resized.cloud.faults.plan("SwitchOver", fails("Injected"))
    failed = resized.resize()
    again = resized.resize()
    assert (failed.status, failed.max_memory) == (ChangeStatus.FAILED, again.max_memory)
    resized.assert_succeeded(again)


def test_a_new_redis_that_does_not_start_leaves_the_old_one(resized: Resized) -> None:
    secrets = resized.cloud.client("secretsmanager")
    good = secrets.get_secret_value(SecretId="certificate")["SecretString"]
    broken = '{"certificate": "no", "privateKey": "no", "authority": "no"}'
    secrets.put_secret_value(SecretId="certificate", SecretString=broken)
    try:
        change = resized.resize()
    finally:
        secrets.put_secret_value(SecretId="certificate", SecretString=good)
    assert change.failure
    assert change.failure.code in ("REDIS_STOPPED", "RESIZE_FAILED")
    resized.assert_failed(change, change.failure)
