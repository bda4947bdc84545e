"""What an instance's Redis is configured to hold."""

from dataclasses import dataclass

from swiftcache.instances.model import ChangeKind, Decision, EvictionPolicy, Instance


@dataclass(frozen=True, slots=True)
class Capacity:
    """What Redis is configured to hold. `max_memory` in bytes."""

    max_memory: int
    eviction_policy: EvictionPolicy


def capacity_in_force(instance: Instance) -> Capacity:
    """What the serving task is to be configured with at this moment.

    While a smaller task is made, the larger one already keeps to the smaller's capacity, so that its data fit.
    """
    change = instance.change
    if change and change.kind is ChangeKind.REPLACE and instance.changing and change.decision is not Decision.ABANDONED:
        shrinks = change.max_memory < instance.max_memory
        if shrinks or change.decision is Decision.COMMITTED:
            return Capacity(change.max_memory, change.eviction_policy)
    return Capacity(instance.max_memory, instance.eviction_policy)
