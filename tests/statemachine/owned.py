"""An instance with its owner's key, its deletion with a final backup, and what came of that."""

from dataclasses import replace

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.backups.final_wiring import undelete_service
from swiftcache.backups.model import Backup
from swiftcache.backups.wiring import backups, object_store
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.receipt import Receipt
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.status import Status
from swiftcache.instances.stores import receipts
from swiftcache.instances.wiring import instance_service
from swiftcache.platform.aws import now
from tests.statemachine.cloud import Answer, Cloud


class Owned:
    def __init__(self, cloud: Cloud, *, persistence: bool = False) -> None:
        self.cloud = cloud
        new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central", persistence=persistence)
        created = instance_service(cloud.injector).create(replace(cloud.caller, request_id="request-create"), new)
        self.id, self.key = created.instance.id, created.plain_key
        running = cloud.wait(self.id, "RUNNING")
        assert running
        self.first: Instance = running

    def delete(self, mode: FinalBackupMode | None) -> Status:
        caller = replace(self.cloud.caller, request_id="request-delete")
        return instance_service(self.cloud.injector).delete(caller, self.id, mode)

    def undelete(self, backup: Backup) -> Instance:
        caller = replace(self.cloud.caller, request_id="request-undelete")
        return undelete_service(self.cloud.injector).undelete(caller, backup.id)

    def client(self, seconds: float = 5.0) -> "redis.Redis":
        """As its owner connects, with the key of its creation."""
        instance = self.cloud.find(self.id) or self.first
        assert instance.hostname
        assert instance.port
        return redis.Redis(
            host=instance.hostname,
            port=instance.port,
            password=self.key,
            ssl=True,
            socket_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
        )

    def error(self) -> str | None:
        """Why it was not deleted."""
        instance = self.cloud.find(self.id)
        final = instance.final_backup if instance else None
        return final.failure.code if final and final.failure else None

    def backups(self) -> list[Backup]:
        """The newest first."""
        found = backups(self.cloud.injector).of_instance(self.first.organization_id, self.id, 100, None)
        return list(found.backups)

    def content(self) -> bytes:
        """The file of its newest backup."""
        backup = self.backups()[0]
        assert backup.content
        return b"".join(object_store(self.cloud.injector).read(backup.object_key, backup.content.version))

    def receipt(self) -> Receipt | None:
        at = now(self.cloud.injector)()
        return receipts(self.cloud.injector).get(self.first.organization_id, self.id, at)

    def losing_its_backup(self, answer: Answer) -> object:
        """Its owner deletes the newest one, then the call happens."""
        backup = self.backups()[0]
        backups(self.cloud.injector).change(backup, backup.deleting(), None)
        return answer()

    def gone(self) -> None:
        """Waits until nothing is left of it."""
        self.cloud.wait(self.id, "GONE")
        self.cloud.quiet()
        assert self.cloud.left(self.id) == {}

    def end(self) -> None:
        self.cloud.faults.planned.clear()
        if self.cloud.find(self.id):
            self.delete(None)
            self.gone()
