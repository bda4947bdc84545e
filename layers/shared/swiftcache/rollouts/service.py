"""What the operator does about rollouts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.platform.errors import NotFound, RolloutEnded
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.rollouts.ports import RolloutRecord
from swiftcache.rollouts.progress import abandoned, resumed

Step = Callable[[Rollout, datetime], Rollout]


@dataclass(frozen=True, slots=True)
class RolloutService:
    """`now` gives the time with its zone. What is decided here is done by the next pass of the keeper."""

    record: RolloutRecord
    now: Callable[[], datetime]

    def all(self) -> Sequence[Rollout]:
        """Newest first."""
        current = self.record.current()
        # One that ends between both reads is in both.
        ended = [rollout for rollout in self.record.ended() if current is None or rollout.id != current.id]
        return [*([current] if current else []), *ended]

    def resume(self, rollout_id: str) -> Rollout:
        """Goes on with one that has stopped; nothing happens to one that goes on. Raises NotFound, RolloutEnded."""
        return retry_on_conflict(lambda: self._change(rollout_id, RolloutStatus.IN_PROGRESS, resumed))

    def abandon(self, rollout_id: str) -> Rollout:
        """Gives it up; nothing happens to one that is given up. Raises NotFound, RolloutEnded."""
        return retry_on_conflict(lambda: self._change(rollout_id, RolloutStatus.ABANDONED, abandoned))

    def _change(self, rollout_id: str, status: RolloutStatus, step: Step) -> Rollout:
        found = next((rollout for rollout in self.all() if rollout.id == rollout_id), None)
        if found is None:
            raise NotFound(f"there is no rollout {rollout_id}; GET /api/v1/operations/rollouts lists all")
        if found.status is status or already_applied():
            return found
        if not found.is_open:
            raise RolloutEnded(f"the rollout {found.id} is {found.status} already; a newer image begins another")
        return self.record.store(step(found, self.now()))
