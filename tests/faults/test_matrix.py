"""That the matrix is whole, and that a cell can fail."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from local import asl
from local.lint import complaints as lint
from swiftcache.api.routes import ACCESS
from swiftcache.instances.failure import explain
from tests.faults import api, cells, report
from tests.faults.faults import FAULTS, throttling_error, throttling_errors
from tests.faults.journeys import call_of, cells_of
from tests.faults.recovering import JOURNEYS
from tests.faults.report import Row
from tests.faults.verdict import Complaint, End, Execution, Kind, Observed, Promise, judge
from tests.faults.world import plain

MACHINE = {
    "Comment": "x",
    "QueryLanguage": "JSONata",
    "TimeoutSeconds": 9,
    "StartAt": "New",
    "States": {"New": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 5, "End": True}},
}


def task_states(part: object) -> list[str]:
    """Every Task state in a definition, however deep."""
    if isinstance(part, list):
        return [name for inner in part for name in task_states(inner)]
    if not isinstance(part, dict):
        return []
    here = [name for name, state in part.get("States", {}).items() if state["Type"] == "Task"]
    return here + [name for inner in part.values() for name in task_states(inner)]


@pytest.mark.parametrize("machine", cells.machines())
def test_each_call_of_each_machine_meets_each_fault(machine: str) -> None:
    states = set(task_states(cells.definition(machine)))
    of_it = {journey.name for journey in JOURNEYS if journey.machine == machine}
    met = {(cell.state, cell.fault) for cell in cells_of(list(JOURNEYS)) if cell.journey in of_it}
    assert states
    assert met == {(state, fault) for state in states for fault in FAULTS}


def test_there_are_seven_faults() -> None:
    assert list(FAULTS) == ["before", "lost-reply", "throttled", "permanent", "times-out", "twice", "aborted"]


def test_a_machine_without_a_journey_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / f"new_machine{asl.SUFFIX}").write_text(json.dumps(MACHINE))
    monkeypatch.setattr(cells, "FOLDER", tmp_path)
    with pytest.raises(LookupError, match="new_machine"):
        cells_of(list(JOURNEYS))


def test_a_call_that_no_journey_comes_to_is_an_error() -> None:
    with pytest.raises(LookupError, match="DescribeFailedTask"):
        cells_of([journey for journey in JOURNEYS if journey.name != "provision, after a failure"])


def test_a_route_that_writes_and_is_not_asked_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api, "ACCESS", {**ACCESS, "POST /api/v1/new": None})
    with pytest.raises(LookupError, match="POST /api/v1/new"):
        api.cells()


@pytest.mark.parametrize("machine", cells.machines())
def test_each_call_is_tried_again_when_it_is_throttled(machine: str) -> None:
    assert list(lint(cells.definition(machine))) == []
    assert all(throttling_errors(call) for call in cells.calls(machine))


def test_a_throttling_that_is_not_tried_again_is_an_error() -> None:
    call = replace(call_of("provision_instance", "AwaitRecord"), retries=())
    with pytest.raises(LookupError, match="AwaitRecord does not try again"):
        throttling_error(call)


@pytest.mark.parametrize(
    ("state", "other"),
    [("StartRedisTask", "Ecs.InvalidParameterException"), ("RegisterTaskDefinition", "Ecs.ClientException")],
)
def test_a_throttling_under_another_name_that_is_not_tried_again_is_an_error(state: str, other: str) -> None:
    found = call_of("provision_instance", state)
    retries = [
        {**rule, "ErrorEquals": [name for name in rule["ErrorEquals"] if name != other]} for rule in found.retries
    ]
    call = replace(found, retries=tuple(retries))
    with pytest.raises(LookupError, match=f"{state} does not try again when it is throttled"):
        throttling_errors(call)


FAILURE = explain("Injected", "StartRedisTask", "request-1")
PROMISE = Promise(
    (End("RUNNING", None, "SUCCEEDED", None), End("ERROR", FAILURE, "FAILED", "Injected")),
    attempts=1,
    deadline_seconds=600,
)
FIRST = Execution("provision-inst_1", "SUCCEEDED", None)
GOOD = Observed(1, 1, "RUNNING", None, FIRST, (FIRST,), seconds=30, counts=((1, 1),))
FAILED = Execution("provision-inst_1", "FAILED", "Injected")
AGAIN = (Execution("delete-inst_1-0", "FAILED", "Injected"), Execution("delete-inst_1-1", "SUCCEEDED", None))


def test_a_kept_promise_is_no_complaint() -> None:
    assert judge(PROMISE, GOOD) == []
    assert judge(PROMISE, replace(GOOD, status="ERROR", failure=FAILURE, first=FAILED)) == []


@pytest.mark.parametrize(
    ("kind", "observed"),
    [
        (Kind.LEAK, replace(GOOD, left={"tasks": ["arn"]})),
        (Kind.LOST_CAUSE, replace(GOOD, status="ERROR", failure=None, first=FAILED)),
        (Kind.LOST_CAUSE, replace(GOOD, status="ERROR", failure=replace(FAILURE, step="RollBack"), first=FAILED)),
        (Kind.LOST_CAUSE, replace(GOOD, status="ERROR", failure=FAILURE, first=replace(FAILED, error="Other"))),
        (Kind.STATUS, replace(GOOD, status="PROVISIONING")),
        (Kind.STATUS, replace(GOOD, silent="connection refused")),
        (Kind.COUNT, replace(GOOD, counts=((2, 1),))),
        (Kind.DEADLINE, replace(GOOD, seconds=601)),
        (Kind.DEADLINE, replace(GOOD, executions=(replace(FIRST, status="RUNNING"),))),
        (Kind.DEADLINE, replace(GOOD, executions=AGAIN)),
        (Kind.UNREACHED, replace(GOOD, happened=0)),
        (Kind.BROKEN, replace(GOOD, happened=1, planned=2)),
        (Kind.BROKEN, replace(GOOD, first=None)),
    ],
)
def test_whatever_is_wrong_is_a_complaint(kind: Kind, observed: Observed) -> None:
    assert [complaint.kind for complaint in judge(PROMISE, observed)] == [kind]


def row(fault: str, *kinds: Kind) -> Row:
    return Row("machine", "way", "State", fault, tuple(Complaint(kind, "why") for kind in kinds))


def test_the_summary_counts_cells() -> None:
    rows = [row("before"), row("twice", Kind.LEAK, Kind.LEAK), row("aborted", Kind.LOST_CAUSE)]
    assert report.summary(rows) == {"cells": 3, "passed": 1, "leaks": 1, "lost_causes": 1}


def test_the_table_marks_each_cell() -> None:
    marks = Counter(report.table([row("before"), row("twice", Kind.LEAK)]))
    assert (marks[report.GOOD], marks[report.BAD]) == (1, 1)


def test_what_is_new_each_time_does_not_tell_two_worlds_apart() -> None:
    one = {"PK": {"S": "ORG#org_a1"}, "keys": {"M": {"key_b": {"S": "x"}, "key_a": {"S": "y"}}}}
    other = {"PK": {"S": "ORG#org_c3"}, "keys": {"M": {"key_d": {"S": "y"}, "key_e": {"S": "x"}}}}
    assert plain(one) == plain(other)
    assert plain(one) != plain({**one, "revision": {"N": "2"}})
