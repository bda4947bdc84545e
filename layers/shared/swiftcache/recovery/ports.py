"""What recovering a lost task needs of the world.

    begin ─▶ start_attempt ─▶ (begin_with) ─▶ mark_recovered
                   └────────▶ (mark_error, once it is given up)

Every write is conditional: the instance is RUNNING, and this recovery is under way. So a deletion ends it wherever it
is.
"""

from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause, Recovery, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.silence import Silence


@dataclass(frozen=True, slots=True)
class LostTask:
    """A task that has stopped: its ARN, whose it was, and why."""

    instance_id: str
    task: str
    cause: Cause


@dataclass(frozen=True, slots=True)
class Recovering:
    """The recovery that a workflow is about, and which of its executions this is: `attempt` counts from 0.

    Nobody asked for it, so its id also stands where other workflows have a request's.
    """

    organization_id: str
    instance_id: str
    recovery_id: str
    attempt: int = 0


class Recoveries(Protocol):
    """The record of recoveries."""

    def begin(self, instance: Instance, task: str, recovery: Recovery, audit: AuditEntry) -> bool:
        """Stores that the task with this ARN, which served the instance, is lost.

        False, and nothing is stored, unless the instance is RUNNING, that task still is the one that serves, and no
        recovery is under way.
        """

    def start_attempt(self, recovering: Recovering, *, stopped: bool, refused: bool, not_loaded: bool) -> Instance:
        """Stores which execution is at work, so that a deletion can wait for its end; again, it changes nothing.

        `stopped`: the task that the attempt before started is lost too, which is one more death.
        `refused`: that attempt ended with one of REFUSALS. `not_loaded`: its task began with a backup and did not come
        to have it, so that it is to be decided anew what a task begins with. Raises InstanceSuperseded where the record
        does not want this attempt any more.
        """

    def begin_with(self, recovering: Recovering, restore: Restore | None, started_empty: StartedEmpty | None) -> None:
        """Stores what this attempt's task begins with; again, it changes nothing.

        With a backup also that the instance has task definitions of its own from now on. Raises InstanceSuperseded.
        """

    def mark_recovered(self, recovering: Recovering, endpoint: Endpoint, audit: AuditEntry) -> None:
        """The task at `endpoint` serves, and is to be configured from the record. Again, it changes nothing.

        Raises InstanceSuperseded.
        """


class LatestBackups(Protocol):
    def latest(self, instance: Instance, max_memory: int) -> Restore | None:
        """The newest backup of the instance that a task of so many bytes of `maxmemory` can begin with."""

    def link(self, restore: Restore) -> str:
        """Where the task gets it, for as long as its start may take. It is a secret."""


class Silences(Protocol):
    """The record of tasks that do not answer."""

    def store(self, instance: Instance, silence: Silence | None, audit: AuditEntry | None = None) -> bool:
        """Puts it in the place of the instance's, as it was read, with the entry of the audit log if there is one.

        False, and nothing is stored, unless the instance is RUNNING, with the task and the silence of its reading.
        """


class RecoveryWorkflow(Protocol):
    def start(self, recovering: Recovering, first_error: FirstError | None = None, last_error: str = "") -> None:
        """Starts an attempt; starting one again does nothing.

        A later one is told why there had to be another: the first error of all, and the name of the last.
        """


class InstanceFinder(Protocol):
    def find(self, instance_id: str) -> Instance | None:
        """The instance with this id, in whichever organization. What changed in the last moments may be missing."""
