"""Backups out and in, by links that end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.audit import Action
from swiftcache.backups.model import BackupKind, BackupStatus
from swiftcache.backups.transfer import NewImport, TransferService
from swiftcache.platform.errors import IllegalTransition, NotFound, RecordChanged
from swiftcache.platform.timestamps import timestamp
from tests.fakes.backups import FakeBackups
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, a_backup, a_caller, a_content, an_account, an_entry

CALLER = a_caller()


class Transfers:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_any")
        self.backups = FakeBackups(self.accounts)
        self.objects = FakeObjectStore()
        self.service = TransferService(self.backups, self.objects, lambda: NOW)
        self.backup = a_backup().available(a_content(version="v7"), NOW)
        self.backups.create(self.backup, an_entry())

    def become(self, status: BackupStatus) -> None:
        changed = replace(self.backup, status=status, revision=self.backup.revision + 1)
        self.backups.change(self.backup, changed, None)


@pytest.fixture
def transfers() -> Transfers:
    return Transfers()


def test_a_download_leads_to_the_version_in_the_record_and_ends(transfers: Transfers) -> None:
    download = transfers.service.download(CALLER, "bkp_a1")
    assert download.url == transfers.objects.link(transfers.backup.object_key, "v7", 900, "bkp_a1.rdb")
    assert download.expires_at == timestamp(NOW + timedelta(minutes=15))
    assert download.sha256 == a_content().sha256


def test_who_has_carried_data_away_is_in_the_audit_log_and_the_link_is_not(transfers: Transfers) -> None:
    url = transfers.service.download(CALLER, "bkp_a1").url
    told = transfers.accounts.audit[-1]
    assert (told.action, told.target_id, told.actor_key_id) == (Action.BACKUP_DOWNLOADED, "bkp_a1", CALLER.key_id)
    assert told.details == {"kind": "MANUAL", "instanceId": "inst_a1", "sizeBytes": 1_000_000}
    assert url not in repr(transfers.accounts.audit)
    assert url not in repr(transfers.backups.stored)


@pytest.mark.parametrize("status", [BackupStatus.CREATING, BackupStatus.FAILED, BackupStatus.DELETING])
def test_only_what_is_available_is_downloaded(transfers: Transfers, status: BackupStatus) -> None:
    transfers.become(status)
    before = len(transfers.accounts.audit)
    with pytest.raises(IllegalTransition, match=f"bkp_a1 is {status}"):
        transfers.service.download(CALLER, "bkp_a1")
    assert len(transfers.accounts.audit) == before


@pytest.mark.parametrize(
    ("caller", "backup_id"),
    [(a_caller(organization_id="org_2"), "bkp_a1"), (CALLER, "bkp_a2"), (CALLER, "../bkp_a1"), (CALLER, "")],
)
def test_what_is_not_there_or_not_yours_is_not_downloaded(transfers: Transfers, caller: Any, backup_id: str) -> None:
    with pytest.raises(NotFound, match="there is no such backup"):
        transfers.service.download(caller, backup_id)


def test_a_backup_that_changes_meanwhile_is_looked_at_again(
    transfers: Transfers, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = transfers.backups.tell

    def too_late(backup: Any, audit: Any) -> None:
        monkeypatch.setattr(transfers.backups, "tell", tell)
        transfers.become(BackupStatus.DELETING)
        raise RecordChanged("changed")

    monkeypatch.setattr(transfers.backups, "tell", too_late)
    with pytest.raises(IllegalTransition, match="DELETING"):
        transfers.service.download(CALLER, "bkp_a1")


def test_an_import_waits_for_its_file_at_a_place_of_its_own(transfers: Transfers) -> None:
    backup, upload = transfers.service.begin_import(CALLER, ORGANIZATION, NewImport("from-afar", 90))
    assert transfers.backups.get(ORGANIZATION, backup.id) == backup
    assert (backup.kind, backup.status, backup.name) == (BackupKind.IMPORTED, BackupStatus.CREATING, "from-afar")
    assert (backup.retention_days, backup.instance_id, backup.content) == (90, None, None)
    assert upload.url == transfers.objects.upload_link(f"uploads/{ORGANIZATION}/{backup.id}.rdb", 3600)
    assert (upload.expires_at, upload.max_bytes) == (timestamp(NOW + timedelta(hours=1)), 5 * 1024**3)
    told = transfers.accounts.audit[-1]
    assert (told.action, told.target_id, told.details) == (Action.BACKUP_REQUESTED, backup.id, {"kind": "IMPORTED"})


def test_an_import_that_is_not_named_is_named_by_its_time(transfers: Transfers) -> None:
    backup, _ = transfers.service.begin_import(CALLER, ORGANIZATION, NewImport())
    assert (backup.name, backup.retention_days) == (f"import-{NOW:%Y-%m-%d-%H%M}", 30)


def test_nobody_imports_into_anothers_organization(transfers: Transfers) -> None:
    with pytest.raises(NotFound):
        transfers.service.begin_import(a_caller(organization_id="org_2"), ORGANIZATION, NewImport())
    assert len(transfers.backups.stored) == 1


def test_an_import_is_due_when_its_link_has_ended_and_then_when_its_work_must_have(transfers: Transfers) -> None:
    backup, _ = transfers.service.begin_import(CALLER, ORGANIZATION, NewImport())
    assert backup.due_at == timestamp(NOW + timedelta(minutes=70))
    later = NOW + timedelta(minutes=69)
    assert backup.arrived("v1", later).due_at == timestamp(later + timedelta(minutes=40))
