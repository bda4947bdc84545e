"""The warm pool: Redis tasks that run, are verified and have a name in DNS, and wait for an owner.

A member is an instance like any other, made by the same machine, in an organization of its own that nobody has a key
to. A creation that it fits takes it over: the record moves into the owner's partition, by one conditional write, and
keeps its id. It never comes back.
"""

from dataclasses import dataclass, replace

from swiftcache.engines.model import EngineName
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import SIZES, TaskSize, largest_memory, task_size
from swiftcache.instances.status import Status

POOL = "org_pool"
"""Whose the members are. There is no such organization: it has no record, no key, and no limits."""


@dataclass(frozen=True, slots=True)
class PoolTarget:
    """So many members of one size are to wait."""

    size: TaskSize
    members: int


def parse_pool_targets(text: str) -> tuple[PoolTarget, ...]:
    """From `<MiB of the task>=<members>,…`, as the template's parameter WarmPool has it. Empty: there is no pool.

    Raises ValueError for a size that no task of an instance without persistence has, for one that is given twice, and
    for what cannot be read.
    """
    sizes = {size.memory: size for size in SIZES if task_size(largest_memory(size)) == size}
    targets: dict[int, PoolTarget] = {}
    for part in filter(None, text.split(",")):
        memory, _, members = part.partition("=")
        if int(memory) not in sizes:
            raise ValueError(f"no task has {memory} MiB; the sizes are {', '.join(map(str, sizes))}")
        if int(memory) in targets:
            raise ValueError(f"the size {memory} is given twice")
        if int(members) < 0:
            raise ValueError(f"there cannot be {members} members of the size {memory}")
        targets[int(memory)] = PoolTarget(sizes[int(memory)], int(members))
    return tuple(targets.values())


def pool_target_for(new: NewInstance, targets: tuple[PoolTarget, ...]) -> PoolTarget | None:
    """The target whose members fit this creation. None if there is none, as for one with a volume of its own.

    Members are of the default engine, and may be of the image before the present one: who asks for a version gets it.
    """
    if new.allowed_cidrs:
        return None  # a member's task has the stack's group
    if new.persistence or new.version is not None or new.engine not in (None, EngineName.REDIS):
        return None
    size = task_size(new.max_memory)
    return next((target for target in targets if target.size == size and target.members), None)


def claimed(instance: Instance, member: Instance) -> Instance:
    """The instance as it is stored when it takes the member over: with its id, name, task and password of ours.

    The name is the one that its task was verified under, whatever new instances are called by now. It is told only when
    the instance is RUNNING, as every instance's. Its tasks are of the definition that the member's is of.
    """
    return replace(
        instance,
        id=member.id,
        claimed=True,
        dns_name=member.dns_name or member.hostname,
        endpoint=member.endpoint,
        control_password_at=member.control_password_at or member.created_at,
        shared_definition=member.shared_definition,
        observed=member.observed,
    )


def has_public_address(member: Instance) -> bool:
    """Whether its task has one: who takes it over has that too."""
    return member.endpoint is not None and member.endpoint.is_public


def is_ready(member: Instance) -> bool:
    """Whether it may be taken over: it serves, and nobody is at work on it."""
    return (
        member.status is Status.RUNNING
        and member.endpoint is not None
        and not member.recovering
        and not member.configuration_runs
    )
