"""A task dies in the middle of a resize: the resize ends, and whoever is to serve then is recovered.

At every second call: one takes two seconds, and their neighbours differ by little.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest

from swiftcache.changes.replication import RedisReplication
from swiftcache.changes.replication_ports import Pair
from swiftcache.instances import recovery_state as rules
from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.sizes import MIN_MEMORY
from tests.statemachine.cloud import Answer, Cloud, Fault, wait_for
from tests.statemachine.paths import SETTLING, UNDECIDED, lead_to
from tests.statemachine.recoveries import Mortal, delete, new_instance
from tests.statemachine.resizes import LARGER


@pytest.fixture
def mortal(cloud: Cloud) -> Iterator[Mortal]:
    """It keeps its data, and so comes to every call of a resize."""
    mortal = new_instance(cloud, persistence=True)
    yield mortal
    if cloud.find(mortal.id):
        delete(mortal)


def dying(mortal: Mortal, *, other: bool = False) -> Fault:
    """The task that serves dies before the call, or the other one does."""

    def fault(answer: Answer) -> object:
        serving = mortal.serving
        [task] = [task for task in mortal.tasks() if task != serving] if other else [serving]
        mortal.kill(task)
        if not other:
            wait_for(lambda: mortal.instance.recovering)
        return answer()

    return fault


def resize(mortal: Mortal) -> None:
    """To the larger size; returns when the change has ended, and all executions."""
    mortal.cloud.ask_for_resize(mortal.id, LARGER)
    wait_for(lambda: not mortal.instance.changing, seconds=60)
    mortal.cloud.quiet(60)


@pytest.mark.parametrize("state", UNDECIDED[::2])
def test_the_old_task_dies_before_the_commit(mortal: Mortal, state: str) -> None:
    lead_to(mortal.cloud, state)
    mortal.cloud.faults.plan(state, dying(mortal))
    resize(mortal)
    assert state in mortal.cloud.faults.happened
    assert mortal.instance.change
    assert mortal.instance.change.failure
    assert (mortal.instance.change.status, mortal.instance.max_memory) == (ChangeStatus.FAILED, MIN_MEMORY)
    assert mortal.recovered().cause is Cause.REDIS_STOPPED
    mortal.assert_whole()


@pytest.mark.parametrize("state", ["UpsertServingAddress", "ListRedisTasks"])
def test_the_old_task_dies_after_the_commit(mortal: Mortal, state: str) -> None:
    mortal.cloud.faults.plan(state, dying(mortal, other=True))
    resize(mortal)
    assert mortal.instance.change
    assert (mortal.instance.change.status, mortal.instance.max_memory) == (ChangeStatus.SUCCEEDED, LARGER)
    assert mortal.instance.recovery is None
    mortal.assert_whole()


def test_the_old_task_dies_between_the_commit_and_the_handing_over(
    mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_the_commit(mortal, monkeypatch, lambda: mortal.kill(other_task(mortal)))
    resize(mortal)
    assert mortal.instance.change
    assert mortal.instance.change.status is ChangeStatus.SUCCEEDED
    assert mortal.instance.recovery is None
    mortal.assert_whole()


def test_the_new_task_dies_between_the_commit_and_the_handing_over(
    mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_the_commit(mortal, monkeypatch, mortal.kill)
    resize(mortal)
    assert mortal.instance.change
    assert (mortal.instance.change.status, mortal.instance.max_memory) == (ChangeStatus.SUCCEEDED, LARGER)
    mortal.recovered()
    mortal.assert_whole()


@pytest.mark.parametrize("state", SETTLING[::2])
def test_the_new_task_dies_after_it_took_over(mortal: Mortal, state: str) -> None:
    lead_to(mortal.cloud, state)
    mortal.cloud.faults.plan(state, dying(mortal))
    resize(mortal)
    assert state in mortal.cloud.faults.happened
    assert mortal.instance.change
    assert (mortal.instance.change.status, mortal.instance.max_memory) == (ChangeStatus.SUCCEEDED, LARGER)
    mortal.recovered()
    mortal.assert_whole()


def test_a_recovery_that_is_given_up_waits_for_the_end_of_the_resize(
    mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "MOST_DEATHS", 1)
    mortal.cloud.faults.plan("UpsertServingAddress", dying(mortal))
    resize(mortal)
    mortal.cloud.wait(mortal.id, "ERROR")
    mortal.cloud.quiet()
    assert mortal.instance.change
    assert mortal.instance.change.status is ChangeStatus.SUCCEEDED
    assert set(mortal.cloud.left(mortal.id)) == {"volumes", "folders"}


def other_task(mortal: Mortal) -> str:
    [task] = [task for task in mortal.tasks() if task != mortal.serving]
    return task


def after_the_commit(mortal: Mortal, monkeypatch: pytest.MonkeyPatch, happen: Callable[[], None]) -> None:
    """Lets something happen once, before the new task is handed what the old one did."""
    hand_over, left = RedisReplication.hand_over, [happen]

    def fault(self: RedisReplication, pair: Pair, users: Mapping[str, str]) -> None:
        if left:
            left.pop()()
        hand_over(self, pair, users)

    monkeypatch.setattr(RedisReplication, "hand_over", fault)
