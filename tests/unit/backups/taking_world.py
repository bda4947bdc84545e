"""What taking a backup has to do with, in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest

from swiftcache.backups.failing import BackupFailer
from swiftcache.backups.final import WriteHold
from swiftcache.backups.model import Backup
from swiftcache.backups.ports import BackupTarget, Stored
from swiftcache.backups.taking import BackupTaker
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from tests.fakes.backups import FakeBackups, FakeCopies
from tests.fakes.final import FakeFinalBackupRecord, FakeWritePause
from tests.fakes.instances import FakeInstances
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.samples import NOW, ORGANIZATION, a_backup, an_account, an_entry, an_instance

TARGET = BackupTarget(ORGANIZATION, "bkp_a1", "request-1")
KEY = f"backups/{ORGANIZATION}/bkp_a1.rdb"
ENDPOINT = Endpoint("203.0.113.10", 6379)
SECONDS = 900.0


@dataclass
class Store(FakeObjectStore):
    """`fails` is called with the name of each call before it happens, and may raise."""

    fails: Callable[[str], None] = lambda _: None
    sizes: list[int] = field(default_factory=list)

    def begin(self, key: str) -> str:
        self.fails("begin")
        return super().begin(key)

    def put_part(self, key: str, upload_id: str, number: int, content: bytes) -> str:
        self.fails("put_part")
        self.sizes.append(len(content))
        return super().put_part(key, upload_id, number, content)

    def complete(self, key: str, upload_id: str, tags: Sequence[str]) -> str:
        self.fails("complete")
        return super().complete(key, upload_id, tags)

    def find(self, key: str, version: str = "") -> Stored | None:
        self.fails("find")
        return super().find(key, version)


@dataclass
class World:
    copies: FakeCopies = field(default_factory=FakeCopies)
    store: Store = field(default_factory=Store)
    at: datetime = NOW

    def __post_init__(self) -> None:
        accounts = FakeAccounts()
        an_account(accounts, ORGANIZATION, "sk_live_1")
        self.accounts = accounts
        self.backups = FakeBackups(accounts)
        self.instances = FakeInstances(accounts)
        self.credentials = FakeCredentials({"inst_a1": ("", "control")})
        self.taker = BackupTaker(
            self.backups, self.instances, self.credentials, self.copies, self.store, self.hold(), lambda: self.at
        )
        self.failer = BackupFailer(self.backups, self.store, lambda: self.at)
        self.backups.create(a_backup(), an_entry())
        self.instance()

    def hold(self) -> WriteHold:
        self.pause = FakeWritePause()
        record = FakeFinalBackupRecord(self.instances, self.backups)
        return WriteHold(self.instances, record, self.credentials, self.pause, lambda: self.at)

    def instance(self, **different: Any) -> None:
        where = {"status": Status.RUNNING, "endpoint": ENDPOINT, "hostname": "a1.redis.example.com"}
        self.instances.stored.pop((ORGANIZATION, "inst_a1"), None)
        self.instances.create(an_instance(**where | different), an_entry())

    def take(self, seconds: float = SECONDS) -> None:
        self.taker.take(TARGET, seconds)

    @property
    def backup(self) -> Backup:
        found = self.backups.get(ORGANIZATION, "bkp_a1")
        assert found
        return found

    @property
    def status(self) -> str:
        return self.backup.status.value

    def delete(self) -> None:
        self.backups.change(self.backup, self.backup.deleting(), None)

    @property
    def nothing_left(self) -> bool:
        return (self.store.objects, self.store.uploads, self.copies.under_way) == ({}, {}, 0)


@pytest.fixture
def world() -> World:
    return World()
