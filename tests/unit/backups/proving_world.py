"""What a proof has to do with, in memory."""

from dataclasses import replace
from typing import Any

from swiftcache.access.audit import Action
from swiftcache.backups.model import Backup, BackupKind
from swiftcache.backups.proving import BackupProver, ProofTarget
from tests.fakes.backups import FakeBackups
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.proofs import FakeEngines, FakeProofTasks
from tests.samples import NOW, OFFERS, ORGANIZATION, a_backup, a_content, an_account, an_entry

TARGET = ProofTarget(ORGANIZATION, "bkp_a1", "request-1", 0)
FILE = b"REDIS0011 and so on"
TASK = "task-bkp_a1-1-0"


def info(loaded: int = 998, expired: int = 2, **different: object) -> bytes:
    told = {
        "redis_version": "7.2.11",
        "loading": 0,
        "rdb_last_load_keys_loaded": loaded,
        "rdb_last_load_keys_expired": expired,
        "used_memory": 2_000_000,
        "restore_seconds": 3,
    }
    lines = [f"{name}:{value}" for name, value in (told | different).items() if value is not None]
    return "\r\n".join(["# Server", *lines, ""]).encode()


class World:
    def __init__(self, days: int = 1) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.backups = FakeBackups(self.accounts)
        self.objects = FakeObjectStore()
        self.tasks = FakeProofTasks(self.objects)
        self.engines = FakeEngines()
        self.now = NOW
        self.prover = BackupProver(self.backups, self.objects, self.tasks, self.engines, OFFERS, lambda: self.now, days)

    def add(self, content: bytes = FILE, **different: Any) -> Backup:
        """One that is whole, and has its object."""
        backup = a_backup(**different)
        version = self.put(backup.object_key, content)
        backup = replace(backup, content=a_content(version=version, size_bytes=len(FILE)))
        if backup.kind is not BackupKind.IMPORTED:
            assert backup.content
            backup = backup.available(backup.content, NOW)
        self.backups.create(backup, an_entry())
        return backup

    def put(self, key: str, content: bytes) -> str:
        upload = self.objects.begin(key)
        return self.objects.complete(key, upload, [self.objects.put_part(key, upload, 1, content)])

    def report(self, text: bytes) -> None:
        self.put(TARGET.report_key, text)

    @property
    def backup(self) -> Backup:
        found = self.backups.get(ORGANIZATION, "bkp_a1")
        assert found
        return found

    @property
    def audited(self) -> list[Action]:
        return [entry.action for entry in self.accounts.audit]

    def nothing_is_left(self) -> bool:
        return not self.tasks.of("bkp_a1") and not self.objects.page("proofs/", None).keys
