"""What all drivers have in common: they bring about one execution that passes through a call, and see how it ends."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from swiftcache.instances.failure import Failure
from swiftcache.instances.stores import instances as instances_provider
from tests.faults.cells import Cell, TaskCall, calls, definition, machines
from tests.faults.faults import FAULTS, TIMEOUT, FaultKind
from tests.faults.verdict import Complaint, End, Execution, Observed, Promise, judge
from tests.statemachine.clock import FastClock
from tests.statemachine.cloud import Cloud, Fault
from tests.statemachine.executions import stop

LONGEST_WAIT_SECONDS = 90
"""Real time, for a cell that does not end as it should."""

Leads = Mapping[str, list[tuple[str, list[Fault]]]]
"""For a state off the straight way: what must happen to the calls of which state before it."""


@dataclass(frozen=True)
class Situation:
    """One cell on its way."""

    cloud: Cloud
    call: TaskCall
    fault: FaultKind
    error: str

    @property
    def aborted(self) -> bool:
        return self.error == "ABORTED"

    @property
    def passes(self) -> bool:
        """Whether the machine must outlive it. Where an event does not come in time, some look for themselves."""
        return self.fault.passes or (self.error == TIMEOUT and self.call.catcher_of(TIMEOUT) is not None)


@dataclass(frozen=True)
class Result:
    """What a journey ended with. `executions` are all that belong to it, `first` the name of the first."""

    status: str
    failure: Failure | None
    first: str
    belonging: str
    left: Mapping[str, list[str]]
    silent: str = ""


class Journey(ABC):
    """One way through a machine. A new one is used for each running service, for all of its cells.

    `without` are the states that it never comes to: others must be on another journey. `follows` are the machines that
    may have to end what this one began.
    """

    name: ClassVar[str]
    machine: ClassVar[str]
    without: ClassVar[frozenset[str]] = frozenset()
    leads: ClassVar[Leads] = {}
    follows: ClassVar[tuple[str, ...]] = ()

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    @abstractmethod
    def go(self, situation: Situation) -> Result:
        """Brings the execution about and waits until it has ended, as well as what follows from it."""

    @abstractmethod
    def ends(self, situation: Situation) -> list[End]:
        """The ways in which it may end."""

    @abstractmethod
    def prepare(self) -> None:
        """Makes what must be there before, where nothing fails yet."""

    def run(self, call: TaskCall, fault: FaultKind) -> list[Complaint]:
        """One cell. Nothing is left of it in the service."""
        cloud = self.cloud
        forget_faults(cloud)
        self.prepare()
        situation = Situation(cloud, call, fault, fault.error(call))
        own = {found.state for found in calls(self.machine)}
        for before, faults in self.leads.get(call.state, []):
            if before in own:
                cloud.faults.plan(before, *faults)
        planned = fault.plan(call, lambda: stop(cloud, self.machine))
        cloud.faults.plan(call.state, *planned)
        clock = FastClock()
        began = clock.now()
        result = self.go(situation)
        seconds = clock.now() - began
        executions = sorted(
            (Execution(*ended) for ended in cloud.ended(result.belonging)), key=lambda found: found.name
        )
        observed = Observed(
            happened=cloud.faults.happened.count(call.state),
            planned=max(1, cloud.faults.happened.count(call.state)) if fault.lasts else len(planned),
            status=result.status,
            failure=result.failure,
            first=next((found for found in executions if found.name == result.first), None),
            executions=executions,
            seconds=seconds,
            left={**result.left, **leaked_resources(cloud)},
            counts=counts(cloud),
            silent=result.silent,
        )
        attempts = self.attempts(situation)
        complaints = judge(Promise(self.ends(situation), attempts, self.deadline(attempts)), observed)
        forget_faults(cloud)
        return complaints + self.clear()

    def clear(self) -> list[Complaint]:
        """Removes what the cell has left in good order; what is wrong with that."""
        return []

    def attempts(self, situation: Situation) -> int:
        """How many executions the same work may take."""
        return 1 if situation.passes else 2

    def deadline(self, attempts: int) -> float:
        """In the machine's seconds: what the machines themselves allow, for each attempt."""
        return float(attempts * sum(definition(name)["TimeoutSeconds"] for name in (self.machine, *self.follows)))


def until(condition: Callable[[], bool]) -> None:
    """Waits for it, but not for ever: what is then is judged."""
    end = time.monotonic() + LONGEST_WAIT_SECONDS
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)


def quiet(cloud: Cloud) -> None:
    until(lambda: not cloud.running())


def forget_faults(cloud: Cloud) -> None:
    cloud.faults.planned.clear()
    cloud.faults.happened.clear()


def surplus(cloud: Cloud, instance_id: str, *allowed: str) -> dict[str, list[str]]:
    """What there is of an instance beyond one of each, and one folder in its volume, which is `.`.

    Of the `allowed` there may be more for as long as it lives.
    """
    left = {kind: [name for name in names if name != "."] for kind, names in cloud.left(instance_id).items()}
    return {kind: names for kind, names in left.items() if len(names) > 1 and kind not in allowed}


def leaked_resources(cloud: Cloud) -> dict[str, list[str]]:
    """Processes of redis-server that are no task's."""

    def extra() -> list[str]:
        arns = cloud.client("ecs").list_tasks(cluster=cloud.stack.outputs["ClusterName"])["taskArns"]
        return sorted(set(cloud.processes()) - {arn.rpartition("/")[2] for arn in arns})

    until(lambda: not extra())
    return {"processes": found} if (found := extra()) else {}


def counts(cloud: Cloud) -> list[tuple[int, int]]:
    """Instances and memory of the organization: as it counts them, and as they are."""
    instances = instances_provider(cloud.injector).page(cloud.caller.organization_id, 100, None).instances
    return [(cloud.count(), len(instances)), (cloud.memory_used(), sum(found.max_memory for found in instances))]


def cells_of(journeys: "list[type[Journey]]") -> list[Cell]:
    """All of the matrix. Raises LookupError for a machine or a call that no journey comes to."""
    found = []
    for machine in machines():
        ways = [journey for journey in journeys if journey.machine == machine]
        if not ways:
            raise LookupError(f"{machine}: tests/faults/drivers.py has no journey through this machine")
        for call in calls(machine):
            through = [journey for journey in ways if call.state not in journey.without]
            if not through:
                raise LookupError(f"{machine}: no journey in tests/faults/drivers.py comes to {call.state}")
            found += [Cell(journey.name, call.state, fault) for journey in through for fault in FAULTS]
    return found


def call_of(machine: str, state: str) -> TaskCall:
    [found] = [call for call in calls(machine) if call.state == state]
    return found
