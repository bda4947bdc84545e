"""What goes wrong in resizes for longer than one call: the instance has one of the two sizes, and all its data.

Each single call with each fault is in tests/faults.
"""

import os
import signal
from collections.abc import Iterator

import pytest

from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.failure import explain_resize
from tests.statemachine.clock import SPEED
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply
from tests.statemachine.paths import no_event, placement_refused, still_pending
from tests.statemachine.recoveries import process_of
from tests.statemachine.resizes import Resized, delete, new_instance

MACHINE_WAITS_SECONDS = 90
"""For a task that is to stop; then the attempt fails."""


@pytest.fixture(scope="module")
def shared(shared_cloud: Cloud) -> Iterator[Resized]:
    resized = new_instance(shared_cloud, persistence=True)
    yield resized
    delete(resized)


@pytest.fixture
def resized(shared: Resized, cloud: Cloud) -> Resized:
    return shared


def test_a_switch_over_whose_answers_are_all_lost_is_not_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("SwitchOver", *[loses_reply] * 5)
    change = resized.resize()
    assert [status for status, _ in resized.executions(change)] == ["FAILED", "SUCCEEDED"]
    resized.assert_succeeded(change)


def test_a_task_that_never_runs_is_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("AwaitNewTask", *[no_event] * 20)
    resized.cloud.faults.plan("DescribeNewTask", *[answers(still_pending)] * 20)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("ResizeTimedOut", "AwaitNewTask", "request-resize"))


def test_data_that_are_never_copied_are_given_up(resized: Resized) -> None:
    resized.cloud.faults.plan("CheckReplication", *[lambda _: {"Payload": {"close": False}}] * 2000)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("ResizeTimedOut", "CheckReplication", "request-resize"))


def test_a_lack_of_capacity_is_given_up_after_some_tries(resized: Resized) -> None:
    resized.cloud.faults.plan("StartRedisTask", *[lambda _: placement_refused(None)] * 300)
    change = resized.resize()
    resized.assert_failed(change, explain_resize("TaskNotPlaced", "StartRedisTask", "request-resize"))


def test_a_new_redis_that_does_not_heed_its_stop_is_gone_in_the_same_attempt(resized: Resized) -> None:
    """As one does not that is writing its first append-only file."""
    cloud = resized.cloud
    [serving] = cloud.left(resized.id)["tasks"]
    deaf: list[str] = []

    def deafen(answer: Answer) -> object:
        deaf.extend(task for task in cloud.left(resized.id)["tasks"] if task != serving)
        for task in deaf:
            os.kill(process_of(cloud, task), signal.SIGSTOP)
        return answer()

    cloud.faults.plan("CheckReplication", fails("First"))
    cloud.faults.plan("StopRedisTask", deafen)
    change = resized.resize()
    assert resized.executions(change) == [("FAILED", "First")]
    [stopped] = cloud.client("ecs").describe_tasks(cluster=cloud.stack.outputs["ClusterName"], tasks=deaf)["tasks"]
    assert (stopped["stoppedAt"] - stopped["stoppingAt"]).total_seconds() * SPEED < MACHINE_WAITS_SECONDS
    resized.assert_failed(change, explain_resize("First", "CheckReplication", "request-resize"))


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
