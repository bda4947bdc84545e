"""Making an instance from a backup: whether it can be, and what becomes of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from swiftcache.access.identity import Caller
from swiftcache.backups.engines import Engine, engine_for, loads
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, Content, is_backup_id
from swiftcache.backups.ports import Backups, ObjectStore
from swiftcache.backups.proof_ports import Engines
from swiftcache.engines.model import Offers
from swiftcache.instances.model import NewInstance, Restoring
from swiftcache.instances.restore import Restore, RestoreRequest
from swiftcache.instances.settings import NOTIFY
from swiftcache.platform.errors import (
    BackupDoesNotFit,
    BackupNotAvailable,
    BackupVersionTooNew,
    NotFound,
    SwiftCacheError,
)

_START_SECONDS = 60
_BYTES_A_SECOND = 8 * 1024 * 1024
"""What is fetched and loaded at least: measured five times as much, with a quarter of a processor and a volume."""

LINK_SECONDS = 900
"""A machine waits 10 minutes for a place, and then for its task's start."""

MOST_SECONDS = 720
"""The largest backup, of 4 GB, needs a quarter of that as measured."""


def own_backup(backups: Backups, caller: Caller, backup_id: str) -> Backup:
    """Raises NotFound, for another's too."""
    found = backups.get(caller.organization_id, backup_id) if is_backup_id(backup_id) else None
    if found is None:
        raise NotFound(f"there is no backup {backup_id}")
    return found


def needed_memory(backup: Backup) -> int | None:
    """What Redis takes for its data, in bytes; None while nobody has measured it."""
    return backup.verified.used_memory if backup.verified else None


def fits(backup: Backup, max_memory: int) -> bool | None:
    """Whether it fits into so many bytes; None if nobody knows: then the instance shows it before it is RUNNING."""
    needed = needed_memory(backup)
    if needed is not None:
        return needed <= max_memory
    if backup.source is not None and backup.source.reserved_memory <= max_memory:
        return True
    return None


def _last_known(backup: Backup) -> str:
    """When this stack's own engine has last written it or read it: what was known of that before may have changed."""
    written = backup.content.taken_at if backup.content and backup.kind is not BackupKind.IMPORTED else ""
    return max(written, backup.verified.at if backup.verified else "")


def is_read_by(engine: Engine, backup: Backup) -> bool:
    """Whether nothing speaks against it. `engine` is what has last loaded any."""
    if backup.content is None or loads(engine, backup.content.rdb):
        return True
    return backup.content.rdb.engine == engine.name and _last_known(backup) >= engine.at


def obstacles(backup: Backup, max_memory: int, engine: Engine | None) -> Iterator[SwiftCacheError]:
    """Why no instance can be made from it now. `engine` is what has last loaded any."""
    if backup.status is not BackupStatus.AVAILABLE or backup.content is None:
        yield BackupNotAvailable(f"{backup.id} is {backup.status}; an instance can be made from an AVAILABLE backup")
        return
    rdb = backup.content.rdb
    if engine is not None and not is_read_by(engine, backup):
        yield BackupVersionTooNew(
            f"{backup.id} is of {rdb.engine} {rdb.engine_version} (RDB version {rdb.rdb_version}), which "
            f"{engine.name} {engine.version} does not read: ask the operator for a newer one"
        )
    if fits(backup, max_memory) is False:
        yield BackupDoesNotFit(
            f"{backup.id} needs {needed_memory(backup)} bytes of memory, and maxMemory is {max_memory}: ask for more"
        )


def restore_seconds(content: Content) -> int:
    """How long fetching and loading it may take."""
    return min(_START_SECONDS + content.size_bytes // _BYTES_A_SECOND, MOST_SECONDS)


def restore_of(backup: Backup) -> Restore:
    """What an instance begins with that is made from this AVAILABLE backup."""
    content = backup.content
    assert content
    return Restore(
        backup_id=backup.id,
        object_key=backup.object_key,
        version=content.version,
        sha256=content.sha256,
        size_bytes=content.size_bytes,
        seconds=restore_seconds(content),
        keys=content.keys,
        taken_at=content.taken_at,
    )


def link_to(objects: ObjectStore, restore: Restore) -> str:
    """Where a task that begins with it gets it, for as long as its start may take. It is a secret."""
    return objects.link(restore.object_key, restore.version, LINK_SECONDS + restore.seconds, f"{restore.backup_id}.rdb")


def of_an_engine(new: NewInstance, backup: Backup, offers: Offers) -> NewInstance:
    """With the engine that is asked for, and otherwise the one that wrote the backup. Raises InvalidRequest."""
    wanted = new.engine
    if wanted is None and new.version is None and backup.content is not None:
        wanted = engine_for(backup.content.rdb, offers)
    return replace(new, engine=offers.find(wanted or offers.default.engine, new.version).engine)


def completed(new: NewInstance, request: RestoreRequest, backup: Backup) -> NewInstance:
    """With what was left out as it was in the backup's instance, if it is of one."""
    source, left_out = backup.source, request.left_out
    if source is None:
        return new
    return replace(
        new,
        eviction_policy=source.eviction_policy if "eviction_policy" in left_out else new.eviction_policy,
        persistence=source.persistence if "persistence" in left_out else new.persistence,
        settings={**source.settings.values, NOTIFY: source.settings.events} if "settings" in left_out else new.settings,
    )


@dataclass(frozen=True, slots=True)
class BackupRestores:
    backups: Backups
    engines: Engines
    offers: Offers

    def restoring(self, caller: Caller, new: NewInstance) -> Restoring:
        """See `instances.ports.Restores`."""
        new.check()
        request = new.restore
        assert request
        backup = own_backup(self.backups, caller, request.backup_id)
        new = of_an_engine(new, backup, self.offers)
        assert new.engine
        for obstacle in obstacles(backup, new.max_memory, self.engines.known(new.engine)):
            raise obstacle
        keys = backup.source.keys if backup.source and request.keys else ()
        return Restoring(completed(new, request, backup), restore_of(backup), keys)
