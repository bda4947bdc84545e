"""Backups on the running service: taken of a real Redis, kept in moto's S3, whatever fails on the way."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from local.aws.invoker import FunctionError
from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.service import NewBackup
from swiftcache.backups.wiring import backup_service, backup_starter, backups, object_store
from swiftcache.platform.errors import DependencyUnavailable
from tests.statemachine.backups import left_of
from tests.statemachine.cloud import ROOT, Answer, Cloud, fails, loses_reply, wait_for
from tests.statemachine.executions import stop
from tests.statemachine.recoveries import kill
from tests.statemachine.resizes import LARGER

KEYS = 100


class Kept:
    """An instance with some keys, and its backups."""

    def __init__(self, cloud: Cloud, persistence: bool = False) -> None:
        self.cloud = cloud
        self.instance_id = cloud.create(persistence)
        cloud.wait(self.instance_id, "RUNNING")
        with cloud.redis(self.instance_id) as client:
            for number in range(KEYS):
                client.set(f"swiftcache:verify:{number}", "x" * number)

    def take(self) -> Backup:
        return backup_service(self.cloud.injector).create(self.cloud.caller, self.instance_id, NewBackup())

    def ended(self, backup: Backup) -> Backup:
        """As it is when nothing is under way any more."""
        wait_for(lambda: self.find(backup).status is not BackupStatus.CREATING)
        self.cloud.quiet(60)
        return self.find(backup)

    def find(self, backup: Backup) -> Backup:
        found = backups(self.cloud.injector).get(self.cloud.caller.organization_id, backup.id)
        assert found
        return found

    def content(self, backup: Backup) -> bytes:
        assert backup.content
        return b"".join(object_store(self.cloud.injector).read(backup.object_key, backup.content.version))

    def execution(self, backup: Backup) -> tuple[str, str | None]:
        [(_, status, error)] = self.cloud.ended(backup.id)
        return status, error

    def litter(self, backup: Backup) -> None:
        """What a function that died may have left: an upload, and an object."""
        s3, bucket = self.cloud.client("s3"), self.cloud.stack.outputs["BackupBucketName"]
        s3.create_multipart_upload(Bucket=bucket, Key=backup.object_key)
        s3.put_object(Bucket=bucket, Key=backup.object_key, Body=b"half")


@pytest.fixture
def kept(cloud: Cloud) -> Iterator[Kept]:
    kept = Kept(cloud)
    yield kept
    if cloud.find(kept.instance_id):
        cloud.delete(kept.instance_id)
        cloud.wait(kept.instance_id, "GONE")


def assert_whole(kept: Kept, backup: Backup) -> None:
    content = kept.content(backup)
    assert (backup.status, backup.failure) == (BackupStatus.AVAILABLE, None)
    assert backup.content
    assert (backup.content.size_bytes, backup.content.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert backup.content.keys in (KEYS, KEYS + 1)  # the one that was written to verify it may have gone with its time
    assert backup.content.rdb.engine == "redis"
    assert len(left_of(kept.cloud, backup)["objects"]) == 1
    assert "uploads" not in left_of(kept.cloud, backup)


def test_a_backup_is_whole_and_says_what_it_is(kept: Kept) -> None:
    backup = kept.ended(kept.take())
    assert_whole(kept, backup)
    assert kept.execution(backup) == ("SUCCEEDED", None)


def test_so_is_that_of_an_instance_with_persistence(cloud: Cloud) -> None:
    kept = Kept(cloud, persistence=True)
    assert_whole(kept, kept.ended(kept.take()))
    cloud.delete(kept.instance_id)
    cloud.wait(kept.instance_id, "GONE")


def test_one_that_the_api_could_not_start_is_started_by_the_stream(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    real, tries = backup_starter(kept.cloud.injector), 0

    class Unreliable:
        def start(self, backup: Backup) -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise DependencyUnavailable("the workflow service is busy")
            real.start(backup)

    injector = kept.cloud.injector
    monkeypatch.setitem(injector.given, backup_starter, Unreliable())
    backup = kept.ended(kept.take())
    assert tries >= 3
    assert_whole(kept, backup)


@pytest.mark.parametrize(
    "error", ["Runtime.ExitError", "CopyInterrupted", "StorageUnavailable", "DependencyUnavailable"]
)
def test_a_try_that_dies_is_followed_by_another_which_cleans_up(kept: Kept, error: str) -> None:
    taken: list[Backup] = []

    def dies(_: Answer) -> object:
        wait_for(lambda: bool(taken))
        kept.litter(taken[0])
        return fails(error)(lambda: None)

    kept.cloud.faults.plan("TakeBackup", dies)
    taken.append(kept.take())
    assert_whole(kept, kept.ended(taken[0]))


def test_an_answer_that_nobody_heard_is_no_failure(kept: Kept) -> None:
    kept.cloud.faults.plan("TakeBackup", lambda answer: (answer(), fails("Runtime.ExitError")(answer)))
    assert_whole(kept, kept.ended(kept.take()))
    kept.cloud.faults.plan("TakeBackup", loses_reply)
    assert_whole(kept, kept.ended(kept.take()))


def test_a_failure_is_told_and_leaves_nothing(kept: Kept) -> None:
    taken: list[Backup] = []

    def dies(_: Answer) -> object:
        wait_for(lambda: bool(taken))
        kept.litter(taken[0])
        return fails("NotEnoughHeadroom")(lambda: None)

    kept.cloud.faults.plan("TakeBackup", dies)
    taken.append(kept.take())
    backup = kept.ended(taken[0])
    assert backup.status is BackupStatus.FAILED
    assert backup.failure
    assert (backup.failure.code, backup.failure.step) == ("NOT_ENOUGH_HEADROOM", "TakeBackup")
    assert left_of(kept.cloud, backup) == {}
    assert kept.execution(backup) == ("FAILED", "NotEnoughHeadroom")
    assert_whole(kept, kept.ended(kept.take()))


def test_a_backup_that_is_deleted_meanwhile_ends_quietly_with_nothing_left(kept: Kept) -> None:
    taken: list[Backup] = []

    def deleted(answer: Answer) -> object:
        wait_for(lambda: bool(taken))
        backup_service(kept.cloud.injector).delete(kept.cloud.caller, taken[0].id)
        return answer()

    kept.cloud.faults.plan("TakeBackup", deleted)
    taken.append(kept.take())
    [backup] = taken
    wait_for(lambda: any(status != "RUNNING" for _, status, _ in kept.cloud.ended(backup.id)))
    kept.cloud.quiet(60)
    assert kept.execution(backup) == ("SUCCEEDED", None)
    # The keeper removes its record as soon as it hears of it.
    found = backups(kept.cloud.injector).get(kept.cloud.caller.organization_id, backup.id)
    assert found is None or found.status is BackupStatus.DELETING
    assert left_of(kept.cloud, backup) == {}


def test_an_instance_that_is_deleted_meanwhile_is_a_failure_that_says_so(kept: Kept) -> None:
    def deleted(answer: Answer) -> object:
        kept.cloud.delete(kept.instance_id)
        return answer()

    kept.cloud.faults.plan("TakeBackup", deleted)
    backup = kept.ended(kept.take())
    assert backup.failure
    assert (backup.status, backup.failure.code) == (BackupStatus.FAILED, "INSTANCE_NOT_RUNNING")
    assert left_of(kept.cloud, backup) == {}


def test_a_resize_does_not_disturb_it_for_long(kept: Kept) -> None:
    kept.cloud.ask_for_resize(kept.instance_id, LARGER)
    backup = kept.take()
    assert_whole(kept, kept.ended(backup))
    assert not kept.cloud.changing(kept.instance_id)


def test_neither_does_the_death_of_its_task(cloud: Cloud) -> None:
    kept = Kept(cloud, persistence=True)
    instance = cloud.find(kept.instance_id)
    assert instance
    assert instance.endpoint
    task = instance.endpoint.task

    def killed(answer: Answer) -> object:
        kill(cloud, task)
        return answer()

    cloud.faults.plan("TakeBackup", killed)
    backup = kept.ended(kept.take())
    assert backup.status is BackupStatus.AVAILABLE
    assert backup.content
    assert backup.content.keys in (KEYS, KEYS + 1)
    cloud.delete(kept.instance_id)
    cloud.wait(kept.instance_id, "GONE")


def test_one_whose_execution_is_stopped_is_whole_or_says_nothing(kept: Kept) -> None:
    def stopped(answer: Answer) -> object:
        stop(kept.cloud, "back_up_instance")
        return answer()

    kept.cloud.faults.plan("TakeBackup", stopped)
    backup = kept.ended(kept.take())
    assert_whole(kept, backup)
    assert kept.execution(backup) == ("ABORTED", None)


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


def test_the_samples_speak_of_a_backup_that_nobody_has(cloud: Cloud) -> None:
    functions = cloud.stack.functions
    with pytest.raises(FunctionError, match="BackupSuperseded: bkp_abc123xyz is gone"):
        cloud.invoke(functions["TakeBackupFunction"].name, sample("take_backup"))
    assert cloud.invoke(functions["RecordBackupFunction"].name, sample("fail_backup")) is None
    assert cloud.invoke(functions["RecordBackupFunction"].name, sample("settle_deletion")) is None
    with pytest.raises(FunctionError, match="there is no step Other"):
        cloud.invoke(functions["RecordBackupFunction"].name, {**sample("fail_backup"), "step": "Other"})
    given = json.dumps(sample("back_up_instance"))
    arn = cloud.stack.outputs["BackUpStateMachineArn"]
    cloud.client("stepfunctions").start_execution(stateMachineArn=arn, name="sample", input=given)
    cloud.quiet()
    assert ("sample", "SUCCEEDED", None) in cloud.ended("sample")
