"""What the last act of a deletion has to do with, in memory."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.final import DeletionSettler, FinalBackupService, WriteHold
from swiftcache.backups.model import Backup
from swiftcache.backups.restoring import BackupRestores
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.failure import Failure
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.service import InstanceService
from swiftcache.instances.status import Status
from swiftcache.pool.claims import WarmPool
from tests.fakes.backups import FakeBackups, FakeBackupStarter
from tests.fakes.final import FakeFinalBackupRecord, FakeWritePause
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.pool import FakeReadyMembers
from tests.fakes.proofs import FakeEngines
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.redis import FakeCredentials
from tests.samples import AT, DOMAIN, NOW, OFFERS, ORGANIZATION, a_caller, a_content, an_account, an_entry, an_instance

REQUIRED, BEST_EFFORT = FinalBackupMode.REQUIRED, FinalBackupMode.BEST_EFFORT
OWNER = a_caller(request_id="request-2")
TASK = Endpoint("203.0.113.10", 6379, "arn:task-1")
OTHER = Endpoint("203.0.113.11", 6379, "arn:task-2")
FAILURE = Failure("S3_UNAVAILABLE", "S3 took nothing.", "TakeBackup", "request-2")
RECOVERY = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)


def a_change(**different: Any) -> Change:
    change = Change("chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1, an_instance().eviction_policy, AT, "r")
    return replace(change, **different)


class World:
    def __init__(self) -> None:
        self.time = NOW
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.accounts = accounts
        self.instances = FakeInstances(accounts)
        self.backups = FakeBackups(accounts)
        self.starter = FakeBackupStarter()
        self.workflows = FakeWorkflows()
        self.record = FakeFinalBackupRecord(self.instances, self.backups)
        self.settler = DeletionSettler(self.instances, self.backups, self.record, self.now)
        self.final = FinalBackupService(self.instances, self.record, self.starter, self.settler, self.now)
        pool = WarmPool((), lambda: FakeReadyMembers(self.instances))
        restores = BackupRestores(self.backups, FakeEngines(), OFFERS)
        self.service = InstanceService(
            self.instances, self.workflows, pool, restores, self.final, OFFERS, DOMAIN, self.now
        )
        self.credentials = FakeCredentials()
        self.credentials.issue("inst_a1", "", "control")
        self.pause = FakeWritePause()
        self.writes = WriteHold(self.instances, self.record, self.credentials, self.pause, self.now)

    def now(self) -> datetime:
        return self.time

    def add(self, **different: Any) -> None:
        running = an_instance(status=Status.RUNNING, endpoint=TASK, hostname="a1.redis.example.com")
        self.instances.create(replace(running, **different), an_entry())

    def delete(self, mode: FinalBackupMode | None = REQUIRED) -> Status:
        return self.service.delete(OWNER, "inst_a1", mode)

    def change(self, **different: Any) -> None:
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(self.instance, **different)

    @property
    def instance(self) -> Instance:
        return self.instances.stored[ORGANIZATION, "inst_a1"]

    @property
    def backup(self) -> Backup:
        [*_, backup] = self.backups.stored.values()
        return backup

    def taken(self) -> None:
        self.backups.change(self.backup, self.backup.available(a_content(), NOW), None)

    def fails(self) -> None:
        self.backups.change(self.backup, self.backup.failed(FAILURE, NOW), None)

    def settle(self) -> None:
        self.settler.settle(ORGANIZATION, "inst_a1")

    def deleted(self) -> tuple[Status, str | None, str | None]:
        """The status, what the receipt will say of the backup, and why there is none."""
        final = self.instance.final_backup
        if final is None:
            return self.instance.status, None, None
        return self.instance.status, final.backup_id, final.failure.code if final.failure else None

    def audited(self) -> list[Action]:
        return [entry.action for entry in self.accounts.audit]


@pytest.fixture
def world() -> World:
    return World()
