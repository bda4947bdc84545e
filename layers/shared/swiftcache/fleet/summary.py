"""What a pass of the reconciler has seen, in figures that are kept until the next has ended."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from swiftcache.instances.model import Instance


@dataclass(slots=True)
class FleetCount:
    """Of all organizations, without the warm pool. `memory` is the sum of the instances' `maxMemory`, in bytes."""

    organizations: int = 0
    memory: int = 0
    by_status: Counter[str] = field(default_factory=Counter)
    changing: int = 0
    recovering: int = 0
    not_answering: int = 0

    def add(self, instances: Iterable[Instance]) -> None:
        """Counts an organization with these instances."""
        self.organizations += 1
        for instance in instances:
            self.by_status[instance.status.value] += 1
            self.memory += instance.max_memory
            self.changing += instance.changing
            self.recovering += instance.recovering
            self.not_answering += instance.silent_since is not None


@dataclass(frozen=True, slots=True)
class FindingCount:
    """So many findings of a kind met this action; `failed` of them could not be put right."""

    kind: str
    action: str
    count: int
    failed: int


@dataclass(frozen=True, slots=True)
class PassSummary:
    """The last pass that came to its end, at `ended_at` (RFC 3339 in UTC).

    `instances` are by their status. `findings` are those of the record and of backups: what belongs to nobody is kept
    one by one, as candidates.
    """

    ended_at: str
    organizations: int
    memory: int
    instances: Mapping[str, int]
    changing: int
    recovering: int
    not_answering: int
    findings: tuple[FindingCount, ...] = ()

    @classmethod
    def of(cls, fleet: FleetCount, findings: tuple[FindingCount, ...], ended_at: str) -> Self:
        return cls(
            ended_at,
            fleet.organizations,
            fleet.memory,
            dict(fleet.by_status),
            fleet.changing,
            fleet.recovering,
            fleet.not_answering,
            findings,
        )
