"""Planning the warm pool: what is to be done about each size, decided from its members alone.

    present    of the edition of now, PROVISIONING or RUNNING: never more than are wanted
    outdated   of another: one of them goes for each that has come in its place
    failed     ERROR: nothing is left of it but its record, which is kept as the memory of the trouble
    DELETING   on its way out, and of no account

Trouble begins when a member fails and ends when one has come to run since. While it lasts, members are tried one at a
time, each after a pause as long as the trouble has lasted: after 1, 2, 4 … minutes, and at last every half hour. So an
image that no task lives with costs a few tasks a day, whatever the pool's size.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from swiftcache.certificates.model import CurrentCertificate, needs_renewal
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import REGIONS, Instance, hostname_of
from swiftcache.instances.sizes import TaskSize, largest_memory, task_size
from swiftcache.instances.status import Reason, Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id, sha256
from swiftcache.pool.model import POOL, PoolTarget, is_ready

AT_ONCE = 10
"""How many members are PROVISIONING at a time, of all sizes together: customers' creations need AWS's quotas too."""

FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Edition:
    """What members are to be at this moment: made from this image, and with a certificate that does not end soon while
    there is another. `certificate` is None as long as nothing is known of it.
    """

    image: str
    certificate: CurrentCertificate | None
    now: datetime

    def is_outdated(self, member: Instance) -> bool:
        return member.name != member_name(self.image) or needs_renewal(member.serves, self.certificate, self.now)


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """What a size has, and what is to be done: `missing` members may be added, those of `delete` are to go."""

    target: PoolTarget
    ready: int
    present: int
    missing: int
    delete: tuple[Instance, ...]
    troubled: bool


def member_name(image: str) -> str:
    """What members made from an image are called: their names tell which of them are outdated."""
    return f"warm-{sha256(image)[:12]}"


def new_member(size: TaskSize, image: str, request_id: str, at: datetime, domain: str) -> Instance:
    """As large as its task carries, so that it fits whoever takes it over. It has no key: nobody gets in but we."""
    instance_id = new_id("inst")
    return Instance(
        id=instance_id,
        organization_id=POOL,
        name=member_name(image),
        status=Status.PROVISIONING,
        max_memory=largest_memory(size),
        region=REGIONS[0].region,
        eviction_policy=EvictionPolicy.ALLKEYS_LRU,
        created_at=timestamp(at, "seconds"),
        changed_at=timestamp(at),
        reason=Reason.CREATED,
        request_id=request_id,
        keys=(),
        dns_name=hostname_of(instance_id, domain),
        shared_definition=True,
        key_rules=KEY_RULES,
    )


def plans(
    members: Sequence[Instance], targets: Iterable[PoolTarget], edition: Edition, now: datetime
) -> list[PoolPlan]:
    """One for each target, and for each size that has members and no target any more."""
    wanted = {target.size: target for target in targets}
    for size in {task_size(member.max_memory) for member in members} - wanted.keys():
        wanted[size] = PoolTarget(size, 0)
    return [
        _plan(target, [member for member in members if task_size(member.max_memory) == size], edition, now)
        for size, target in sorted(wanted.items(), key=lambda pair: pair[0].memory)
    ]


def additions(made: Sequence[PoolPlan], members: Iterable[Instance]) -> list[TaskSize]:
    """The sizes to add now, the emptiest size first, so that a large one keeps no small one waiting."""
    under_way = sum(member.status is Status.PROVISIONING for member in members)
    due = [
        ((plan.present + number) / plan.target.members, plan.target.size)
        for plan in made
        for number in range(plan.missing)
    ]
    return [size for _, size in sorted(due, key=lambda one: one[0])[: max(0, AT_ONCE - under_way)]]


def _plan(target: PoolTarget, members: Sequence[Instance], edition: Edition, now: datetime) -> PoolPlan:
    alive = sorted((one for one in members if one.status in (Status.PROVISIONING, Status.RUNNING)), key=_worth)
    outdated = [one for one in alive if edition.is_outdated(one)]
    present, surplus = _split([one for one in alive if one not in outdated], target.members)
    ready = sum(map(is_ready, present))
    _, replaced = _split(outdated, target.members - ready)
    unready = [one for one in outdated if one.status is Status.PROVISIONING and one not in replaced]
    failed = sorted((one for one in members if one.status is Status.ERROR), key=lambda one: one.changed_at)
    fresh = [one for one in failed if not edition.is_outdated(one)]
    troubled = _troubled(fresh, present, target.members)
    missing = target.members - len(present)
    if troubled:
        trying = any(one.status is Status.PROVISIONING for one in present)
        missing = min(missing, int(not trying and now >= _next_try(fresh)))
    # Of the trouble its first failure and its last are remembered.
    forgotten = [one for one in failed if not troubled or one not in (fresh[0], fresh[-1])]
    return PoolPlan(
        target=target,
        ready=sum(map(is_ready, alive)),
        present=len(present),
        missing=missing,
        delete=(*surplus, *replaced, *unready, *forgotten),
        troubled=troubled,
    )


def _worth(member: Instance) -> tuple[bool, bool, str, str]:
    """The most useful first: one that is ready, one that runs, and of these the oldest. The same in every pass."""
    return (not is_ready(member), member.status is not Status.RUNNING, member.created_at, member.id)


def _split(members: list[Instance], keep: int) -> tuple[list[Instance], list[Instance]]:
    kept = max(0, keep)
    return members[:kept], members[kept:]


def _troubled(failed: Sequence[Instance], present: Sequence[Instance], wanted: int) -> bool:
    """Whether members fail, and none has come to run since. A size that is full has no use for the question."""
    if not failed:
        return False
    running = [one for one in present if one.status is Status.RUNNING]
    return len(running) < wanted and not any(one.changed_at > failed[-1].changed_at for one in running)


def _next_try(failed: Sequence[Instance]) -> datetime:
    first, last = (datetime.fromisoformat(one.changed_at) for one in (failed[0], failed[-1]))
    return last + min(max(FIRST_PAUSE, last - first), LONGEST_PAUSE)
