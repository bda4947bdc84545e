"""What the task of a recovery begins with whose owner wants its latest backup. Every step may run twice.

It stands in the record before anything is made of it. After an attempt that failed for another reason the next goes on
with the same, since the task may have it already; after one whose task did not come to have it, it is decided anew; and
after MOST_LOADS of these it is nothing: a cache that serves is worth more than one that is tried for ever.
"""

from dataclasses import dataclass, replace

from swiftcache.instances.capacity import capacity_in_force
from swiftcache.instances.model import Endpoint, Instance, dns_name_of
from swiftcache.instances.ports import Instances
from swiftcache.instances.recovery_state import MOST_LOADS, Recovery, StartedEmpty
from swiftcache.instances.restore import Restore
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InstanceSuperseded, RestoreIncomplete
from swiftcache.provisioning.restored import Loadings
from swiftcache.recovery.ports import LatestBackups, Recoveries, Recovering
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.ports import Credentials


@dataclass(frozen=True, slots=True)
class Beginning:
    """`restore` None: with nothing. `failed_loads` is how many tasks of this recovery did not come to have theirs."""

    restore: Restore | None
    failed_loads: int
    secret_arn: str


@dataclass(frozen=True, slots=True)
class BackupChoice:
    instances: Instances
    recoveries: Recoveries
    credentials: Credentials
    backups: LatestBackups

    def choose(self, recovering: Recovering) -> Beginning:
        """Notes what this attempt begins with, and puts the link to it into the secret. Raises InstanceSuperseded."""
        instance, recovery = _under_way(self.instances, recovering)
        restore, empty = self._decided(instance, recovery)
        self.recoveries.begin_with(recovering, restore, empty)
        stored = self.credentials.stored(instance.id)
        # One that has never had a link stays without: its tasks' definition does not ask for it.
        link = self.backups.link(restore) if restore else stored.restore_link and NO_RESTORE
        self.credentials.rewrite(instance.id, stored, replace(stored, restore_link=link))
        return Beginning(restore, recovery.failed_loads, self.credentials.secret_arn(instance.id))

    def _decided(self, instance: Instance, recovery: Recovery) -> tuple[Restore | None, StartedEmpty | None]:
        if recovery.failed_loads >= MOST_LOADS:
            return None, StartedEmpty.BACKUP_NOT_LOADED
        found = recovery.restore or self.backups.latest(instance, capacity_in_force(instance).max_memory)
        if found is not None:
            return found, None
        # With a failure before, the one that failed is gone since.
        return None, StartedEmpty.BACKUP_NOT_LOADED if recovery.failed_loads else StartedEmpty.NO_BACKUP


@dataclass(frozen=True, slots=True)
class BackupCheck:
    """`domain` is that of instances whose name is not kept."""

    instances: Instances
    credentials: Credentials
    loadings: Loadings
    domain: str

    def has_all(self, recovering: Recovering, endpoint: Endpoint) -> bool:
        """Whether Redis has loaded all keys; from then on no task fetches them again.

        What it evicts then is no fault, as it is in an instance that is made from a backup: it serves already, and its
        owner chose the policy. Raises RestoreIncomplete, InstanceSuperseded.
        """
        instance, recovery = _under_way(self.instances, recovering)
        if recovery.restore is None:
            raise InstanceSuperseded(f"{instance.id} is to begin with nothing by now")
        password = self.credentials.control_password(instance.id)
        found = self.loadings.look(endpoint, dns_name_of(instance, self.domain), password)
        if not found.done:
            return False
        if found.keys != recovery.restore.keys:
            raise RestoreIncomplete(f"the backup has {recovery.restore.keys} keys, and Redis has found {found.keys}")
        # Read once more: looking takes seconds, and keys may have been changed meanwhile.
        stored = self.credentials.stored(instance.id)
        self.credentials.rewrite(instance.id, stored, replace(stored, restore_link=NO_RESTORE))
        return True


def _under_way(instances: Instances, recovering: Recovering) -> tuple[Instance, Recovery]:
    """Raises InstanceSuperseded unless this attempt is the one at work."""
    instance = instances.get(recovering.organization_id, recovering.instance_id)
    if instance is not None and instance.status is Status.RUNNING and instance.recovering:
        recovery = instance.recovery
        if recovery and (recovery.id, recovery.attempt) == (recovering.recovery_id, recovering.attempt):
            return instance, recovery
    raise InstanceSuperseded(f"attempt {recovering.attempt} of {recovering.recovery_id} is not wanted any more")
