"""What the matrix consists of: each call of each state machine, found in its file, times each fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sfnx.integrations import sdk_service

from local import asl

FOLDER = asl.FOLDER


@dataclass(frozen=True)
class TaskCall:
    """A Task state. `step` is the state of the top level that it belongs to: the one that a failure names."""

    machine: str
    state: str
    step: str
    resource: str
    timeout: float
    retries: tuple[Mapping[str, Any], ...]
    catches: tuple[Mapping[str, Any], ...] = ()

    @property
    def service(self) -> str:
        """The service as boto3 names it."""
        name = self.resource.removeprefix("arn:aws:states:::").removeprefix("aws-sdk:").partition(":")[0]
        model: str = sdk_service({"states": "sfn"}.get(name, name), self.resource).service_name
        return model

    def catcher_of(self, error: str) -> Mapping[str, Any] | None:
        """The Catch that is for this error, by its name; None if it is caught as any other."""
        return next((catch for catch in self.catches if error in catch["ErrorEquals"]), None)

    def retrier_of(self, error: str) -> Mapping[str, Any] | None:
        """The Retry that takes this error; None if the state does not try again."""
        return next((retry for retry in self.retries if error in retry["ErrorEquals"]), None)


def machines() -> list[str]:
    """The names of all state machines."""
    return asl.names(FOLDER)


def definition(machine: str) -> asl.Definition:
    return asl.load(machine, FOLDER)


def calls(machine: str) -> list[TaskCall]:
    """Its Task states in the order of the file, also those in branches of a Parallel and in a Map."""
    return [_call(machine, *found) for found in _tasks(definition(machine)["States"], None)]


def _tasks(states: Mapping[str, Any], step: str | None) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for name, state in states.items():
        if state["Type"] == "Task":
            yield name, step or name, state
        inner = [*state.get("Branches", []), *([state["ItemProcessor"]] if "ItemProcessor" in state else [])]
        for part in inner:
            yield from _tasks(part["States"], step or name)


def _call(machine: str, name: str, step: str, state: Mapping[str, Any]) -> TaskCall:
    timeout = float(state["TimeoutSeconds"])
    retries, catches = (tuple(state.get(kind, [])) for kind in ("Retry", "Catch"))
    return TaskCall(machine, name, step, state["Resource"], timeout, retries, catches)


@dataclass(frozen=True)
class Cell:
    """One call with one fault, on one journey through its machine. All are names, so that a process can be sent it."""

    journey: str
    state: str
    fault: str

    def __str__(self) -> str:
        return f"{self.journey}/{self.state}/{self.fault}"
