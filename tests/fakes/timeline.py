"""What timelines are read from, in memory."""

from dataclasses import dataclass, field

from swiftcache.timeline.model import OperationKind, WorkflowRecord
from swiftcache.timeline.ports import Creation


@dataclass
class FakeCreations:
    added: dict[tuple[str, str], Creation] = field(default_factory=dict)

    def add(self, creation: Creation) -> None:
        self.added[creation.at, creation.instance_id] = creation

    def recent(self, limit: int, *, claimed: bool = False) -> list[float]:
        found = [made for _, made in sorted(self.added.items(), reverse=True) if made.claimed == claimed]
        return [creation.seconds for creation in found[:limit]]


@dataclass
class FakeHistories:
    records: dict[tuple[OperationKind, str], WorkflowRecord] = field(default_factory=dict)

    def read(self, kind: OperationKind, name: str) -> WorkflowRecord | None:
        return self.records.get((kind, name))
