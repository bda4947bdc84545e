"""The history of an execution as GetExecutionHistory tells it: which event follows which, branches included.

The interpreter tells which state it enters and which calls it makes. What lies between follows from the definition:
a state is left when the next one is entered, a Parallel has started when a branch is entered, and so on. Each event
names the one before it in its own branch, which is how a reader tells interleaved branches apart.

Left out: TaskSubmitted, EvaluationFailed, and the events of branches that AWS aborts when another has failed, since
here the branches of a Parallel run one after the other.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

DETAILS = {
    "TaskScheduled": "taskScheduledEventDetails",
    "TaskStarted": "taskStartedEventDetails",
    "TaskSucceeded": "taskSucceededEventDetails",
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "MapStateStarted": "mapStateStartedEventDetails",
    "MapIterationStarted": "mapIterationStartedEventDetails",
    "MapIterationSucceeded": "mapIterationSucceededEventDetails",
    "MapIterationFailed": "mapIterationFailedEventDetails",
    "ExecutionStarted": "executionStartedEventDetails",
    "ExecutionSucceeded": "executionSucceededEventDetails",
    "ExecutionFailed": "executionFailedEventDetails",
    "ExecutionAborted": "executionAbortedEventDetails",
    "ExecutionTimedOut": "executionTimedOutEventDetails",
}
DATA = frozenset({"input", "inputDetails", "output", "outputDetails", "parameters"})
"""What is left out of the details when the execution's data is not asked for."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a state stands: in the top level, or in a branch of the Parallel or Map `around` it."""

    type: str
    around: str | None
    first: bool
    last: bool


def places(definition: Mapping[str, Any], around: str | None = None) -> Iterator[tuple[str, Place]]:
    """Every state of a definition, by name: names are unique in the whole of it."""
    for name, state in definition["States"].items():
        last = bool(state.get("End")) or state["Type"] == "Succeed"
        yield name, Place(state["Type"], around, first=name == definition["StartAt"], last=last)
        inner = [state["ItemProcessor"]] if "ItemProcessor" in state else state.get("Branches", [])
        for branch in inner:
            yield from places(branch, name)


@dataclass(slots=True)
class _Scope:
    """One level of states: `state` is where it stands, `tail` its last event, `start` the one that began it."""

    around: str | None
    start: int
    tail: int
    state: str | None = None
    failed: bool = False
    iteration: int = 0


class History:
    """Collects the events of one execution. `events` may be read at any time."""

    def __init__(self, definition: Mapping[str, Any]) -> None:
        self.events: list[Json] = []
        self._places = dict(places(definition))
        self._scopes = [_Scope(None, 0, 0)]

    def enter(self, name: str) -> None:
        """The next state of the execution."""
        place = self._places[name]
        scope = self._scopes[-1]
        if place.around is not None and place.around == scope.state:
            self._open(place.around)
        else:
            while self._scopes[-1].around != place.around:
                self._close()
            self._go_on(place)
        self.add(f"{place.type}StateEntered", {"name": name})
        scope = self._scopes[-1]
        scope.state, scope.failed = name, place.type == "Fail"

    def add(self, kind: str, details: Mapping[str, Any]) -> None:
        """An event in the branch where the execution stands."""
        scope = self._scopes[-1]
        event = {"timestamp": time.time(), "type": kind, "id": len(self.events) + 1, "previousEventId": scope.tail}
        name = "stateEnteredEventDetails" if kind.endswith("StateEntered") else DETAILS.get(kind)
        name = "stateExitedEventDetails" if kind.endswith("StateExited") else name
        self.events.append(event | ({name: dict(details)} if name else {}))
        scope.tail = len(self.events)
        if kind in ("TaskScheduled", "TaskFailed", "TaskTimedOut"):
            scope.failed = kind != "TaskScheduled"

    def end(self, kind: str, details: Mapping[str, Any]) -> None:
        """The last event: how the execution ended."""
        if kind in ("ExecutionSucceeded", "ExecutionFailed"):
            while len(self._scopes) > 1:
                self._close()
        if kind == "ExecutionSucceeded":
            self._leave()
        self.add(kind, details)

    def _open(self, holder: str) -> None:
        kind = self._places[holder].type
        self.add(f"{kind}StateStarted", {})
        tail = self._scopes[-1].tail
        self._scopes.append(_Scope(holder, tail, tail))
        if kind == "Map":
            self.add("MapIterationStarted", {"name": holder, "index": 0})

    def _go_on(self, place: Place) -> None:
        """From one state to the next of the same branch, or from the end of a branch to the start of the next."""
        scope = self._scopes[-1]
        ended = scope.state is not None and self._places[scope.state].last and not scope.failed
        self._leave()
        if scope.around is None or not (ended and place.first):
            return
        if self._places[scope.around].type == "Map":
            self.add("MapIterationSucceeded", {"name": scope.around, "index": scope.iteration})
            scope.iteration += 1
            scope.tail = scope.start
            self.add("MapIterationStarted", {"name": scope.around, "index": scope.iteration})
        else:
            scope.tail = scope.start

    def _close(self) -> None:
        """The end of the Parallel or Map in which the execution stands."""
        scope = self._scopes[-1]
        assert scope.around is not None
        assert scope.state is not None
        succeeded = self._places[scope.state].last and not scope.failed
        ending = "Succeeded" if succeeded else "Failed"
        if succeeded:
            self._leave()
        kind = self._places[scope.around].type
        if kind == "Map":
            self.add(f"MapIteration{ending}", {"name": scope.around, "index": scope.iteration})
        self._scopes.pop()
        self._scopes[-1].tail = scope.tail
        self.add(f"{kind}State{ending}", {})

    def _leave(self) -> None:
        scope = self._scopes[-1]
        if scope.state is None:
            return
        kind = self._places[scope.state].type
        if kind != "Fail":
            self.add(f"{kind}StateExited", {"name": scope.state})
        scope.state, scope.failed = None, False


def without_data(event: Json) -> Json:
    """The event as it is told to whoever does not ask for the execution's data."""
    return {
        name: {key: kept for key, kept in value.items() if key not in DATA} if isinstance(value, dict) else value
        for name, value in event.items()
    }
