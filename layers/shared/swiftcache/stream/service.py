"""What follows from a change in the table, told by its stream: the event, and the certainty that work goes on.

The stream brings every change at least once and in order for each instance, however the writer fared afterwards. So
neither a failed publish nor a crash between the write and the start of a workflow can lose anything.
"""

from collections.abc import Iterable

from swiftcache.changes.ports import Replacement
from swiftcache.events.model import StatusChange
from swiftcache.instances.model import Endpoint, Instance, NewInstance
from swiftcache.instances.ports import Target, Workflows
from swiftcache.instances.status import Status
from swiftcache.pool.model import POOL, PoolTarget, pool_target_for
from swiftcache.pool.ports import PoolNews


def start_work(change: StatusChange, workflows: Workflows, member: Endpoint | None = None, generation: int = 0) -> None:
    """Starts the workflow that the change asks for, where the API had no time to.

    `member` is the task of the warm pool that a creation takes over, `generation` the instance's. Raises
    DependencyUnavailable; the stream then brings the change again.
    """
    target = Target(change.organization_id, change.instance_id, change.request_id, generation)
    if change.after == Status.PROVISIONING:
        workflows.provision(target, member)
    elif change.after == Status.DELETING:
        workflows.delete(target, attempt=0)


def start_resize(replacement: Replacement, workflows: Workflows) -> None:
    """Starts the first attempt of a resize that has begun in the record. Raises DependencyUnavailable."""
    target = Target(replacement.organization_id, replacement.instance_id, replacement.request_id)
    workflows.resize(target, replacement.change_id, replacement.attempt)


def pool_news(changes: Iterable[tuple[Instance | None, Instance | None]], targets: tuple[PoolTarget, ...]) -> PoolNews:
    """What these changes of members and creations, each before and after, mean for the warm pool.

    It has work when a member has come to run (others may wait for their turn) or has failed, and when whoever took one
    over has it, or never will: while a customer waits, the next member would compete with what he waits for.
    """
    taken_over = missed = 0
    work = False
    for before, after in changes:
        if after is None:
            # Others leave DELETING.
            taken_over += before is not None and before.status is Status.RUNNING
        elif before is None:
            alone = not (after.claimed or after.restore)
            missed += after.organization_id != POOL and alone and _would_fit(after, targets)
        elif before.status is not after.status:
            claim_ended = after.claimed and before.status is Status.PROVISIONING
            work = work or claim_ended or after.status in (Status.RUNNING, Status.ERROR)
    return PoolNews(taken_over, missed, work)


def _would_fit(instance: Instance, targets: tuple[PoolTarget, ...]) -> bool:
    asked = NewInstance(
        instance.organization_id,
        instance.name,
        instance.max_memory,
        instance.region,
        persistence=instance.persistence,
        engine=instance.engine,
        allowed_cidrs=instance.allowed_networks.cidrs if instance.allowed_networks else (),
    )
    return pool_target_for(asked, targets) is not None
