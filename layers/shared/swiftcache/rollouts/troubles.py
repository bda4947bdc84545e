"""What tells that an image does harm: replacements that fail, and instances that are worse after theirs."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from swiftcache.instances.change import Change, ChangeReason, ChangeStatus
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.rollouts.model import CANARY, Rollout, Trouble, TroubleKind, Why, WhyCode

WATCHED = timedelta(hours=24)
"""What befalls an instance so long after its replacement is laid to the image. Some of any ten thousand lose their task
each day whatever they run: with no end a rollout of a week would stop for those."""

TOLERATED = 0.02
"""Of those replaced so far."""

NOT_THE_IMAGE_S = frozenset({"DATA_DOES_NOT_FIT", "NO_CAPACITY", "STANDBY_BEHIND"})
"""Failures that come of what the instance's clients do, or of AWS."""


def replacement_of(rollout: Rollout, instance: Instance) -> Change | None:
    """What this rollout has done to it, or is doing, or has tried."""
    change = instance.change
    if change is None or change.reason is not ChangeReason.IMAGE or change.started_at < rollout.started_at:
        return None
    return change


def has_failed(rollout: Rollout, instance: Instance) -> bool:
    """Whatever the reason was: it is tried again in its next window, which nobody waits for."""
    change = replacement_of(rollout, instance)
    return change is not None and change.status is ChangeStatus.FAILED


def has_succeeded(rollout: Rollout, instance: Instance) -> bool:
    change = replacement_of(rollout, instance)
    return change is not None and change.status is ChangeStatus.SUCCEEDED


def troubles(rollout: Rollout, fleet: Iterable[Instance], now: datetime) -> tuple[Trouble, ...]:
    """Those that were known before, and what has come since: a trouble stays when its instance is well again."""
    noted = {(one.instance_id, one.change_id) for one in rollout.troubles}
    found = (one for instance in fleet for one in _trouble(rollout, instance, now))
    return (*rollout.troubles, *(one for one in found if (one.instance_id, one.change_id) not in noted))


def why_stop(rollout: Rollout) -> Why | None:
    """None while it may go on."""
    new = [one for one in rollout.troubles if not one.known]
    if not new:
        return None
    last = new[-1]
    if rollout.wave == CANARY:
        return Why(
            WhyCode.CANARY_IN_TROUBLE,
            f"the canary {last.instance_id} {_said(last)}: look at it, then resume, undo or abandon the rollout",
        )
    if len(new) <= max(1, TOLERATED * rollout.replaced):
        return None
    failed = sum(one.kind is TroubleKind.FAILED for one in new)
    return Why(
        WhyCode.TOO_MANY_TROUBLES,
        f"of {rollout.replaced} replaced so far {len(new) - failed} are worse, and {failed} replacements failed; the "
        f"last, {last.instance_id}, {_said(last)}: look at them, then resume, undo or abandon the rollout",
    )


def _trouble(rollout: Rollout, instance: Instance, now: datetime) -> Iterator[Trouble]:
    change = replacement_of(rollout, instance)
    if change is None:
        return
    if change.status is ChangeStatus.FAILED:
        code = change.failure.code if change.failure else "UNKNOWN"
        if code not in NOT_THE_IMAGE_S:
            yield Trouble(TroubleKind.FAILED, instance.id, change.id, code)
    elif change.status is ChangeStatus.SUCCEEDED:
        # Not since its end: the new task serves before that, and the old one's death would have made it a failure.
        cause = _worse_since(instance, change.started_at, now)
        if cause is not None:
            yield Trouble(TroubleKind.WORSE, instance.id, change.id, cause)


def _worse_since(instance: Instance, begun_at: str, now: datetime) -> str | None:
    if instance.recovery is not None and _is_watched(instance.recovery.started_at, begun_at):
        return instance.recovery.cause.value
    if instance.status is Status.ERROR and _is_watched(instance.changed_at, begun_at):
        return "ERROR"
    since = instance.silent_since
    is_silent = since is not None and instance.silence is not None and instance.silence.is_too_long(now)
    return "NOT_ANSWERING" if since is not None and is_silent and _is_watched(since, begun_at) else None


def _is_watched(at: str, begun_at: str) -> bool:
    since = datetime.fromisoformat(at) - datetime.fromisoformat(begun_at)
    return timedelta(0) <= since <= WATCHED


def _said(trouble: Trouble) -> str:
    if trouble.kind is TroubleKind.FAILED:
        return f"could not be replaced ({trouble.cause})"
    return f"is worse since its replacement ({trouble.cause})"
