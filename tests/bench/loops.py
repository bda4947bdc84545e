"""The polling loops of a state machine, found in its file, and what each costs in transitions."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from sfnx import testing

from local.machine import Machine

WHY = {
    "WaitForVolume": "an access point takes a few seconds, and a task that comes too early cannot mount it",
    "WaitForPlacement": "five tries for a place; only where ECS has no capacity",
    "WaitForAddress": "the interface has its public address when ECS tells of it, or a moment later",
    "WaitForMaker": "only where an instance is deleted while it is made: its execution ends within seconds",
    "WaitForData": "Redis loads what was restored, and says how far it is only when it is asked",
    "WaitForReplica": "the copy must be close, but goes on by itself",
    "WaitForTurn": "a crash loop's next start, or the end of a resize, which decides who serves",
}
"""Why each polls, by the state that waits in it. For a task and for a record the machines wait by a task token."""


@dataclass(frozen=True, slots=True)
class Loop:
    """One loop: the state that waits in it, how long, and the states of a round, itself the first."""

    wait: str
    seconds: str
    states: tuple[str, ...]

    def transitions(self, entered: Counter[str]) -> int:
        """What its rounds cost in an execution that entered these states."""
        return entered[self.wait] * len(self.states)


def loops(machine: Machine) -> tuple[Loop, ...]:
    """All loops in which the machine waits, in the order of its file."""
    ways = {name: _next(state) for name, state in machine.states.items()}
    found = []
    for name, state in machine.states.items():
        if state["Type"] == "Wait" and (around := _shortest_way_back(name, ways)):
            found.append(Loop(name, str(state.get("Seconds", state.get("Timestamp"))), around))
    return tuple(found)


def _next(state: Mapping[str, object]) -> tuple[str, ...]:
    """Where a state goes when nothing fails."""
    without_failures = {key: value for key, value in state.items() if key != "Catch"}
    return tuple(str(target) for target, _ in testing.transitions(without_failures))


def _shortest_way_back(start: str, ways: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The states from one to itself; empty if there is no way."""
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        state = waiting.popleft()
        for target in ways[state]:
            if target == start:
                way = [state]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                return tuple(reversed(way))
            if target not in came_from:
                came_from[target] = state
                waiting.append(target)
    return ()
