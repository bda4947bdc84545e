"""Journeys through the backup of an instance."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import redis

from swiftcache.backups.failure import explain_backup, explain_import
from swiftcache.backups.hold_wiring import final_backup_record
from swiftcache.backups.model import Backup
from swiftcache.backups.proof_wiring import proof_tasks
from swiftcache.backups.service import NewBackup
from swiftcache.backups.transfer import NewImport
from swiftcache.backups.transfer_wiring import transfer_service
from swiftcache.backups.wiring import backup_service, backups, object_store
from swiftcache.fleet.backup_check import PROVED
from swiftcache.fleet.findings import ReconcileRequest, Report
from swiftcache.fleet.reconciler_wiring import backup_check
from swiftcache.instances.final_backup import OVERDUE, FinalBackupMode
from swiftcache.instances.model import Instance
from swiftcache.platform.timestamps import timestamp
from tests.faults.cells import calls
from tests.faults.drivers import create, first_execution, settle, status_of
from tests.faults.journeys import Journey, Leads, Result, Situation, quiet, surplus, until
from tests.faults.verdict import Complaint, End
from tests.foreign_rdbs import SMALL
from tests.statemachine.backups import left_of, reports_of
from tests.statemachine.cloud import Cloud, fails, wait_for
from tests.statemachine.owned import Owned

EVERY_CALL = frozenset(call.state for call in calls("back_up_instance"))
FIRST = "NotEnoughHeadroom"
AFTER_ITS_PROOF = frozenset({"DescribeProof", "PostponeProof", "SettleDeletion"})
PROVING = frozenset({"StartProof", "AwaitProof", "DescribeProof", "RecordProof"})
WAIT_SECONDS = 300
"""Real time: one try may take 15 minutes of the machine's."""


class BackingUp(Journey):
    """From the request to AVAILABLE, or to FAILED with nothing left. One instance serves for all cells of a service."""

    name = "back up"
    machine = "back_up_instance"
    without: ClassVar[frozenset[str]] = frozenset({"CheckImport", "FailBackup", *AFTER_ITS_PROOF})
    instance_id = ""

    def prepare(self) -> None:
        self.instance_id = create(self.cloud, persistence=False).instance.id
        settle(self.cloud, self.instance_id)

    def begin(self) -> Backup:
        return backup_service(self.cloud.injector).create(self.cloud.caller, self.instance_id, NewBackup())

    def go(self, situation: Situation) -> Result:
        cloud = self.cloud
        backup = self.begin()
        end = time.monotonic() + WAIT_SECONDS
        while not cloud.ended(backup.id) and time.monotonic() < end:
            time.sleep(0.01)
        while cloud.running() and time.monotonic() < end:
            time.sleep(0.01)
        found = backups(cloud.injector).get(cloud.caller.organization_id, backup.id)
        assert found
        silent = ""
        if found.content:
            kept = object_store(cloud.injector).find(found.object_key, found.content.version)
            whole = kept is not None and kept.size_bytes == found.content.size_bytes
            silent = "" if whole else f"S3 has {kept}"
        if situation.aborted:
            self.clear_up(found)
        left = {kind: names for kind, names in {"of its proof": reports_of(cloud, found)}.items() if names}
        if not found.content:
            left |= left_of(cloud, found)
        return Result(found.status.value, found.failure, f"backup-{backup.id}", backup.id, left, silent)

    def clear_up(self, backup: Backup) -> None:
        """What the reconciler does of a proof that was stopped in the middle; its task ends by itself."""
        injector, later = self.cloud.injector, datetime.now(UTC) + 2 * PROVED
        wait_for(lambda: not proof_tasks(injector).of(backup.id))
        check, request = replace(backup_check(injector), now=lambda: later), ReconcileRequest("request-1", backups=True)
        check.run([], request, Report(), lambda: False)

    def ends(self, situation: Situation) -> list[End]:
        available = End("AVAILABLE", None, *first_execution(situation))
        if situation.call.state in PROVING and not situation.aborted:
            # It is as good as without, and is tried later.
            return [End("AVAILABLE", None, "SUCCEEDED", None)]
        if situation.passes or situation.aborted:
            return [available]
        failure = explain_backup(situation.error, situation.call.step, self.cloud.caller.request_id)
        return [End("FAILED", failure, *first_execution(situation))]

    def attempts(self, situation: Situation) -> int:
        return 1

    def clear(self) -> list[Complaint]:
        self.cloud.delete(self.instance_id)
        settle(self.cloud, self.instance_id)
        quiet(self.cloud)
        return []


class FailedBackingUp(BackingUp):
    """From a Redis that has no memory for it to FAILED, with that as its cause."""

    name = "back up, after a failure"
    without = EVERY_CALL - {"FailBackup"}
    leads: ClassVar[Leads] = {"FailBackup": [("TakeBackup", [fails(FIRST)])]}

    def ends(self, situation: Situation) -> list[End]:
        failure = explain_backup(FIRST, "TakeBackup", self.cloud.caller.request_id)
        ended = ("ABORTED", None) if situation.aborted else ("FAILED", FIRST)
        if situation.passes or situation.aborted:
            return [End("FAILED", failure, *ended)]
        # Whoever looks at what is due makes up for it.
        return [End("CREATING", None, *ended)]


class UnheardProof(BackingUp):
    """A proof whose task ends, and nobody tells of that."""

    name = "back up, unheard"
    without = EVERY_CALL - {"DescribeProof"}
    leads: ClassVar[Leads] = {"DescribeProof": [("AwaitProof", [fails("States.Timeout")])]}


class PostponedProof(BackingUp):
    """A proof that cannot be begun, so that it is left to later."""

    name = "back up, unproved"
    without = EVERY_CALL - {"PostponeProof"}
    leads: ClassVar[Leads] = {"PostponeProof": [("StartProof", [fails("Lambda.Unknown")])]}

    def ends(self, situation: Situation) -> list[End]:
        return [End("AVAILABLE", None, *first_execution(situation))]


class Deleting(BackingUp):
    """The last act of a deletion, to nothing; or the instance stays and takes writes."""

    name = "back up, before a deletion"
    without = EVERY_CALL - {"TakeBackup", "SettleDeletion"}
    owned: Owned

    def prepare(self) -> None:
        self.owned = Owned(self.cloud)

    def go(self, situation: Situation) -> Result:
        cloud, owned = self.cloud, self.owned
        owned.delete(FinalBackupMode.REQUIRED)
        [begun] = owned.backups()
        until(lambda: bool(cloud.ended(begun.id)) and not cloud.running())
        if (instance := cloud.find(owned.id)) and instance.awaits_final_backup:
            late(cloud, instance)
            cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
        until(lambda: not cloud.find(owned.id) or owned.error() is not None)
        quiet(cloud)
        [backup] = owned.backups()
        status = status_of(cloud, owned.id)
        left = {} if backup.content else left_of(cloud, backup)
        left |= cloud.left(owned.id) if status == "GONE" else surplus(cloud, owned.id)
        return Result(
            f"{backup.status} {status}",
            backup.failure,
            f"backup-{backup.id}",
            backup.id,
            left,
            "" if status == "GONE" else takes_no_writes(owned),
        )

    def ends(self, situation: Situation) -> list[End]:
        if situation.call.state == "SettleDeletion" or situation.passes or situation.aborted:
            return [End("AVAILABLE GONE", None, *first_execution(situation))]
        failure = explain_backup(situation.error, situation.call.step, "request-delete")
        return [End("FAILED RUNNING", failure, *first_execution(situation))]

    def clear(self) -> list[Complaint]:
        self.owned.end()
        quiet(self.cloud)
        return []


def late(cloud: Cloud, instance: Instance) -> None:
    """It has waited for its backup for as long as any may."""
    assert instance.final_backup
    since = timestamp(datetime.fromisoformat(instance.final_backup.since) - OVERDUE)
    waiting = replace(instance, final_backup=replace(instance.final_backup, since=since))
    final_backup_record(cloud.injector).change(instance, waiting)


def takes_no_writes(owned: Owned) -> str:
    """Why its owner cannot write."""
    try:
        with owned.client(20.0) as client:
            client.set("written", "after")
    except redis.RedisError as error:
        return repr(error)
    return ""


class Importing(BackingUp):
    """From the file's upload to AVAILABLE, or to FAILED with nothing left."""

    name = "import"
    without = EVERY_CALL - {"CheckImport"}

    def prepare(self) -> None:
        """It is of no instance."""

    def begin(self) -> Backup:
        cloud = self.cloud
        service, owner = transfer_service(cloud.injector), cloud.caller.organization_id
        backup, _ = service.begin_import(cloud.caller, owner, NewImport())
        bucket = cloud.stack.outputs["BackupBucketName"]
        cloud.client("s3").put_object(Bucket=bucket, Key=backup.upload_key, Body=SMALL)
        return backup

    def ends(self, situation: Situation) -> list[End]:
        if situation.aborted:
            # Whoever looks at what is due makes up for it.
            return [End("CREATING", None, *first_execution(situation))]
        if situation.passes:
            return super().ends(situation)
        failure = explain_import(situation.error, situation.call.step, self.cloud.caller.request_id)
        return [End("FAILED", failure, *first_execution(situation))]

    def clear(self) -> list[Complaint]:
        quiet(self.cloud)
        return []
