"""The keeper of rollouts: begins one where a newer image is offered, and takes it a step further in each pass.

Each pass begins from the record and the fleet, and stores what it has decided before it does it: so the next makes good
one that dies. One instance's trouble does not keep the others waiting.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from swiftcache.engines.model import Offer, Offers
from swiftcache.instances.model import ChangeReason, Instance
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.platform.errors import RecordChanged
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.rollouts.ports import Fleet, RolloutRecord
from swiftcache.rollouts.progress import advanced, begun
from swiftcache.rollouts.waves import is_withdrawable, to_take

AT_ONCE = 500
"""Instances that a pass writes to: some 20 seconds, and the last wave of 10,000 is asked for in an hour and a half."""

DEADLINE = timedelta(days=14)
"""For each instance: two of its windows, so that its owner can put it off once."""


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
        self._act(before, after, fleet, request_id, end, result)
        return result

    def _not_begun(self) -> list[Offer]:
        """What is offered and was never begun: given up or done, a target is not begun again."""
        known = {(rollout.engine, rollout.version) for rollout in self.record.ended()}
        return [offer for offer in self.offers.all if offer.version and (offer.engine, offer.version) not in known]

    def _act(
        self,
        before: Rollout,
        after: Rollout,
        fleet: Sequence[Instance],
        request_id: str,
        end: datetime,
        result: RolloutPass,
    ) -> None:
        if after.status is RolloutStatus.IN_PROGRESS:
            self._for_each(to_take(after, fleet, self.now()), self._require, request_id, end, result.required, result)
        elif after.status is RolloutStatus.SUCCEEDED:
            self._end(after)
        else:
            waiting = [instance for instance in fleet if is_withdrawable(after.engine, instance)]
            self._for_each(waiting, self._withdraw, request_id, end, result.withdrawn, result)
            # A pass that was under way when it was given up may have asked for others since the fleet was read.
            if not waiting and before.status is RolloutStatus.ABANDONED:
                self._end(after)

    def _for_each(
        self,
        instances: Sequence[Instance],
        do: Callable[[Instance, str], None],
        request_id: str,
        end: datetime,
        done: list[str],
        result: RolloutPass,
    ) -> None:
        for instance in instances[:AT_ONCE]:
            if self.now() > end:
                break
            try:
                do(instance, request_id)
            except Exception as error:
                result.errors[instance.id] = error
            else:
                done.append(instance.id)

    def _require(self, instance: Instance, request_id: str) -> None:
        self.maintenance.require(
            *(instance.organization_id, instance.id, ChangeReason.IMAGE, self.now() + DEADLINE, request_id)
        )

    def _withdraw(self, instance: Instance, request_id: str) -> None:
        self.maintenance.withdraw(instance.organization_id, instance.id, ChangeReason.IMAGE, request_id)

    def _end(self, rollout: Rollout) -> None:
        try:
            self.record.end(rollout)
        except RecordChanged:
            return  # another pass has done it, or does it next
