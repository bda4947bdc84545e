"""What a workflow waits for, and when that has come.

what happens ─▶ noted ─┐
                       ├─ one item: whichever comes second sees both, so no event is missed
who waits ─▶ registered┘
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Subject:
    """What can be waited for: something of one instance, by its name: `TASK#<ARN>`, `RECORD#<id of the change>`."""

    instance_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Observation:
    """How a subject is. Of two observations the one with the higher `version` is the later one.

    `details` are for whoever waited for this status; `error` and `cause` for whoever waits for one that cannot come any
    more.
    """

    status: str
    version: int
    details: Mapping[str, str | int]
    error: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody waits, by a task token of Step Functions, until the subject has one of the statuses `until`.

    From one of the statuses `never` none of those can come any more. `interruptible`: it is no use to go on when the
    instance is deleted.
    """

    token: str
    until: tuple[str, ...]
    never: tuple[str, ...] = ()
    interruptible: bool = True

    def is_over(self, observation: Observation) -> bool:
        return observation.status in self.until or self.is_hopeless(observation)

    def is_hopeless(self, observation: Observation) -> bool:
        return observation.status in self.never


class TaskCondition(StrEnum):
    """What of a task can be waited for. ATTACHED: it has its network interface, and its image is being pulled."""

    ATTACHED = "ATTACHED"
    RUNNING = "RUNNING"
    STOPPED = "STOPPED"


_UP = ("PENDING", "ACTIVATING", "RUNNING")
_DOWN = ("DEACTIVATING", "STOPPING", "DEPROVISIONING", "STOPPED")


def task_wait(token: str, condition: TaskCondition, *, interruptible: bool) -> Wait:
    """For a task to come into this condition."""
    match condition:
        case TaskCondition.ATTACHED:
            return Wait(token, _UP, _DOWN, interruptible)
        case TaskCondition.RUNNING:
            return Wait(token, ("RUNNING",), _DOWN, interruptible)
        case TaskCondition.STOPPED:
            return Wait(token, ("STOPPED",), (), interruptible)
