"""A reconciler between fakes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from swiftcache.fleet.backup_check import BackupCheck
from swiftcache.fleet.findings import ReconcileRequest, Report
from swiftcache.fleet.instance_reconciler import InstanceReconciler
from swiftcache.fleet.orphans import GRACE, CloudResource, ResourceKind
from swiftcache.fleet.reconciler import Reconciler
from swiftcache.fleet.removal import OrphanRemover
from swiftcache.fleet.resumption import WorkResumer
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from tests.fakes.backups import FakeBackupCounts, FakeBackups
from tests.fakes.emptying import FakeEmptying
from tests.fakes.fleet import (
    FakeDnsRecords,
    FakeExecutions,
    FakeInventory,
    FakeOrphanItemScan,
    FakeReconcileCheckpoints,
    FakeRecordIndex,
    FakeRecoveryStarter,
    FakeTasks,
)
from tests.fakes.instances import FakeInstances
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.fakes.webhooks import FakeSigningSecrets
from tests.samples import DOMAIN, NOW, ORGANIZATION, an_account, an_entry, an_instance

ORPHAN = "inst_orphan"


def resource(kind: ResourceKind = ResourceKind.TASK, owner: str = ORPHAN, name: str = "") -> CloudResource:
    return CloudResource(kind, name or f"{kind}-{owner}", owner)


class World:
    """Two inventories, that of a machine's executions the second, and the records in the zone."""

    def __init__(self) -> None:
        self.time = NOW
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.record_index = FakeRecordIndex(self.instances)
        self.parts, self.others = FakeInventory(), FakeInventory()
        self.dns_records = FakeDnsRecords()
        self.item_scan = FakeOrphanItemScan()
        self.checkpoints = FakeReconcileCheckpoints()
        self.workflows = FakeWorkflows()
        self.executions = FakeExecutions()
        self.secrets = FakeSigningSecrets()
        self.tasks = FakeTasks()
        self.recovery_starter = FakeRecoveryStarter()
        self.emptying = FakeEmptying()
        self.backups = FakeBackups(self.accounts)
        self.objects = FakeObjectStore(now=lambda: self.time)
        resumer = WorkResumer(self.workflows, FakeRecoveryWorkflow(), self.emptying, self.executions)
        remover = OrphanRemover(
            self.workflows,
            self.executions,
            self.secrets,
            self.item_scan,
            self.instances,
            self.tasks,
            lambda: self.time,
        )
        self.reconciler = Reconciler(
            self.record_index,
            [self.parts, self.others],
            self.dns_records,
            self.item_scan,
            self.checkpoints,
            resumer,
            remover,
            self.tasks,
            self.recovery_starter,
            BackupCheck(self.backups, FakeBackupCounts(self.accounts), self.objects, lambda: self.time),
            DOMAIN,
            lambda: self.time,
        )
        self.one = InstanceReconciler(
            self.instances, self.record_index, [self.parts], self.dns_records, resumer, remover, DOMAIN
        )

    def holding(self, name: str = "inst_a1", **different: Any) -> Instance:
        instance = an_instance(id=name, max_memory=1, **{"status": Status.RUNNING} | different)
        self.instances.create(instance, an_entry())
        return instance

    def report(self, out_of_time: Callable[[], bool] = lambda: False, **request: Any) -> Report:
        return self.reconciler.run(ReconcileRequest("reconcile-1", **request), out_of_time)

    def run(self, **request: Any) -> set[tuple[str, str, str]]:
        """What one pass finds: kind, owner, action."""
        return {(found.kind, found.owner, found.action) for found in self.report(**request).findings}

    def later(self, time: timedelta = GRACE) -> "World":
        self.time += time
        return self
