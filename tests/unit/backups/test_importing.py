"""A file that was uploaded: which is taken, and what is made of it."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.backups.engines import Engine
from swiftcache.backups.importing import Arrival, ImportCheck, ImportWatch
from swiftcache.backups.model import Backup, BackupKind, BackupStatus
from swiftcache.backups.ports import BackupTarget
from swiftcache.backups.upload_event import arrival_of
from swiftcache.platform.errors import (
    BackupSuperseded,
    FileDamaged,
    FileTooLarge,
    NotAnRdb,
    RecordChanged,
    VersionNotSupported,
)
from swiftcache.platform.timestamps import timestamp
from tests import foreign_rdbs
from tests.fakes.backups import FakeBackups, FakeBackupStarter
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.proofs import FakeEngines
from tests.samples import NOW, OFFERS, ORGANIZATION, a_backup, an_account, an_entry

KEY = f"uploads/{ORGANIZATION}/bkp_a1.rdb"
KEPT = f"backups/{ORGANIZATION}/bkp_a1.rdb"


class Importing:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_any")
        self.backups = FakeBackups(self.accounts)
        self.objects = FakeObjectStore()
        self.starter = FakeBackupStarter()
        self.engines = FakeEngines()
        self.watch = ImportWatch(self.backups, self.objects, self.starter, lambda: NOW)
        self.checking = ImportCheck(self.backups, self.objects, self.engines, OFFERS, lambda: NOW)
        asked = a_backup(
            kind=BackupKind.IMPORTED, source=None, instance_id=None, instance_name=None, deadline="2026-01-02T04:14:05Z"
        )
        self.backups.create(asked, an_entry())

    @property
    def backup(self) -> Backup:
        found = self.backups.get(ORGANIZATION, "bkp_a1")
        assert found is not None
        return found

    def upload(self, content: bytes) -> str:
        """Its version."""
        upload_id = self.objects.begin(KEY)
        return self.objects.complete(KEY, upload_id, [self.objects.put_part(KEY, upload_id, 1, content)])

    def arrive(self, version: str) -> None:
        self.watch.arrived(Arrival(ORGANIZATION, "bkp_a1", version))

    def check(self) -> None:
        self.checking.check(BackupTarget(ORGANIZATION, "bkp_a1", "request-1"))

    def become(self, **different: Any) -> None:
        before = self.backup
        self.backups.change(before, replace(before, revision=before.revision + 1, **different), None)


@pytest.fixture
def importing() -> Importing:
    return Importing()


def test_the_first_file_is_worked_on_and_its_deadline_begins(importing: Importing) -> None:
    importing.arrive("v1")
    importing.arrive("v1")
    assert importing.backup.uploaded == "v1"
    assert importing.backup.deadline == timestamp(NOW + timedelta(minutes=40))
    assert {backup.id for backup in importing.starter.started} == {"bkp_a1"}


def test_another_file_meanwhile_is_ignored(importing: Importing) -> None:
    importing.arrive(importing.upload(b"first"))
    before = importing.backup
    started = len(importing.starter.started)
    importing.arrive(importing.upload(b"second"))
    assert importing.backup == before
    assert len(importing.starter.started) == started
    assert len(importing.objects.objects[KEY]) == 2


@pytest.mark.parametrize("status", [BackupStatus.AVAILABLE, BackupStatus.FAILED, BackupStatus.DELETING])
def test_a_file_that_nobody_waits_for_any_more_is_removed(importing: Importing, status: BackupStatus) -> None:
    importing.become(status=status)
    importing.arrive(importing.upload(b"late"))
    assert (importing.objects.objects, importing.starter.started) == ({}, [])


def test_a_file_of_no_import_is_removed(importing: Importing) -> None:
    importing.become(kind=BackupKind.MANUAL)
    importing.arrive(importing.upload(b"late"))
    importing.watch.arrived(Arrival(ORGANIZATION, "bkp_gone", "v1"))
    assert (importing.objects.objects, importing.starter.started) == ({}, [])


def test_a_whole_file_is_copied_to_where_backups_are_and_is_not_available_yet(importing: Importing) -> None:
    file = foreign_rdbs.SMALL
    importing.arrive(importing.upload(file))
    importing.check()
    backup = importing.backup
    content = backup.content
    assert content is not None
    assert backup.status is BackupStatus.CREATING
    assert (content.size_bytes, content.sha256, content.keys) == (len(file), hashlib.sha256(file).hexdigest(), None)
    assert content.taken_at == "2021-01-14T08:25:36.000Z"
    assert (content.rdb.engine, content.rdb.engine_version, content.rdb.rdb_version) == ("redis", "7.0.15", 10)
    assert importing.objects.objects == {KEPT: {content.version: file}}
    assert importing.objects.uploads == {}


def test_a_check_that_runs_twice_changes_nothing(importing: Importing) -> None:
    importing.arrive(importing.upload(foreign_rdbs.SMALL))
    importing.check()
    before, kept = importing.backup, dict(importing.objects.objects)
    importing.check()
    assert (importing.backup, importing.objects.objects) == (before, kept)


def test_the_version_that_came_first_is_the_one_that_is_checked(importing: Importing) -> None:
    importing.arrive(importing.upload(foreign_rdbs.SMALL))
    importing.upload(b"something else")
    importing.check()
    assert list(importing.objects.objects) == [KEPT]
    assert importing.backup.size_bytes == len(foreign_rdbs.SMALL)


@pytest.mark.parametrize(
    ("file", "refusal"),
    [
        (b"", NotAnRdb),
        (b"SET a b\r\n" * 100, NotAnRdb),
        (foreign_rdbs.SMALL[:-1], FileDamaged),
        (foreign_rdbs.flipped(foreign_rdbs.SMALL, 30), FileDamaged),
        (foreign_rdbs.of_version(foreign_rdbs.SMALL, 80), VersionNotSupported),
        (foreign_rdbs.of_version(foreign_rdbs.SMALL, 4), VersionNotSupported),
    ],
)
def test_what_is_no_whole_rdb_is_refused_and_no_copy_is_left(
    importing: Importing, file: bytes, refusal: type[Exception]
) -> None:
    importing.arrive(importing.upload(file))
    with pytest.raises(refusal):
        importing.check()
    assert importing.backup.content is None
    assert (list(importing.objects.objects), importing.objects.uploads) == ([KEY], {})


def test_a_file_that_the_redis_of_the_stack_does_not_read_is_refused_once_that_is_known(importing: Importing) -> None:
    importing.arrive(importing.upload(foreign_rdbs.of_version(foreign_rdbs.SMALL, 12)))
    importing.engines.note(Engine("redis", "7.0.15", "image"))
    with pytest.raises(VersionNotSupported, match=r"redis 7\.0\.15 does not read version 12 of redis"):
        importing.check()
    importing.engines.note(Engine("redis", "7.4.0", "image"))
    importing.check()
    assert importing.backup.content is not None


def test_a_file_without_a_checksum_is_taken(importing: Importing) -> None:
    importing.arrive(importing.upload(foreign_rdbs.SMALL[:-8] + bytes(8)))
    importing.check()
    assert importing.backup.content is not None


def test_a_file_that_does_not_say_when_it_was_written_is_of_the_moment_that_it_is_checked(importing: Importing) -> None:
    importing.arrive(importing.upload(foreign_rdbs.summed(foreign_rdbs.SMALL.replace(b"ctime", b"xtime"))))
    importing.check()
    assert importing.backup.content is not None
    assert importing.backup.content.taken_at == timestamp(NOW)


def test_a_file_that_is_too_large_is_not_read(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("swiftcache.backups.importing.MAX_IMPORT_BYTES", 10)
    importing.arrive(importing.upload(foreign_rdbs.SMALL))
    with pytest.raises(FileTooLarge, match=f"{len(foreign_rdbs.SMALL)} bytes, and may have 10"):
        importing.check()


def test_the_check_of_what_is_not_awaited_ends_quietly(importing: Importing) -> None:
    with pytest.raises(BackupSuperseded):
        importing.check()
    importing.arrive(importing.upload(foreign_rdbs.SMALL))
    importing.objects.erase(KEY)
    with pytest.raises(BackupSuperseded):
        importing.check()
    with pytest.raises(BackupSuperseded):
        importing.checking.check(BackupTarget(ORGANIZATION, "bkp_gone", "request-1"))


def test_what_was_deleted_while_it_was_checked_leaves_nothing(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.arrive(importing.upload(foreign_rdbs.SMALL))
    change = importing.backups.change

    def too_late(*_: Any) -> None:
        monkeypatch.setattr(importing.backups, "change", change)
        importing.become(status=BackupStatus.DELETING)
        raise RecordChanged("changed")

    monkeypatch.setattr(importing.backups, "change", too_late)
    with pytest.raises(BackupSuperseded):
        importing.check()
    assert KEPT not in importing.objects.objects


def test_an_event_of_s3_says_whose_file_it_is() -> None:
    detail = {"bucket": {"name": "b"}, "object": {"key": "uploads/org_1/bkp_2.rdb", "size": 1, "version-id": "v1"}}
    assert arrival_of(detail) == Arrival("org_1", "bkp_2", "v1")


@pytest.mark.parametrize(
    "key", ["backups/org_1/bkp_2.rdb", "uploads/org_1/bkp_2", "uploads/../bkp_2.rdb", "uploads/org_1/x/bkp_2.rdb"]
)
def test_an_event_of_another_object_says_nothing(key: str) -> None:
    assert arrival_of({"object": {"key": key, "version-id": "v1"}}) is None
