"""Whether an instance that was made from a backup has all of it. Every step may run twice."""

from dataclasses import dataclass, replace
from typing import Protocol

from swiftcache.instances.model import Endpoint, dns_name_of
from swiftcache.instances.ports import Instances, Target
from swiftcache.instances.status import Status
from swiftcache.platform.errors import InstanceSuperseded, RestoreIncomplete
from swiftcache.redis.control_passwords import NO_RESTORE
from swiftcache.redis.ports import Credentials, Loading


class Loadings(Protocol):
    def look(self, endpoint: Endpoint, hostname: str, password: str) -> Loading:
        """Raises DependencyUnavailable if nobody answers there, or not yet."""


@dataclass(frozen=True, slots=True)
class RestoreCheck:
    instances: Instances
    credentials: Credentials
    loadings: Loadings
    domain: str

    def has_all(self, target: Target, endpoint: Endpoint) -> bool:
        """Whether it is done; from then on no task of the instance fetches the backup again.

        Raises RestoreIncomplete, and InstanceSuperseded if the instance was deleted meanwhile.
        """
        instance = self.instances.get(target.organization_id, target.instance_id)
        if instance is None or instance.restore is None or instance.status is not Status.PROVISIONING:
            raise InstanceSuperseded(f"{target.instance_id} is not wanted any more; nothing is restored")
        stored = self.credentials.stored(instance.id)
        # What evicts keys does so before it answers, so these are the figures after it.
        found = self.loadings.look(endpoint, dns_name_of(instance, self.domain), stored.passwords.current)
        if not found.done:
            return False
        expected = instance.restore.keys
        if expected is not None and found.keys != expected:
            raise RestoreIncomplete(f"the backup has {expected} keys, and Redis has found {found.keys}")
        if found.evicted or found.used_memory > found.max_memory:
            raise RestoreIncomplete(f"{found.used_memory} bytes do not fit into {found.max_memory}")
        self.credentials.rewrite(instance.id, stored, replace(stored, restore_link=NO_RESTORE))
        return True
