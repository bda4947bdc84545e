"""The machines' files can be read from top to bottom: first the straight way to success, then what else may come."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import pytest
from sfnx.testing import Call

from local import asl
from local.machine import Event, Machine
from tests.bench.lifecycle_on_aws import Operation, known, run
from tests.bench.stage_times import Typical
from tests.bench.virtual_time import BranchingClock

MOST_LINES = 4973
"""In all files together, so that whoever adds a state looks first for one that does its work already."""

States = dict[str, dict[str, Any]]

OTHER_WAYS: dict[str, tuple[dict[str, object], dict[str, object]]] = {
    "deliver_webhook": ({"webhookId": "wh_1", "event": {}}, {"SendWebhook": {"status": "DELIVERED"}}),
    "back_up_instance": (
        {
            "backupId": "bkp_1",
            "organizationId": "org_1",
            "instanceId": "inst_1",
            "requestId": "request",
            "kind": "MANUAL",
        },
        # Nobody sends a token back here: it is not its turn to be proved.
        {"TakeBackup": None, "StartProof": {"task": "", "seconds": 0, "refused": ""}},
    ),
    "empty_organization": (
        {"organizationId": "org_1", "statusVersion": 2, "requestId": "request", "attempt": 0},
        {"DeleteInstances": {"deleting": 0}, "RemoveOrganization": {}},
    ),
    "declare_instance": (
        {"requestId": "request", "seconds": 3600},
        {"ApplyDeclaration": {"settled": True, "instanceId": "inst_1"}, "TellStack": {}},
    ),
}
"""The input, and what the functions answer, of the machines whose runs nobody measures."""


def lists_of_states(machine: Mapping[str, Any]) -> Iterator[States]:
    """A machine's states, and those of each of its branches."""
    yield machine["States"]
    for state in machine["States"].values():
        for part in parts(state):
            yield from lists_of_states(part)


def parts(state: Mapping[str, Any]) -> list[Any]:
    return [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]


def in_order(machine: Mapping[str, Any]) -> Iterator[str]:
    """The names of all states, as they stand in the file."""
    for name, state in machine["States"].items():
        yield name
        for part in parts(state):
            yield from in_order(part)


EACH_LIST = [
    pytest.param(states, id=f"{name}.{next(iter(states))}")
    for name in asl.names()
    for states in lists_of_states(asl.load(name))
]


def goes_on_to(state: Mapping[str, Any]) -> set[str]:
    """Where a state leads if it does not fail."""
    found = {choice["Next"] for choice in state.get("Choices", [])}
    return found | {state[field] for field in ("Next", "Default") if field in state}


def from_there(states: States, start: str) -> set[str]:
    """All states that may come after one if nothing fails."""
    seen: set[str] = set()
    ahead = {start}
    while ahead:
        name = ahead.pop()
        ahead |= goes_on_to(states[name]) - seen
        seen |= goes_on_to(states[name])
    return seen


def straight_way(states: States) -> list[str]:
    """The upper part of a list of states: down to the first Succeed, or all of it."""
    names = list(states)
    ends = [number for number, state in enumerate(states.values()) if state["Type"] == "Succeed"]
    return names[: ends[0] + 1] if ends else names


def goes_down(machine: str, path: list[str]) -> None:
    order = list(in_order(asl.load(machine)))
    seen: set[str] = set()
    for here, there in pairwise(path):
        seen.add(here)
        assert there in seen or order.index(there) > order.index(here), f"from {here} back to {there}"


@pytest.mark.parametrize("operation", known(), ids=lambda operation: operation.name)
def test_a_run_in_which_nothing_fails_goes_down_the_file_or_round_a_loop(operation: Operation) -> None:
    path = list(run(operation, Typical()).path)
    goes_down(operation.machine, path)
    assert path[-1] == straight_way(asl.load(operation.machine)["States"])[-1]


@pytest.mark.parametrize("machine", OTHER_WAYS)
def test_a_backup_a_declaration_an_emptying_and_a_delivery_go_down_their_files(machine: str) -> None:
    given, answers = OTHER_WAYS[machine]
    path: list[str] = []

    def answer(call: Call) -> object:
        return {"StatusCode": 200, "Payload": answers[call.state]}

    def on_event(event: Event) -> None:
        if event.type.endswith("StateEntered"):
            path.append(str(event.details["name"]))

    Machine(asl.load(machine)).run(given, answer, clock=BranchingClock(), on_event=on_event)
    goes_down(machine, path)
    assert path[-1] == straight_way(asl.load(machine)["States"])[-1]


def test_each_machine_has_a_run_in_which_nothing_fails() -> None:
    assert {operation.machine for operation in known()} | set(OTHER_WAYS) == set(asl.names())


@pytest.mark.parametrize("states", EACH_LIST)
def test_down_to_its_success_every_way_of_a_machine_leads_down_or_round_a_loop(states: States) -> None:
    order = list(states)
    for name in straight_way(states):
        for following in goes_on_to(states[name]):
            loops = name in from_there(states, following)
            assert loops or order.index(following) > order.index(name), f"from {name} back to {following}"


@pytest.mark.parametrize("states", EACH_LIST)
def test_what_only_a_failure_leads_to_stands_below_the_success(states: States) -> None:
    first = next(iter(states))
    without_failure = {first} | from_there(states, first)
    above = straight_way(states)
    assert [name for name in above if states[name]["Type"] == "Fail" or name not in without_failure] == []


def test_the_files_have_no_more_lines_than_they_may() -> None:
    assert sum(len(file.read_text().splitlines()) for file in asl.files()) <= MOST_LINES
