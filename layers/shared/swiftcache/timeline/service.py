"""What an organization reads of its instances' past: timelines, and receipts of deletions."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from swiftcache.access.identity import Caller
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.ports import Backups
from swiftcache.instances.change import ChangeKind
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import check_id, own_instance
from swiftcache.instances.ports import Instances, Receipts
from swiftcache.instances.receipt import Receipt
from swiftcache.instances.status import Status
from swiftcache.instances.workflow_names import creation_name, life_name
from swiftcache.platform.errors import NotFound
from swiftcache.timeline.model import (
    Estimate,
    Operation,
    OperationKind,
    RemainingBackups,
    Timeline,
    estimate,
    operation,
)
from swiftcache.timeline.ports import Creations, Histories

_RECENT = 100
"""So many creations make an estimate."""

_PAGE, _MOST_PAGES = 100, 10
"""Of backups a receipt counts so many."""


@dataclass(frozen=True, slots=True)
class TimelineService:
    """`now` gives the time with its zone."""

    instances: Instances
    histories: Histories
    creations: Creations
    receipts: Receipts
    backups: Backups
    now: Callable[[], datetime]

    def timeline(self, caller: Caller, instance_id: str) -> Timeline:
        """What has happened to an instance so far. Raises NotFound."""
        instance = own_instance(self.instances, caller, instance_id)
        operations = sorted(self._operations(instance), key=lambda found: found.started_at)
        return Timeline(instance.id, instance.status, tuple(operations), self._estimate(instance, operations))

    def receipt(self, caller: Caller, instance_id: str) -> Receipt:
        """What a deletion removed. Raises NotFound before it is done, and a day after."""
        check_id(instance_id)
        receipt = self.receipts.get(caller.organization_id, instance_id, self.now())
        if receipt is None:
            raise NotFound(f"there is no receipt for {instance_id}: it exists for 24 hours after the deletion is done")
        return receipt

    def remaining_backups(self, caller: Caller, instance_id: str) -> RemainingBackups:
        """Of one that is gone, as it is at this moment: they are removed one by one when their time is over."""
        found: list[Backup] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self.backups.of_instance(caller.organization_id, instance_id, _PAGE, cursor)
            found += [backup for backup in page.backups if backup.status is BackupStatus.AVAILABLE]
            cursor = page.cursor
            if cursor is None:
                break
        return RemainingBackups(tuple(found))

    def _estimate(self, instance: Instance, operations: Sequence[Operation]) -> Estimate | None:
        if instance.status is not Status.PROVISIONING:
            return None
        elapsed = self.now() - datetime.fromisoformat(instance.changed_at)
        recent = self.creations.recent(_RECENT, claimed=instance.claimed)
        waits = any(operation.waits_for_aws for operation in operations)
        return estimate(recent, elapsed.total_seconds(), waits_for_aws=waits)

    def _operations(self, instance: Instance) -> Iterator[Operation]:
        life = life_name(instance.id, instance.generation)
        name = creation_name(instance.id, generation=instance.generation, from_pool=instance.claimed)
        created = self.histories.read(OperationKind.CREATION, name)
        if created:
            yield operation(OperationKind.CREATION, 1, created)
        if instance.failure or instance.status is Status.PROVISIONING:
            yield from self._attempts(OperationKind.CLEAN_UP, f"rollback-{life}")
        if instance.change and instance.change.kind is ChangeKind.REPLACE:
            kind = OperationKind.REPLACEMENT if instance.change.reason else OperationKind.RESIZE
            yield from self._attempts(kind, f"resize-{instance.id}-{instance.change.id}")
        if instance.recovery:
            of = f"{instance.id}-{instance.recovery.id}"
            yield from self._attempts(OperationKind.RECOVERY, f"recover-{of}")
            yield from self._attempts(OperationKind.CLEAN_UP, f"rollback-{of}")
        if instance.status is Status.DELETING:
            yield from self._attempts(OperationKind.DELETION, f"delete-{life}")

    def _attempts(self, kind: OperationKind, of: str) -> Iterator[Operation]:
        """Each attempt has its number, from 0 on; they end at the first that was never started."""
        for attempt in count():
            record = self.histories.read(kind, f"{of}-{attempt}")
            if record is None:
                return
            yield operation(kind, attempt + 1, record)
