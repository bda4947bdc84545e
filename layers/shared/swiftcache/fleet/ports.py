"""What the reconciler needs of the world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from swiftcache.fleet.orphans import CloudResource, OrphanCandidates
from swiftcache.fleet.summary import PassSummary
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause
from swiftcache.organizations.model import Limits, Organization

_NOTHING = Limits(0, 0)


@dataclass(frozen=True, slots=True)
class OrganizationSnapshot:
    """An organization with what it has. `usage_version` counts the changes of what it uses.

    `reserved` is what creations have taken whose instances are not written yet; `settled` are the instances whose
    creation is over for certain, and has left its reservation.

    `request_id` is that of the request which gave it its present status.
    """

    organization: Organization
    instances: tuple[Instance, ...]
    webhooks: tuple[str, ...]
    usage_version: int
    request_id: str
    reserved: Limits = _NOTHING
    settled: tuple[str, ...] = ()

    @property
    def uses(self) -> Limits:
        """What its instances really take, and those that are being written. Its backups have their own turn."""
        return replace(
            self.organization.used,
            instances=len(self.instances) + self.reserved.instances,
            memory=sum(instance.reserved_memory for instance in self.instances) + self.reserved.memory,
        )


class RecordIndex(Protocol):
    """Who is in the record."""

    def fleet(self) -> Iterator[tuple[str, str]]:
        """The organization's id and the own of every instance. What changed in the last moments may be missing."""

    def is_in_fleet(self, instance_id: str) -> bool:
        """Whether `fleet` has it, in whichever organization."""

    def organizations(self) -> Iterator[str]:
        """The ids of all. What changed in the last moments may be missing."""

    def snapshot(self, organization_id: str) -> OrganizationSnapshot | None:
        """Strongly consistent reads. What is changed between them may be seen or not: `correct` notices."""

    def pool(self) -> Sequence[Instance]:
        """The members of the warm pool, which have no snapshot, by strongly consistent reads."""

    def correct(self, snapshot: OrganizationSnapshot) -> bool:
        """Makes what is left of its limits agree with what it uses.

        False, and nothing is changed, if what it uses has changed since the snapshot was read.
        """


class Inventory(Protocol):
    """All resources of one kind that have names of ours, a page at a time."""

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        """Some of them, and where the next page begins; None after the last."""


class Parts(Inventory, Protocol):
    """All resources of a kind that instances have."""

    def of(self, instance_id: str) -> Sequence[CloudResource]:
        """Those of one instance."""


class DnsRecords(Protocol):
    """The records of instances in the hosted zone. Others' lie there too, even under domains like ours."""

    def page(self, domains: Sequence[str], token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        """Some of those under these domains, and where the next page begins; None after the last.

        `domains` are in order, and none between two pages of one listing is too many or too few: a page more, or less.
        """

    def named(self, dns_name: str, instance_id: str) -> Sequence[CloudResource]:
        """That of one instance."""


class OrphanItemScan(Protocol):
    """Scans the table, some items a pass, for such that belong to an organization.

    An item's name is `<PK>/<SK>`.
    """

    def page(self, token: str | None) -> tuple[Sequence[CloudResource], str | None]:
        """Some of the items, and where the next scan begins; None at the end of the table."""

    def belongs(self, item: CloudResource) -> bool:
        """Whether the item is gone, or its organization is there after all, by strongly consistent reads."""

    def remove(self, item: CloudResource) -> None: ...


class WorkflowKind(StrEnum):
    """What a state machine does."""

    PROVISION = "provision"
    DEPROVISION = "deprovision"
    RESIZE = "resize"
    RECOVER = "recover"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True)
class Attempt:
    """An execution. `error` names what it ended with, `first_error` is what it was started for, or the same."""

    number: int
    running: bool
    first_error: FirstError
    error: str


class Executions(Protocol):
    def find(self, kind: WorkflowKind, name: str) -> Attempt | None:
        """The execution of this name, which has no number: 0."""

    def latest(self, kind: WorkflowKind, name: str) -> Attempt | None:
        """The last of those that are named `<name>-<number>`, which count from 0. None if there is none."""

    def stop(self, execution: CloudResource) -> None:
        """Does nothing if it has ended."""


class Tasks(Protocol):
    def gone(self, tasks: Sequence[str]) -> set[str]:
        """Those of these tasks, by their ARNs, that have stopped or are not known any more."""

    def stop(self, task: str) -> None: ...


class RecoveryStarter(Protocol):
    def task_lost(self, instance: Instance, task: str, cause: Cause) -> bool:
        """Begins the recovery of an instance whose serving task, by its ARN, is no more. Whether it did."""


@dataclass(frozen=True, slots=True)
class ReconcileCheckpoint:
    """Where a pass is. `stage` and `token` say where it goes on, `scan_token` where the scan of the table does.

    `found` are its candidates, `before` those of the last complete pass, and `summary` is what that one has seen.
    `version` is of the stored checkpoint, `stages` how many there were: with another release others stand at a number.
    """

    version: int = 0
    stage: int = 0
    token: str | None = None
    scan_token: str | None = None
    found: OrphanCandidates = field(default_factory=OrphanCandidates)
    before: OrphanCandidates = field(default_factory=OrphanCandidates)
    summary: PassSummary | None = None
    stages: int = 0


class ReconcileCheckpoints(Protocol):
    def load(self) -> ReconcileCheckpoint: ...

    def store(self, checkpoint: ReconcileCheckpoint) -> ReconcileCheckpoint:
        """As the next version, which it answers. Raises RecordChanged if another pass has stored one meanwhile."""


class ReconcileTrigger(Protocol):
    def start(self, organization_id: str, instance_id: str) -> None:
        """Has the reconciler look at this instance soon. Raises DependencyUnavailable."""
