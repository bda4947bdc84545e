"""What comes between the steps of a recovery: a deletion, other tasks. Each call with each fault is in tests/faults."""

import pytest

from swiftcache.instances.recovery_state import RecoveryStatus
from tests.statemachine.cloud import Answer, fails
from tests.statemachine.deletions import assert_no_failure, interrupted
from tests.statemachine.paths import RECOVER, lead_to
from tests.statemachine.recoveries import Mortal, assert_gone, start_another


def lead(mortal: Mortal, state: str) -> None:
    lead_to(mortal.cloud, state)
    if state in ("StopRedisTask", "AwaitStop", "DescribeStoppingTask"):
        start_another(mortal)


@pytest.mark.parametrize("state", RECOVER)
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(mortal: Mortal, state: str) -> None:
    cloud = mortal.cloud

    def while_deleting(answer: Answer) -> object:
        cloud.delete(mortal.id)
        return answer()

    lead(mortal, state)
    cloud.faults.plan(state, while_deleting)
    mortal.kill()
    assert_gone(mortal)
    assert state in cloud.faults.happened
    assert_no_failure(cloud, mortal.id)


def test_a_deletion_while_another_task_stops_is_not_a_failure(mortal: Mortal) -> None:
    cloud = mortal.cloud
    start_another(mortal)
    cloud.faults.plan("AwaitStop", interrupted(cloud, mortal.id))
    mortal.kill()
    assert_gone(mortal)
    assert cloud.faults.happened == ["AwaitStop"]
    assert_no_failure(cloud, mortal.id)


def test_a_task_that_was_cut_off_does_not_serve_beside_the_new_one(mortal: Mortal) -> None:
    other = start_another(mortal)
    assert other in mortal.tasks()
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()


def test_a_task_that_an_earlier_attempt_started_is_gone_on_with(mortal: Mortal) -> None:
    started: list[list[str]] = []

    def fail_after_it(answer: Answer) -> object:
        started.append(mortal.tasks())
        return fails("Injected")(answer)

    mortal.cloud.faults.plan("DescribeNetworkInterface", fail_after_it)
    mortal.kill()
    assert mortal.recovered().status is RecoveryStatus.SUCCEEDED
    assert started == [[mortal.serving]]
