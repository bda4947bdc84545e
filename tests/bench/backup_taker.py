"""What TakeBackup does, in a process of its own: the real use case, Redis and client of S3, with a record in memory.

Its arguments are Redis's address and port and the name in its certificate; the control user's password is in its
environment. It prints how many seconds the copy took, its bytes, and the most memory that the process has had, in MB.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime
from functools import partial

from swiftcache.backups.final import WriteHold
from swiftcache.backups.ports import BackupTarget
from swiftcache.backups.replica import RedisCopies
from swiftcache.backups.taking import BackupTaker
from swiftcache.backups.wiring import object_store
from swiftcache.instances.model import Endpoint
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.injector import Injector
from swiftcache.platform.timestamps import timestamp
from tests.bench.memory import peak
from tests.fakes.backups import FakeBackups
from tests.fakes.final import FakeFinalBackupRecord, FakeWritePause
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.redis import FakeCredentials
from tests.samples import ORGANIZATION, a_backup, an_account, an_entry, an_instance

utc_now = partial(datetime.now, UTC)

PASSWORD = "CONTROL_PASSWORD"
SECONDS = 900.0


def main(address: str, port: str, hostname: str, max_memory: str) -> None:
    accounts = FakeAccounts()
    an_account(accounts, ORGANIZATION, "sk_live_1")
    instances, backups = FakeInstances(accounts), FakeBackups(accounts)
    running = {"status": Status.RUNNING, "endpoint": Endpoint(address, int(port)), "hostname": hostname}
    instances.create(an_instance(max_memory=int(max_memory) * MIB, **running), an_entry())
    backups.create(a_backup(created_at=timestamp(utc_now())), an_entry())
    credentials = FakeCredentials({"inst_a1": ("", os.environ[PASSWORD])})
    objects = object_store(Injector({**os.environ, "BACKUP_BUCKET": "bench"}))
    record = FakeFinalBackupRecord(instances, backups)
    hold = WriteHold(instances, record, credentials, FakeWritePause(), utc_now)
    taker = BackupTaker(backups, instances, credentials, RedisCopies(utc_now), objects, hold, utc_now)
    began = time.perf_counter()
    taker.take(BackupTarget(ORGANIZATION, "bkp_a1", "request-1"), SECONDS)
    seconds = time.perf_counter() - began
    backup = backups.get(ORGANIZATION, "bkp_a1")
    assert backup
    assert backup.content
    print(json.dumps({"seconds": seconds, "bytes": backup.content.size_bytes, "peak": peak()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
