"""The way back: who runs the image that does harm goes back to an earlier patch of its line, once that is deployed.

Whoever runs it is meant, whether this rollout has brought it, or a creation or a recovery in the meantime.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from swiftcache.engines.model import Offers, line_of, numbers
from swiftcache.engines.upgrades import is_earlier_patch
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from swiftcache.rollouts.model import Rollout, RolloutStatus, Why, WhyCode
from swiftcache.rollouts.waves import is_taken

CALM = timedelta(minutes=30)
"""For so long nobody has been seen with it, before it is undone: a creation from before ends, and is looked at."""


def undoing(rollout: Rollout, now: datetime) -> Rollout:
    """Goes back, from wherever it was."""
    at = timestamp(now)
    return replace(rollout, status=RolloutStatus.UNDOING, why=None, changed_at=at, wave_began_at=at, wave_ended_at=None)


def gone_back(rollout: Rollout, offers: Offers, fleet: Sequence[Instance], now: datetime) -> Rollout:
    """How far the way back is."""
    left = running_it(rollout, fleet)
    waiting = sum(is_taken(instance, ChangeReason.ROLLBACK) for instance in left)
    after = replace(rollout, waiting=waiting, replaced=len(left), why=None)
    why = _in_the_way(rollout, offers)
    if why is not None:
        status = RolloutStatus.UNDOING if why.code is WhyCode.AWAITS_EARLIER_IMAGE else RolloutStatus.ABANDONED
        return replace(after, status=status, why=why, wave_ended_at=None)
    if left or any(_comes_to_it(rollout, instance) for instance in fleet):
        return replace(after, wave_ended_at=None)
    if rollout.wave_ended_at is None:
        return replace(after, wave_ended_at=timestamp(now))
    is_calm = now >= datetime.fromisoformat(rollout.wave_ended_at) + CALM
    return replace(after, status=RolloutStatus.UNDONE) if is_calm else after


def to_set_back(rollout: Rollout, fleet: Sequence[Instance]) -> list[Instance]:
    """Those that are to be asked for now: all who run it, and nobody while there is nothing to go back to."""
    if rollout.why is not None:
        return []
    return [one for one in running_it(rollout, fleet) if not is_taken(one, ChangeReason.ROLLBACK)]


def running_it(rollout: Rollout, fleet: Sequence[Instance]) -> list[Instance]:
    return [instance for instance in fleet if _runs(rollout, instance)]


def _runs(rollout: Rollout, instance: Instance) -> bool:
    if instance.organization_id == POOL or instance.engine is not rollout.engine or instance.version is None:
        return False
    return instance.status is Status.RUNNING and numbers(instance.version) == numbers(rollout.version)


def _comes_to_it(rollout: Rollout, instance: Instance) -> bool:
    """Whether a replacement is under way that was begun for it."""
    return instance.engine is rollout.engine and instance.changing and is_taken(instance)


def _in_the_way(rollout: Rollout, offers: Offers) -> Why | None:
    """Why there is nothing to go back to; None if there is."""
    offer, line = offers.of(rollout.engine), line_of(rollout.version)
    version = offer.version if offer else None
    if version is not None and is_earlier_patch(version, rollout.version):
        return None
    if version is not None and numbers(version) == numbers(rollout.version):
        return Why(
            WhyCode.AWAITS_EARLIER_IMAGE,
            f"new tasks have {rollout.engine} {rollout.version} still: deploy an earlier image of the line {line}, and "
            f"who runs {rollout.version} goes back to it",
        )
    found = f"offered as {version or 'an unknown version'}" if offer else "not offered any more"
    return Why(
        WhyCode.SUPERSEDED,
        f"{rollout.engine} is {found}, which is no earlier one of the line {line}: there is nothing to go back to",
    )
