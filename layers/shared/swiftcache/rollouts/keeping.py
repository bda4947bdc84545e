"""The keeper of rollouts: begins one where a newer image is offered, and takes it a step on, or back, in each pass.

Each pass begins from the record and the fleet, and stores what it has decided before it does it: so the next makes good
one that dies. One instance's trouble does not keep the others waiting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from swiftcache.engines.model import Offer, Offers
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance import AHEAD
from swiftcache.instances.model import Instance
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.platform.errors import RecordChanged
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.rollouts.ports import Fleet, RolloutRecord
from swiftcache.rollouts.progress import advanced, begun
from swiftcache.rollouts.undoing import to_set_back
from swiftcache.rollouts.waves import is_withdrawable, to_take

AT_ONCE = 500
"""Instances that a pass writes to: some 20 seconds, and the last wave of 10,000 is asked for in an hour and a half."""

DEADLINE = timedelta(days=14)
"""For each instance: two of its windows, so that its owner can put it off once."""

DEADLINE_BACK = AHEAD
"""So that it begins at once, whatever the window: what it has does harm."""


@dataclass(slots=True)
class RolloutPass:
    """`rollout` as it is after the pass, None if there is none; `begun` if it is the first of it, and `moved` if its
    status is another than before. The rest by the ids of instances; `errors` are why some wait for the next pass.
    """

    rollout: Rollout | None = None
    begun: bool = False
    moved: bool = False
    required: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    errors: dict[str, Exception] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Turn:
    request_id: str
    end: datetime
    result: RolloutPass


@dataclass(frozen=True, slots=True)
class RolloutKeeper:
    """`now` gives the time with its zone."""

    record: RolloutRecord
    fleet: Fleet
    maintenance: MaintenanceService
    offers: Offers
    now: Callable[[], datetime]

    def run(self, request_id: str, end: datetime) -> RolloutPass:
        """One pass, which asks for nobody after `end`. `request_id` is that of what it requires and withdraws.

        Raises DependencyUnavailable if the record or the fleet cannot be read or written.
        """
        current = self.record.current()
        offered = self._not_begun() if current is None else []
        if current is None and not offered:
            return RolloutPass()
        fleet, now = list(self.fleet.lasting()), self.now()
        before = current or next((found for offer in offered if (found := begun(offer, fleet, now))), None)
        if before is None:
            return RolloutPass()
        after = advanced(before, self.offers, fleet, now)
        if after != before or current is None:
            try:
                after = self.record.store(after)
            except RecordChanged:
                return RolloutPass(before)  # another pass, or the operator, was faster; the next one looks again
        result = RolloutPass(after, begun=current is None, moved=after.status is not before.status)
        self._act(before, after, fleet, _Turn(request_id, end, result))
        return result

    def _not_begun(self) -> list[Offer]:
        """What is offered and was never begun: given up or done, a target is not begun again."""
        known = {(rollout.engine, rollout.version) for rollout in self.record.ended()}
        return [offer for offer in self.offers.all if offer.version and (offer.engine, offer.version) not in known]

    def _act(self, before: Rollout, after: Rollout, fleet: Sequence[Instance], turn: _Turn) -> None:
        if after.status is RolloutStatus.IN_PROGRESS:
            self._require(to_take(after, fleet, self.now()), ChangeReason.IMAGE, DEADLINE, turn)
        elif after.status is RolloutStatus.UNDOING and after.why is None:
            self._withdraw(after, fleet, ChangeReason.IMAGE, turn)
            self._require(to_set_back(after, fleet), ChangeReason.ROLLBACK, DEADLINE_BACK, turn)
        elif after.status in (RolloutStatus.SUCCEEDED, RolloutStatus.UNDONE):
            self._end(after)
        else:
            waited = [self._withdraw(after, fleet, one, turn) for one in (ChangeReason.IMAGE, ChangeReason.ROLLBACK)]
            # A pass that was under way when it was given up may have asked for others since the fleet was read.
            if not any(waited) and before.status is RolloutStatus.ABANDONED:
                self._end(after)

    def _require(self, instances: Sequence[Instance], reason: ChangeReason, within: timedelta, turn: _Turn) -> None:
        def require(one: Instance) -> None:
            self.maintenance.require(one.organization_id, one.id, reason, self.now() + within, turn.request_id)

        self._for_each(instances, require, turn.result.required, turn)

    def _withdraw(self, rollout: Rollout, fleet: Sequence[Instance], reason: ChangeReason, turn: _Turn) -> bool:
        """Whether there was anything that could be taken back."""

        def withdraw(one: Instance) -> None:
            self.maintenance.withdraw(one.organization_id, one.id, reason, turn.request_id)

        waiting = [instance for instance in fleet if is_withdrawable(rollout.engine, instance, reason)]
        self._for_each(waiting, withdraw, turn.result.withdrawn, turn)
        return bool(waiting)

    def _for_each(
        self, instances: Sequence[Instance], do: Callable[[Instance], None], done: list[str], turn: _Turn
    ) -> None:
        for instance in instances[:AT_ONCE]:
            if self.now() > turn.end:
                break
            try:
                do(instance)
            except Exception as error:
                turn.result.errors[instance.id] = error
            else:
                done.append(instance.id)

    def _end(self, rollout: Rollout) -> None:
        try:
            self.record.end(rollout)
        except RecordChanged:
            return  # another pass has done it, or does it next
