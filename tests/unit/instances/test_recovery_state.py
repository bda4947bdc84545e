"""How long a task that dies is replaced, and how its end is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.instances.failure import explain_recovery
from swiftcache.instances.recovery_state import (
    MOST_ATTEMPTS,
    MOST_DEATHS,
    QUIET,
    Cause,
    Recovery,
    RecoveryStatus,
    back_off,
    is_hopeless,
    next_deaths,
)
from tests.samples import AT, NOW

LOST = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.REDIS_STOPPED, AT)
DONE = replace(LOST, status=RecoveryStatus.SUCCEEDED, ended_at=AT, deaths=3)


def test_the_first_death_begins_a_row() -> None:
    assert next_deaths(None, NOW) == 1


def test_a_death_soon_after_a_recovery_goes_on_with_the_row() -> None:
    assert next_deaths(DONE, NOW + QUIET - timedelta(milliseconds=1)) == 4


def test_a_quiet_time_ends_the_row() -> None:
    assert next_deaths(DONE, NOW + QUIET) == 1


def test_the_first_task_comes_at_once_and_each_later_one_waits_twice_as_long() -> None:
    assert [back_off(replace(LOST, deaths=deaths)) for deaths in range(1, MOST_DEATHS)] == [0, 2, 4, 8]


def test_what_aws_refused_never_ends_in_giving_it_up() -> None:
    assert not is_hopeless(replace(LOST, attempt=100, refusals=91))
    assert is_hopeless(replace(LOST, attempt=100, refusals=90))


@pytest.mark.parametrize(
    ("deaths", "attempt", "hopeless"),
    [
        (1, 0, False),
        (MOST_DEATHS - 1, MOST_ATTEMPTS - 1, False),
        (MOST_DEATHS, 0, True),
        (1, MOST_ATTEMPTS, True),
    ],
)
def test_a_recovery_is_given_up_after_so_many_deaths_or_attempts(deaths: int, attempt: int, hopeless: bool) -> None:
    assert is_hopeless(replace(LOST, deaths=deaths, attempt=attempt)) is hopeless


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (Cause.REDIS_STOPPED, "stopped by itself"),
        (Cause.OUT_OF_MEMORY, "more memory than its task has"),
        (Cause.TASK_LOST, "was lost"),
    ],
)
def test_a_crash_loop_says_of_what_it_died(cause: Cause, said: str) -> None:
    failure = explain_recovery(replace(LOST, cause=cause, deaths=5), "TaskStopped", "VerifyRedis", "rec_1")
    assert (failure.code, failure.step, failure.request_id) == ("CRASH_LOOP", "VerifyRedis", "rec_1")
    assert said in failure.message
    assert "5 in a row" in failure.message


def test_a_task_that_cannot_be_started_says_why() -> None:
    failure = explain_recovery(replace(LOST, attempt=10), "TaskNotPlaced", "StartRedisTask", "rec_1")
    assert failure.code == "RECOVERY_FAILED"
    assert "AWS had no capacity" in failure.message


def test_the_words_of_aws_are_not_told() -> None:
    failure = explain_recovery(replace(LOST, attempt=10), "Ecs.EcsException", "StartRedisTask", "rec_1")
    assert "A part of the infrastructure could not be set up" in failure.message
    assert "Ecs" not in failure.message
