"""Backups are used, so that their functions call all that they ever call."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from swiftcache.access.identity import Actor
from swiftcache.backups.hold_wiring import final_backup_record
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, upload_key
from swiftcache.backups.wiring import backups, object_store
from swiftcache.configuration.wiring import configuration_store
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.final_backup import OVERDUE, FinalBackup, FinalBackupMode
from swiftcache.instances.sizes import MIB
from swiftcache.platform.aws import now
from swiftcache.platform.timestamps import timestamp
from tests.foreign_rdbs import SMALL, flipped
from tests.samples import a_backup, a_content, an_entry
from tests.statemachine.cloud import Answer, Cloud, Fault, fails, wait_for
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.owned import Owned
from tests.statemachine.reconciling import Reconciling
from tests.statemachine.using_api import request, request_at


def back_up(cloud: Cloud, token: str, instance_id: str) -> None:
    """One that a try has left half before, and whose proof's report is lost; and one that fails and leaves something.

    Both are then deleted.
    """
    s3, bucket = cloud.client("s3"), cloud.stack.outputs["BackupBucketName"]

    def litter(answer: Answer, then: Fault) -> object:
        [taken] = [found for found in listed() if found.status is BackupStatus.CREATING]
        s3.create_multipart_upload(Bucket=bucket, Key=taken.object_key)
        s3.put_object(Bucket=bucket, Key=taken.object_key, Body=b"half")
        return then(answer)

    def listed() -> Sequence[Backup]:
        return backups(cloud.injector).of_instance(cloud.caller.organization_id, instance_id, 10, None).backups

    path = f"/api/v1/instances/{instance_id}/backups"

    def loses_report(answer: Answer) -> object:
        for key in object_store(cloud.injector).page("proofs/", None).keys:
            object_store(cloud.injector).erase(key)
        return answer()

    cloud.faults.plan("RecordProof", loses_report)
    for then, status in ((answers_as_it_is, "AVAILABLE"), (fails("NotEnoughHeadroom"), "FAILED")):
        cloud.faults.plan("TakeBackup", partial(litter, then=then))
        made = request_at(cloud, "create_backup", token, path, body="{}")["backup"]
        wait_for(lambda: listed()[0].status is not BackupStatus.CREATING)
        cloud.quiet()
        own = f"/api/v1/backups/{made['id']}"
        assert request_at(cloud, "get_backup", token, own)["backup"]["status"] == status
        if status == "AVAILABLE":
            restore_from(cloud, token, made["id"])
        request_at(cloud, "delete_backup", token, own)
    request_at(cloud, "list_backups", token, path)
    request_at(
        cloud, "list_organization_backups", token, f"/api/v1/organizations/{cloud.caller.organization_id}/backups"
    )


def restore_from(cloud: Cloud, token: str, backup_id: str) -> None:
    """An instance that is made from it, and deleted."""
    body = {
        "organizationId": cloud.caller.organization_id,
        "name": "restored",
        "maxMemory": 64 * MIB,
        "region": "eu-central",
        "restoreFrom": backup_id,
    }
    made = request(cloud, "create_instance", token, body=json.dumps(body))["instance"]["id"]
    cloud.wait(made, "RUNNING")
    cloud.delete(made)
    cloud.wait(made, "GONE")


def transfer(cloud: Cloud, token: str) -> None:
    """A file that becomes a backup, which is downloaded; one that is refused; and one that comes too late."""
    bucket, owner = cloud.stack.outputs["BackupBucketName"], cloud.caller.organization_id
    files = cloud.client("s3")
    imports = f"/api/v1/organizations/{owner}/imports"
    for content, status in ((SMALL, "AVAILABLE"), (flipped(SMALL, 50), "FAILED")):
        made = request_at(cloud, "create_import", token, imports, body="{}")["backup"]["id"]
        key = upload_key(owner, made)
        files.put_object(Bucket=bucket, Key=key, Body=content)
        wait_for(partial(_has_status, cloud, made, status))
        cloud.quiet()
        request_at(cloud, "download_backup", token, f"/api/v1/backups/{made}/download")
        files.put_object(Bucket=bucket, Key=key, Body=b"late")
        wait_for(partial(_is_gone, files, bucket, key))


def _has_status(cloud: Cloud, backup_id: str, status: str) -> bool:
    found = backups(cloud.injector).get(cloud.caller.organization_id, backup_id)
    return found is not None and found.status == status


def _is_gone(files: Any, bucket: str, key: str) -> bool:
    return "Versions" not in files.list_object_versions(Bucket=bucket, Prefix=key)


def answers_as_it_is(answer: Answer) -> object:
    return answer()


def delete_with_last_backups(cloud: Cloud) -> None:
    """One that is undeleted, and one that waits in vain for a backup that nobody knows."""
    owned = Owned(cloud)
    owned.delete(FinalBackupMode.REQUIRED)
    owned.gone()
    owned.undelete(owned.backups()[0])
    instance = cloud.wait(owned.id, "RUNNING")
    assert instance is not None
    since, actor = timestamp(now(cloud.injector)() - OVERDUE), Actor("owner", None, None)
    final = FinalBackup(FinalBackupMode.BEST_EFFORT, since, "request-delete", actor, "bkp_unknown")
    final_backup_record(cloud.injector).change(instance, replace(instance, final_backup=final))
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})
    owned.gone()


def keep_backups(cloud: Cloud) -> None:
    """A schedule's backup is begun; one goes that is deleted while it is proved, with an upload under way."""
    leaked = LeakedResources(cloud)
    instance_id, owner = leaked.running(), cloud.caller.organization_id
    before = cloud.find(instance_id)
    assert before is not None
    schedule = BackupSchedule(Interval.ONE_HOUR, 1)
    due = replace(before, backup_schedule=schedule, next_backup_at=timestamp(now(cloud.injector)()))
    configuration_store(cloud.injector).store(before, due, an_entry(organization_id=owner))
    keeper = cloud.stack.functions["KeepBackupsFunction"].name
    cloud.invoke(keeper, {})
    [begun] = backups(cloud.injector).of_instance(owner, instance_id, 2, None).backups
    assert begun.kind is BackupKind.SCHEDULED
    backup = a_backup(id="bkp_deleted", organization_id=owner, instance_id=instance_id)
    a_stored_object(cloud, backup.object_key)
    object_store(cloud.injector).begin(backup.object_key)
    leaked.task(instance_id, backup.id)
    # Not before as CREATING: who then begins to take it ends the upload, sooner or later than the keeper.
    backups(cloud.injector).create(backup.deleting(), an_entry(id="audit_backup", organization_id=owner))
    whole = a_backup(id="bkp_unproved", organization_id=owner, instance_id=instance_id)
    whole = whole.available(a_content(), datetime.now(UTC)).unproved(datetime.now(UTC) - timedelta(days=1))
    backups(cloud.injector).create(whole, an_entry(id="audit_unproved", organization_id=owner))
    cloud.invoke(keeper, {})
    wait_for(lambda: backups(cloud.injector).get(owner, backup.id) is None)
    tried = backups(cloud.injector).get(owner, whole.id)
    assert tried is not None
    assert tried.proof_tries == 2
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()


def a_stored_object(cloud: Cloud, key: str) -> str:
    """Its version."""
    store = object_store(cloud.injector)
    upload = store.begin(key)
    return store.complete(key, upload, [store.put_part(key, upload, 1, b"REDIS0011")])


def compare_backups(cloud: Cloud, reconciling: Reconciling) -> None:
    """An object and an upload of nobody, what a proof has left, and a backup without its object."""
    owner = cloud.caller.organization_id
    a_stored_object(cloud, f"backups/{owner}/bkp_stray.rdb")
    object_store(cloud.injector).begin(f"backups/{owner}/bkp_other.rdb")
    object_store(cloud.injector).put(f"proofs/{owner}/bkp_other/0-fetch.env", b"SOURCE_LINK=https://x")
    lost = a_backup(id="bkp_lost", organization_id=owner).available(a_content(), datetime.now(UTC))
    backups(cloud.injector).create(lost, an_entry(id="audit_lost", organization_id=owner))
    reconciling.ahead += timedelta(days=2)
    found = reconciling(backups=True)
    assert {(one["kind"], one["name"].rpartition("/")[2]) for one in found} >= {
        ("backup_object", "bkp_stray.rdb"),
        ("backup_upload", "bkp_other.rdb"),
        ("backup_proof", "0-fetch.env"),
        ("backup", "bkp_lost"),
    }
    reconciling.ahead = timedelta()
