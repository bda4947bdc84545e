"""Imports on the running service: S3 tells of a file, the machine checks it, whatever fails on the way."""

import hashlib
import time
from collections.abc import Callable

import pytest

from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.transfer import NewImport
from swiftcache.backups.transfer_wiring import transfer_service
from swiftcache.backups.wiring import backup_service, backups
from tests import foreign_rdbs
from tests.statemachine.backups import left_of
from tests.statemachine.cloud import Cloud, Fault, fails, loses_reply

PATIENCE_SECONDS = 30


def begin(cloud: Cloud) -> Backup:
    backup, _ = transfer_service(cloud.injector).begin_import(cloud.caller, cloud.caller.organization_id, NewImport())
    return backup


def upload(cloud: Cloud, backup: Backup, content: bytes) -> None:
    bucket = cloud.stack.outputs["BackupBucketName"]
    cloud.client("s3").put_object(Bucket=bucket, Key=backup.upload_key, Body=content)


def now(cloud: Cloud, backup: Backup) -> Backup:
    found = backups(cloud.injector).get(backup.organization_id, backup.id)
    assert found is not None
    return found


def until(cloud: Cloud, backup: Backup, condition: Callable[[Backup], bool]) -> Backup:
    """The backup, once this is so and no execution runs."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not condition(found := now(cloud, backup)):
        assert time.monotonic() < end, found
        time.sleep(0.01)
    cloud.quiet()
    return now(cloud, backup)


def has_ended(backup: Backup) -> bool:
    return backup.status is not BackupStatus.CREATING


@pytest.mark.parametrize("faults", [[], [fails("Lambda.ServiceException")], [loses_reply]], ids=["", "fails", "lost"])
def test_a_file_that_is_uploaded_becomes_a_backup_once_it_was_restored(cloud: Cloud, faults: list[Fault]) -> None:
    cloud.faults.plan("CheckImport", *faults)
    asked = begin(cloud)
    upload(cloud, asked, foreign_rdbs.SMALL)
    backup = until(cloud, asked, has_ended)
    assert (backup.status, backup.failure) == (BackupStatus.AVAILABLE, None)
    assert backup.content is not None
    assert backup.content.sha256 == hashlib.sha256(foreign_rdbs.SMALL).hexdigest()
    assert backup.verified is not None
    assert (backup.content.keys, backup.verified.keys) == (1, 1)
    assert left_of(cloud, backup) == {"objects": [backup.content.version]}


def test_what_comes_for_one_that_was_deleted_is_removed(cloud: Cloud) -> None:
    asked = begin(cloud)
    backup_service(cloud.injector).delete(cloud.caller, asked.id)
    upload(cloud, asked, foreign_rdbs.SMALL)
    end = time.monotonic() + PATIENCE_SECONDS
    while left_of(cloud, asked):
        assert time.monotonic() < end
        time.sleep(0.01)
    cloud.quiet()
    assert cloud.ended(asked.id) == []


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "NOT_AN_RDB"),
        (foreign_rdbs.flipped(foreign_rdbs.SMALL, 50), "FILE_DAMAGED"),
        (foreign_rdbs.of_version(foreign_rdbs.SMALL, 80), "VERSION_NOT_SUPPORTED"),
    ],
)
def test_a_file_that_is_refused_says_why_and_is_gone(cloud: Cloud, content: bytes, code: str) -> None:
    asked = begin(cloud)
    upload(cloud, asked, content)
    backup = until(cloud, asked, has_ended)
    assert backup.failure is not None
    assert (backup.status, backup.failure.code, backup.failure.step) == (BackupStatus.FAILED, code, "CheckImport")
    assert left_of(cloud, backup) == {}
    assert cloud.ended(asked.id) == [(f"backup-{asked.id}", "SUCCEEDED", None)], "it pages nobody"


def test_a_file_that_redis_refuses_says_so_and_pages_nobody(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    asked = begin(cloud)
    upload(cloud, asked, foreign_rdbs.UNLOADABLE)
    backup = until(cloud, asked, has_ended)
    assert backup.failure is not None
    assert (backup.failure.code, backup.failure.step) == ("CANNOT_BE_RESTORED", "RecordProof")
    assert left_of(cloud, backup) == {}
    assert cloud.ended(asked.id) == [(f"backup-{asked.id}", "SUCCEEDED", None)]
    assert "BackupsNotRestorable" not in capsys.readouterr().out


def test_a_file_that_is_refused_without_anybody_s_being_told_is_no_success(cloud: Cloud) -> None:
    cloud.faults.plan("FailBackup", *[fails("AccessDenied")] * 9)
    asked = begin(cloud)
    upload(cloud, asked, b"")
    end = time.monotonic() + PATIENCE_SECONDS
    while not (ended := [found for found in cloud.ended(asked.id) if found[1] != "RUNNING"]):
        assert time.monotonic() < end
        time.sleep(0.01)
    assert ended == [(f"backup-{asked.id}", "FAILED", "NotAnRdb")]
    backup_service(cloud.injector).delete(cloud.caller, asked.id)


def test_a_check_that_cannot_be_made_fails_the_import_and_leaves_nothing(cloud: Cloud) -> None:
    cloud.faults.plan("CheckImport", *[fails("AccessDenied")] * 9)
    asked = begin(cloud)
    upload(cloud, asked, foreign_rdbs.SMALL)
    backup = until(cloud, asked, has_ended)
    cloud.faults.plan("CheckImport")
    assert backup.failure is not None
    assert (backup.status, backup.failure.code) == (BackupStatus.FAILED, "IMPORT_FAILED")
    assert left_of(cloud, backup) == {}
