"""How full the warm pool is, size by size: for who looks at it. Planning decides what is done about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import TaskSize, task_size
from swiftcache.instances.status import Status
from swiftcache.pool.model import PoolTarget, is_ready


@dataclass(frozen=True, slots=True)
class PoolLevel:
    """Of one size: so many members are to wait, and so many are ready, are being started, and have failed."""

    size: TaskSize
    wanted: int
    ready: int
    starting: int
    failed: int


def pool_levels(members: Sequence[Instance], targets: Iterable[PoolTarget]) -> list[PoolLevel]:
    """One for each target, and for each size that has members and no target any more; the smallest first."""
    wanted = {target.size: target.members for target in targets}
    sizes = wanted.keys() | {task_size(member.max_memory) for member in members}
    return [
        _level(size, wanted.get(size, 0), [member for member in members if task_size(member.max_memory) == size])
        for size in sorted(sizes, key=lambda size: size.memory)
    ]


def _level(size: TaskSize, wanted: int, members: Sequence[Instance]) -> PoolLevel:
    return PoolLevel(
        size,
        wanted,
        ready=sum(map(is_ready, members)),
        starting=sum(member.status is Status.PROVISIONING for member in members),
        failed=sum(member.status is Status.ERROR for member in members),
    )
