"""Who needs a rollout, who is taken into its wave, and when a wave is over.

No list of members is kept: who has been asked for says so itself, since its maintenance is pending; who is done runs
the new image. Those whose window opens next go first, so that a wave of a few waits for hours and not for a week.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from swiftcache.engines.model import EngineName, line_of, numbers
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance import window_of
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.maintenance.model import is_under_way, pending_of
from swiftcache.platform.tokens import sha256
from swiftcache.pool.model import POOL
from swiftcache.rollouts.model import CANARY, LAST, WAVES, Rollout
from swiftcache.rollouts.troubles import has_failed, has_succeeded

ROOM = timedelta(hours=1)
"""A window that closes sooner is not counted on: whoever has no turn in it has the next one in a week."""

SOON = timedelta(days=1)
"""Whoever begins later was put off, and is not waited for."""

PATIENCE = timedelta(days=8)
"""What a wave takes at most: a week, in which every window opens, and a day."""

LAST_PATIENCE = timedelta(days=15)
"""What the last takes at most. By then every deadline is over; what still fails is tried on, and its alarm rings."""


def needs(engine: EngineName, version: str, instance: Instance) -> bool:
    """Whether it runs an earlier version of the same line. Another line or engine is for its owner to choose."""
    if instance.organization_id == POOL or instance.engine is not engine:
        return False
    running = instance.version
    if running is None or instance.status is not Status.RUNNING or line_of(running) != line_of(version):
        return False
    return numbers(running) < numbers(version)


def needing(rollout: Rollout, fleet: Sequence[Instance]) -> list[Instance]:
    return [instance for instance in fleet if needs(rollout.engine, rollout.version, instance)]


def is_taken(instance: Instance, reason: ChangeReason = ChangeReason.IMAGE) -> bool:
    """Whether it is to be replaced for its image, or is being replaced. `reason`: that, or the way back."""
    if pending_of(instance, reason) is not None:
        return True
    return instance.changing and instance.change is not None and instance.change.reason is reason


def is_withdrawable(engine: EngineName, instance: Instance, reason: ChangeReason) -> bool:
    """Whether it waits for its image, or for the way back, and has not begun."""
    one = pending_of(instance, reason)
    return instance.engine is engine and one is not None and not is_under_way(instance, one)


def untaken(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> list[Instance]:
    """Those that need it and are not taken, in the order in which they are."""
    found = [instance for instance in needing(rollout, fleet) if not is_taken(instance)]
    return sorted(found, key=lambda instance: (ready_at(instance, now), _drawn(rollout.id, instance.id)))


def to_take(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> list[Instance]:
    """Those that are to be taken into the wave now."""
    if rollout.wave_ended_at is not None:
        return []
    free = untaken(rollout, fleet, now)
    if rollout.wave == CANARY:
        return [instance for instance in free if instance.id == rollout.canary]
    return free[: max(0, _missing(rollout, rollout.wave, len(free)))]


def canary_of(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> str | None:
    """The present one, while it is of use; else who would be ready first. None if nobody needs it."""
    present = next((instance for instance in fleet if instance.id == rollout.canary), None)
    if present is not None and (not _is_put_off(rollout, present, now) or has_succeeded(rollout, present)):
        return present.id
    others = [one for one in untaken(rollout, fleet, now) if not has_failed(rollout, one) and one is not present]
    chosen = others[0] if others else present
    return chosen.id if chosen else None


def is_over(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> bool:
    """Whether all of the wave's members are done, or are not to be waited for."""
    left = needing(rollout, fleet)
    if rollout.wave == CANARY:
        return not left or any(one.id == rollout.canary and _is_done(rollout, one) for one in fleet)
    lasted = now - datetime.fromisoformat(rollout.wave_began_at)
    if rollout.wave == LAST:
        return not left or lasted >= LAST_PATIENCE
    if lasted >= PATIENCE or not left:
        return True
    free = [instance for instance in left if not is_taken(instance)]
    half = math.ceil(WAVES[rollout.wave].size(rollout.total) / 2)
    if _missing(rollout, rollout.wave, len(free)) > 0 or rollout.total - len(left) < half:
        return False
    return not any(_is_waited_for(rollout, instance, now) for instance in left if is_taken(instance))


def next_wave(rollout: Rollout, fleet: Sequence[Instance]) -> int:
    """The next one that has members: of a small fleet not every wave has."""
    free = sum(not is_taken(instance) for instance in needing(rollout, fleet))
    later = range(rollout.wave + 1, LAST)
    return next((number for number in later if _missing(rollout, number, free) > 0), LAST)


def ready_at(instance: Instance, now: datetime) -> datetime:
    """When it would begin."""
    return max(now, window_of(instance).opening(now + ROOM))


def _missing(rollout: Rollout, wave: int, free: int) -> int:
    """How many more a wave is to have, where so many are not taken yet."""
    return WAVES[wave].size(rollout.total) - (rollout.total - free)


def _is_done(rollout: Rollout, instance: Instance) -> bool:
    if has_succeeded(rollout, instance):
        return True
    running = instance.version
    return running is not None and numbers(running) >= numbers(rollout.version)


def _is_put_off(rollout: Rollout, instance: Instance, now: datetime) -> bool:
    """By its owner, or since it failed for a reason that is not the image's; or it has ended as ERROR before."""
    one = pending_of(instance, ChangeReason.IMAGE)
    later = one is not None and datetime.fromisoformat(one.not_before) > now + SOON
    return later or has_failed(rollout, instance) or instance.status is not Status.RUNNING


def _is_waited_for(rollout: Rollout, instance: Instance, now: datetime) -> bool:
    one = pending_of(instance, ChangeReason.IMAGE)
    if has_failed(rollout, instance):
        return False
    return one is None or datetime.fromisoformat(one.starts_at) <= now + SOON


def _drawn(rollout_id: str, instance_id: str) -> str:
    """So that of those ready at the same time it is not always the same who go first."""
    return sha256(f"{rollout_id}/{instance_id}")
