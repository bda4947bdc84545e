"""What proving a backup needs of the world."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from swiftcache.backups.engines import Engine
from swiftcache.engines.model import EngineName
from swiftcache.instances.sizes import TaskSize


@dataclass(frozen=True, slots=True)
class ProofOrder:
    """A task to be started: `source` is a link to the backup, `report` one where it puts what Redis says.

    `token` is this start's own: whoever begins it again with the same starts nothing. `told` begins the keys of the
    objects by which the task is told the links: they stay until whoever has it started erases them.
    """

    backup_id: str
    token: str
    told: str
    engine: EngineName
    size: TaskSize
    size_bytes: int
    sha256: str
    source: str = field(repr=False)
    report: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ContainerEnd:
    """How a container of a task ended; None: it has not begun, or not ended."""

    exit_code: int | None
    out_of_memory: bool


@dataclass(frozen=True, slots=True)
class TaskEnd:
    """A task as it was last seen, with its containers by their names."""

    stopped: bool
    containers: Mapping[str, ContainerEnd]


class NotPlaced(Exception):
    """There is no room for a task now."""


class ProofTasks(Protocol):
    """All raise DependencyUnavailable."""

    def start(self, order: ProofOrder) -> str:
        """The task's ARN. Raises NotPlaced."""

    def of(self, backup_id: str) -> Sequence[str]:
        """The ARNs of its tasks that have not been told to stop."""

    def look(self, task: str) -> TaskEnd | None:
        """None if it is not known any more, or not yet."""

    def stop(self, task: str) -> None:
        """What has stopped, or is gone, is no error."""


class Engines(Protocol):
    """What the engines of this stack are: known from the last proof with each."""

    def known(self, name: EngineName) -> Engine | None:
        """None if none was made with it yet."""

    def note(self, engine: Engine) -> None: ...
