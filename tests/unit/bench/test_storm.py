"""Small storms on the real machines, and what the part says of a storm."""

from dataclasses import replace
from typing import Any

import pytest

from tests.bench.lines import Line
from tests.bench.storm import BESIDE, HUNDRED, LOST_ZONE, STORMS, Found, Storm, beside, break_out, summary, why


def test_a_few_creations_all_come_to_be_running() -> None:
    found = break_out(Storm("few", creations=3))
    assert len(found.waits) == 3
    assert found.last >= max(found.waits)
    assert (found.failed, found.executions, sum(found.refused.values())) == (0, 3, 0)


def test_the_same_seed_gives_the_same_storm() -> None:
    storm = Storm("some", creations=6, losses=3, deletions=3)
    assert break_out(storm, seed=2) == break_out(storm, seed=2) != break_out(storm, seed=3)


def test_a_few_that_lost_their_tasks_are_served_again_by_others() -> None:
    found = break_out(Storm("lost", losses=2))
    assert len(found.waits) == 2
    assert found.calls["Fargate RunTask"] == 2


def test_a_few_deletions_leave_nothing() -> None:
    found = break_out(Storm("deleted", deletions=2))
    assert (found.removed, found.waits, found.failed) == (2, (), 0)


def test_a_few_with_networks_of_their_own_have_a_group_each_and_take_it_away() -> None:
    found = break_out(Storm("limited", creations=2, deletions=3, limited=True))
    assert (len(found.waits), found.removed, found.failed) == (2, 3, 0)
    assert (found.calls["EC2 CreateSecurityGroup"], found.calls["EC2 DeleteSecurityGroup"]) == (2, 3)


def test_more_groups_at_once_than_ec2_makes_are_waited_for() -> None:
    found = break_out(Storm("limited burst", creations=150, limited=True), over=1.0)
    assert (len(found.waits), found.failed) == (150, 0)
    assert found.refused["EC2 CreateSecurityGroup"] > 0


def test_each_instance_of_a_burst_is_served_and_aws_refuses_some() -> None:
    found = break_out(Storm("burst", losses=150))
    assert (len(found.waits), found.failed) == (150, 0)
    assert sum(found.refused.values()) > 0
    assert "refused" in why(found)


def a_found(**different: Any) -> Found:
    return replace(Found((30.0, 40.0), 45.0, 60.0, 0, 0, 2, {"Route 53": 10}, {"Route 53": 4}, 3, 1), **different)


def line(storm: Storm, found: Found, name: str) -> Line:
    return next(line for line in summary(storm, found) if line.name == f"{storm.name}: {name}")


def test_the_lines_say_how_many_when_and_what_was_refused() -> None:
    storm = Storm("two", creations=2, within=50)
    assert line(storm, a_found(), "RUNNING").met
    assert line(storm, a_found(), "the last RUNNING after").met
    assert line(storm, a_found(), "p50").value == 30
    refused = line(storm, a_found(), "refused by Route 53")
    assert (refused.value, refused.baseline) == (4, 10)
    assert not line(storm, a_found(last=60.0), "the last RUNNING after").met


def test_the_lines_say_how_often_an_organization_was_too_busy_with_itself() -> None:
    storm = Storm("two", creations=2)
    asked_again = line(storm, a_found(), "answered 503, and asked again")
    assert (asked_again.value, asked_again.baseline) == (1, 2)
    assert line(storm, a_found(), "writes that met a transaction").value == 3


def test_an_organization_alone_creates_a_hundred_in_a_second_and_none_is_refused_for_another() -> None:
    found = break_out(Storm("crowd", creations=100), over=1.0)
    assert (len(found.waits), found.failed, found.unavailable, found.conflicts) == (100, 0, 0, 0)


def test_one_in_error_misses_the_goal_and_is_told_why() -> None:
    failed = line(Storm("two", creations=2), a_found(failed=1, waits=(30.0,)), "ERROR")
    assert not failed.met
    assert failed.why == "Route 53 refused 4 of 10; 2 executions were needed in all"


def test_a_storm_of_losses_speaks_of_who_is_served_again_and_who_is_given_up() -> None:
    names = [line.name for line in summary(LOST_ZONE, a_found())]
    assert f"{LOST_ZONE.name}: served again" in names
    assert f"{LOST_ZONE.name}: given up" in names


@pytest.mark.parametrize(("last", "met"), [(67.0, True), (68.0, False)])
def test_deletions_may_cost_creations_half_as_much_again(last: float, met: bool) -> None:
    assert beside(a_found(last=last), a_found(last=45.0)).met is met


def test_the_names_of_all_lines_are_unique() -> None:
    names = [line.name for storm in STORMS for line in summary(storm, a_found())]
    assert len(names) == len(set(names))
    assert BESIDE.creations == HUNDRED.creations
