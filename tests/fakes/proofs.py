"""What proving a backup needs of the world, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from swiftcache.backups.engines import Engine
from swiftcache.backups.ports import ObjectStore
from swiftcache.backups.proof_ports import ContainerEnd, NotPlaced, ProofOrder, TaskEnd
from swiftcache.engines.model import EngineName
from tests.fakes.object_store import FakeObjectStore


@dataclass
class FakeEngines:
    """`engine` is that of Redis."""

    engine: Engine | None = None
    valkey: Engine | None = None

    def known(self, name: EngineName) -> Engine | None:
        return self.engine if name is EngineName.REDIS else self.valkey

    def note(self, engine: Engine) -> None:
        if engine.name == EngineName.REDIS:
            self.engine = engine
        else:
            self.valkey = engine


@dataclass
class FakeProofTasks:
    """`refused`: why there is no room for a task. A task runs until it is ended or stopped.

    What it is told lies in `objects`.
    """

    objects: ObjectStore = field(default_factory=FakeObjectStore)
    refused: str = ""
    orders: dict[str, ProofOrder] = field(default_factory=dict)
    ends: dict[str, TaskEnd] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)

    def start(self, order: ProofOrder) -> str:
        self.objects.put(f"{order.told}fetch.env", order.source.encode())
        if self.refused:
            raise NotPlaced(self.refused)
        task = f"task-{order.token}"
        self.orders[task] = order
        return task

    def of(self, backup_id: str) -> Sequence[str]:
        return [
            task
            for task, order in self.orders.items()
            if order.backup_id == backup_id and task not in self.stopped and task not in self.ends
        ]

    def look(self, task: str) -> TaskEnd | None:
        if task in self.ends:
            return self.ends[task]
        return TaskEnd(task in self.stopped, {}) if task in self.orders else None

    def stop(self, task: str) -> None:
        self.stopped.append(task)

    def end(self, task: str, **codes: int | None) -> None:
        """Each container with its exit code."""
        self.end_as(task, {name: ContainerEnd(code, False) for name, code in codes.items()})

    def end_as(self, task: str, containers: Mapping[str, ContainerEnd]) -> None:
        self.ends[task] = TaskEnd(True, containers)
