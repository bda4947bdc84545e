"""An instance's keys: several at a time, so that one can take the place of another without a pause."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from swiftcache.access.audit import Action, entry
from swiftcache.access.identity import Caller
from swiftcache.configuration.keys import check_room, make_key
from swiftcache.configuration.ports import ConfigurationStore, ConfigureTrigger
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.metrics.key_usage import KeyUse
from swiftcache.metrics.ports import Metrics
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied


@dataclass(frozen=True, slots=True)
class CreatedKey:
    """`plain_key` is shown once, and kept nowhere. `applied` tells whether the running Redis knows it already."""

    instance: Instance
    key: InstanceKey
    plain_key: str
    applied: bool


@dataclass(frozen=True, slots=True)
class KeyService:
    """The use cases of the API. `now` gives the time with its zone.

    What is stored is certain to happen. That it has happened when the answer comes is tried, and `applied` tells.
    """

    instances: Instances
    configuration_store: ConfigurationStore
    configure_trigger: ConfigureTrigger
    metrics: Metrics
    now: Callable[[], datetime]

    def list(self, caller: Caller, instance_id: str) -> tuple[tuple[InstanceKey, ...], Mapping[str, KeyUse]]:
        """The keys, and by their ids or SHARED the use that was seen of them. Raises NotFound, for another's too."""
        keys = own_instance(self.instances, caller, instance_id).keys
        return keys, self.metrics.counter_state(caller.organization_id, instance_id).key_use

    def create(self, caller: Caller, instance_id: str, name: str | None, role: KeyRole) -> CreatedKey:
        """Raises NotFound, IllegalTransition unless it is RUNNING, LimitExceeded."""
        return retry_on_conflict(lambda: self._create(caller, instance_id, name, role))

    def revoke(self, caller: Caller, instance_id: str, key_id: str) -> bool:
        """Whether the running Redis has forgotten it already. Raises NotFound, IllegalTransition unless RUNNING."""
        return retry_on_conflict(lambda: self._revoke(caller, instance_id, key_id))

    def _create(self, caller: Caller, instance_id: str, name: str | None, role: KeyRole) -> CreatedKey:
        before = self._running(caller, instance_id)
        if not already_applied():
            check_room(before.keys)
        at = self.now()
        key, plain_key = make_key(name or f"{before.name}-{role}", role, at)
        after = replace(before, keys=(*before.keys, key), revision=before.revision + 1)
        audit = entry(
            caller, Action.INSTANCE_KEY_CREATED, before.id, before.name, at, keyId=key.id, keyName=key.name, role=role
        )
        self.configuration_store.store(before, after, audit)
        applied = self.configure_trigger.configure(caller.organization_id, instance_id)
        return CreatedKey(after, key, plain_key, applied)

    def _revoke(self, caller: Caller, instance_id: str, key_id: str) -> bool:
        before = self._running(caller, instance_id)
        if already_applied():
            return self.configure_trigger.configure(caller.organization_id, instance_id)
        revoked = next((key for key in before.keys if key.id == key_id), None)
        if revoked is None:
            raise NotFound(f"{instance_id} has no key {key_id}")
        keys = tuple(key for key in before.keys if key.id != key_id)
        after = replace(before, keys=keys, revision=before.revision + 1)
        audit = entry(
            *(caller, Action.INSTANCE_KEY_REVOKED, before.id, before.name, self.now()),
            keyId=key_id,
            keyName=revoked.name,
        )
        self.configuration_store.store(before, after, audit)
        return self.configure_trigger.configure(caller.organization_id, instance_id)

    def _running(self, caller: Caller, instance_id: str) -> Instance:
        instance = own_instance(self.instances, caller, instance_id)
        if instance.status is not Status.RUNNING and not already_applied():
            raise IllegalTransition(
                f"{instance_id} is {instance.status}; the keys of a RUNNING instance can be changed", instance.status
            )
        return instance
