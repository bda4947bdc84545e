"""What an instance's Redis is configured to hold, and how."""

from dataclasses import dataclass

from swiftcache.instances.change import Change, ChangeKind, Decision
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Instance
from swiftcache.instances.settings import DEFAULT_SETTINGS, Settings


@dataclass(frozen=True, slots=True)
class Capacity:
    """What Redis is configured to hold, and how. `max_memory` in bytes."""

    max_memory: int
    eviction_policy: EvictionPolicy
    settings: Settings = DEFAULT_SETTINGS

    @property
    def words(self) -> tuple[str, ...]:
        """Names and values, as CONFIG SET takes them."""
        memory = {"maxmemory": str(self.max_memory), "maxmemory-policy": self.eviction_policy.value}
        return tuple(word for pair in (memory | self.settings.words).items() for word in pair)


def capacity_after(instance: Instance, change: Change) -> Capacity:
    """What the change leads to."""
    settings = instance.settings if change.settings is None else change.settings
    return Capacity(change.max_memory, change.eviction_policy, settings)


def capacity_in_force(instance: Instance) -> Capacity:
    """What the serving task is to be configured with at this moment.

    While a smaller task is made, the larger one already keeps to the smaller's capacity, so that its data fit.
    """
    change = instance.change
    if change and change.kind is ChangeKind.REPLACE and instance.changing and change.decision is not Decision.ABANDONED:
        shrinks = change.max_memory < instance.max_memory
        if shrinks or change.decision is Decision.COMMITTED:
            return capacity_after(instance, change)
    return Capacity(instance.max_memory, instance.eviction_policy, instance.settings)
