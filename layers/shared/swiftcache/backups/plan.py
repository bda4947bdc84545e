"""What a restore would do, said before anything is made."""

from collections.abc import Sequence
from dataclasses import dataclass

from swiftcache.access.identity import Caller
from swiftcache.backups.model import Backup
from swiftcache.backups.ports import Backups
from swiftcache.backups.proof_ports import Engines
from swiftcache.backups.restoring import completed, fits, needed_memory, obstacles, of_an_engine, own_backup
from swiftcache.engines.model import Offers
from swiftcache.instances.allowed_networks import obstacles_to_networks
from swiftcache.instances.model import NewInstance
from swiftcache.instances.restore import RestoreRequest
from swiftcache.platform.errors import SwiftCacheError

_TASK_SECONDS = 45
"""From the request until a task runs, as ever."""

_BYTES_A_SECOND = 40 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """`new` is the instance that would be made, `needed` the memory that its data take, in bytes."""

    backup: Backup
    new: NewInstance
    needed: int | None
    fits: bool | None
    expected_seconds: int
    obstacles: Sequence[SwiftCacheError]


@dataclass(frozen=True, slots=True)
class RestorePlanner:
    """`is_private`: whether what would be made is in a private network."""

    backups: Backups
    engines: Engines
    offers: Offers
    is_private: bool

    def find(self, caller: Caller, backup_id: str) -> Backup:
        """Raises NotFound, for another's too."""
        return own_backup(self.backups, caller, backup_id)

    def plan(self, backup: Backup, new: NewInstance, request: RestoreRequest) -> RestorePlan:
        """Raises InvalidRequest for an instance that could not be."""
        new = of_an_engine(completed(new, request, backup), backup, self.offers)
        new.check()
        assert new.engine
        found = (
            *obstacles(backup, new.max_memory, self.engines.known(new.engine)),
            *obstacles_to_networks(new.allowed_cidrs, is_private=self.is_private),
        )
        return RestorePlan(
            backup, new, needed_memory(backup), fits(backup, new.max_memory), _expected_seconds(backup), found
        )


def _expected_seconds(backup: Backup) -> int:
    if backup.verified:
        return _TASK_SECONDS + backup.verified.seconds
    return _TASK_SECONDS + backup.size_bytes // _BYTES_A_SECOND


def smallest_memory(backup: Backup, least: int, most: int) -> int:
    """What a plan takes where no `maxMemory` is given: that of the backup's instance, or what its data need."""
    if backup.source is not None:
        return backup.source.max_memory
    return max(least, min(needed_memory(backup) or 0, most))
