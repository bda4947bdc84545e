"""How far a rollout is, by what the fleet is like: each rule gives the rollout as it is to be stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from swiftcache.engines.model import Offer, Offers
from swiftcache.instances.model import Instance
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import new_id
from swiftcache.rollouts.model import BACK, CANARY, FORWARD, LAST, WAVES, Rollout, RolloutStatus, Why, WhyCode
from swiftcache.rollouts.troubles import has_succeeded, troubles, why_stop
from swiftcache.rollouts.undoing import gone_back
from swiftcache.rollouts.waves import canary_of, is_over, is_taken, needing, needs, next_wave


def begun(offer: Offer, fleet: Sequence[Instance], now: datetime) -> Rollout | None:
    """The rollout that leads to what is offered; None if nobody needs it."""
    version = offer.version
    if version is None or not any(needs(offer.engine, version, instance) for instance in fleet):
        return None
    at = timestamp(now)
    return Rollout(new_id("rol"), offer.engine, version, RolloutStatus.IN_PROGRESS, at, at, at)


def advanced(rollout: Rollout, offers: Offers, fleet: Sequence[Instance], now: datetime) -> Rollout:
    """A step further, or back, if it is time for one: the same if not."""
    if rollout.status is RolloutStatus.UNDOING:
        after = gone_back(rollout, offers, fleet, now)
    elif rollout.status in BACK:
        after = rollout
    else:
        after = _moved_forward(rollout, offers, fleet, now)
    return after if after == rollout else replace(after, changed_at=timestamp(now))


def _moved_forward(rollout: Rollout, offers: Offers, fleet: Sequence[Instance], now: datetime) -> Rollout:
    after = _counted(rollout, fleet, now)
    if rollout.status in FORWARD and (other := _other_target(rollout, offers)) is not None:
        return replace(after, status=RolloutStatus.ABANDONED, why=other)
    if rollout.status is not RolloutStatus.IN_PROGRESS:
        return after
    why = why_stop(after)
    return replace(after, status=RolloutStatus.STOPPED, why=why) if why else _moved(after, fleet, now)


def resumed(rollout: Rollout, now: datetime) -> Rollout:
    """Goes on with the wave at which it was. What went wrong until now is known, and stops it no more."""
    at = timestamp(now)
    known = tuple(replace(one, known=True) for one in rollout.troubles)
    return replace(rollout, status=RolloutStatus.IN_PROGRESS, why=None, troubles=known, changed_at=at, wave_began_at=at)


def abandoned(rollout: Rollout, now: datetime) -> Rollout:
    """Given up: this target is not begun again by itself, a newer one is."""
    why = Why(WhyCode.GIVEN_UP, "the operator has given it up; a newer image begins another rollout")
    return replace(rollout, status=RolloutStatus.ABANDONED, why=why, changed_at=timestamp(now))


def _other_target(rollout: Rollout, offers: Offers) -> Why | None:
    """Why a replacement would not lead to its target any more: the stack was deployed with another image."""
    offer = offers.of(rollout.engine)
    if offer is not None and offer.version == rollout.version:
        return None
    offered = "is not offered any more" if offer is None else f"is offered as {offer.version or 'an unknown version'}"
    return Why(WhyCode.SUPERSEDED, f"{rollout.engine} {offered}, and no task would run {rollout.version}")


def _counted(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> Rollout:
    left = needing(rollout, fleet)
    done = sum(has_succeeded(rollout, instance) for instance in fleet)
    total = max(rollout.total, len(left) + done)
    return replace(
        rollout,
        total=total,
        waiting=sum(is_taken(instance) for instance in left),
        replaced=total - len(left),
        troubles=troubles(rollout, fleet, now),
    )


def _moved(rollout: Rollout, fleet: Sequence[Instance], now: datetime) -> Rollout:
    if rollout.wave_ended_at is None:
        if rollout.wave == CANARY:
            rollout = replace(rollout, canary=canary_of(rollout, fleet, now))
        over = is_over(rollout, fleet, now)
        return replace(rollout, wave_ended_at=timestamp(now)) if over else rollout
    if now < datetime.fromisoformat(rollout.wave_ended_at) + WAVES[rollout.wave].pause:
        return rollout
    if rollout.wave == LAST:
        return replace(rollout, status=RolloutStatus.SUCCEEDED)
    return replace(rollout, wave=next_wave(rollout, fleet), wave_began_at=timestamp(now), wave_ended_at=None)
