"""The house rules of the state machines, and that the lint finds what AWS would refuse."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from local import asl
from local.lint import complaints

each_machine = pytest.mark.parametrize("machine", [pytest.param(asl.load(name), id=name) for name in asl.names()])


def states(machine: dict[str, Any], caught: bool = False) -> Iterator[tuple[str, dict[str, Any], bool]]:
    """Each state, and whether what fails in it is caught further out."""
    for name, state in machine["States"].items():
        yield name, state, caught
        inside = caught or "Catch" in state
        for branch in [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]:
            yield from states(branch, inside)


EVERY_STATE = [
    pytest.param(name, state, caught, id=f"{machine}.{name}")
    for machine in asl.names()
    for name, state, caught in states(asl.load(machine))
]
each_state = pytest.mark.parametrize(("name", "state", "caught"), EVERY_STATE)


@each_machine
def test_the_machine_is_sound(machine: asl.Definition) -> None:
    assert list(complaints(machine)) == []


@each_machine
def test_the_machine_has_a_deadline(machine: asl.Definition) -> None:
    assert machine["TimeoutSeconds"] > 0


@each_state
def test_each_state_says_why(name: str, state: dict[str, Any], caught: bool) -> None:
    assert state["Comment"]


@each_state
def test_each_task_has_a_deadline_and_retries_with_jitter(name: str, state: dict[str, Any], caught: bool) -> None:
    if state["Type"] == "Task":
        assert state["TimeoutSeconds"] > 0
        assert state["Retry"]
        assert all(rule["JitterStrategy"] == "FULL" and rule["MaxAttempts"] > 0 for rule in state["Retry"])


@each_state
def test_retries_are_named(name: str, state: dict[str, Any], caught: bool) -> None:
    errors = [error for rule in state.get("Retry", []) for error in rule["ErrorEquals"]]
    assert not {"States.ALL", "States.TaskFailed"} & set(errors)


@each_state
def test_whatever_fails_is_caught(name: str, state: dict[str, Any], caught: bool) -> None:
    if state["Type"] in ("Task", "Parallel", "Map") and not caught:
        assert state["Catch"][-1]["ErrorEquals"] == ["States.ALL"]


@each_state
def test_choices_are_questions(name: str, state: dict[str, Any], caught: bool) -> None:
    assert (state["Type"] == "Choice") == bool(re.match("(Is|Has)[A-Z]", name))


@each_state
def test_no_state_reads_or_makes_a_secret_value(name: str, state: dict[str, Any], caught: bool) -> None:
    resource = state.get("Resource", "").lower()
    assert not resource.endswith(("getsecretvalue", "createsecret", "putsecretvalue", "getrandompassword"))


@each_machine
def test_the_caught_error_leads_to_a_fail_with_it(machine: asl.Definition) -> None:
    [fail] = [state for state in machine["States"].values() if state["Type"] == "Fail"]
    assert (fail["Error"], fail["Cause"]) == ("{% $failure.Error %}", "{% $failure.Step & ': ' & $failure.Cause %}")


def interruptible(states: dict[str, Any]) -> Iterator[str]:
    """The states at the top that wait for something, or hold what does, until a deletion ends it."""
    return (name for name, state in states.items() if "'interruptible': True" in str(state))


def test_what_makes_an_instance_serve_waits_interruptibly() -> None:
    assert {name for name in asl.names() if any(interruptible(asl.load(name)["States"]))} == {
        "provision_instance",
        "recover_instance",
        "resize_instance",
    }


@each_machine
def test_a_deletion_that_ends_a_wait_is_not_taken_for_a_failure(machine: asl.Definition) -> None:
    for name in interruptible(machine["States"]):
        catches = machine["States"][name]["Catch"]
        [superseded] = [catch for catch in catches if catch["ErrorEquals"] == ["InstanceSuperseded"]]
        assert catches.index(superseded) == 0
        assert machine["States"][superseded["Next"]]["Type"] != "Fail"


KEPT = "{% $merge([{'Cause': ''}, $states.errorOutput, {'Step': $states.context.State.Name}, $failure]) %}"
"""A caught error with the state in which it came, unless one came before."""


@each_state
def test_a_caught_error_is_kept_as_every_other(name: str, state: dict[str, Any], caught: bool) -> None:
    for catch in state.get("Catch", []):
        if catch["ErrorEquals"] == ["States.Timeout"] and "Assign" in catch:
            assert f"'Step': '{name}'" in str(catch["Assign"]["failure"]), "what did not come has a name of its own"
        elif catch["Next"] == "IsRedisTaskPlaced":
            assert catch["Assign"]["placementFailure"] == "{% $states.errorOutput.Cause %}", "TaskNotPlaced has it"
        else:
            assert catch.get("Assign", {}) in ({}, {"failure": KEPT})


def test_a_resize_starts_the_same_task_as_a_provisioning_but_aside() -> None:
    provision, resize = (asl.load(name)["States"] for name in ("provision_instance", "resize_instance"))
    registered = resize["RegisterTaskDefinition"]["Arguments"]
    [container] = registered["ContainerDefinitions"]
    [offset] = [entry for entry in container["Environment"] if entry["Name"] == "REDIS_PORT_OFFSET"]
    assert offset["Value"] == "1"
    offset["Value"] = "0"
    assert registered == provision["RegisterTaskDefinition"]["Arguments"]
    started, wanted = resize["StartRedisTask"]["Arguments"], provision["StartRedisTask"]["Arguments"]
    assert {name for name in started if started[name] != wanted[name]} == {"ClientToken", "Group", "Overrides"}
    assert str(started["Overrides"]).replace("'Value': '1'", "'Value': '0'") == str(wanted["Overrides"])


def broken(change: str) -> dict[str, Any]:
    machine = asl.load("provision_instance")
    found = machine["States"]
    match change:
        case "a transition to nowhere":
            found["IssueCredentials"]["Next"] = "Nowhere"
        case "an expression that does not parse":
            found["IssueCredentials"]["Assign"]["hostname"] = "{% $( %}"
        case "an argument that the service does not have":
            found["StartRedisTask"]["Arguments"]["Clustr"] = "x"
        case "an argument that is missing":
            del found["StartRedisTask"]["Arguments"]["TaskDefinition"]
        case "an error that is never raised":
            found["StartRedisTask"]["Retry"][0]["ErrorEquals"][0] = "ECS.ServerException"
        case "an action that the service does not have":
            found["StartRedisTask"]["Resource"] = "arn:aws:states:::aws-sdk:ecs:startRedis"
        case "a field that a state does not have":
            found["Provisioned"]["Resource"] = "x"
    return machine


@pytest.mark.parametrize(
    "change",
    [
        "a transition to nowhere",
        "an expression that does not parse",
        "an argument that the service does not have",
        "an argument that is missing",
        "an error that is never raised",
        "an action that the service does not have",
        "a field that a state does not have",
    ],
)
def test_the_lint_finds(change: str) -> None:
    assert list(complaints(broken(change)))
