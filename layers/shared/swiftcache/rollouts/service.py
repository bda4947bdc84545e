"""What the operator does about rollouts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller
from swiftcache.platform.errors import NotFound, RolloutEnded, RolloutInProgress
from swiftcache.platform.optimistic import retry_on_conflict
from swiftcache.platform.unit_of_work import already_applied
from swiftcache.rollouts.model import BACK, FORWARD, OPEN, Rollout, RolloutStatus
from swiftcache.rollouts.ports import RolloutRecord
from swiftcache.rollouts.progress import abandoned, resumed
from swiftcache.rollouts.undoing import undoing


@dataclass(frozen=True, slots=True)
class RolloutService:
    """`now` gives the time with its zone. What is decided here is done by the next pass of the keeper."""

    record: RolloutRecord
    now: Callable[[], datetime]

    def all(self) -> Sequence[Rollout]:
        """Newest first."""
        current, ended = self._read()
        return [*([current] if current else []), *ended]

    def resume(self, caller: Caller, rollout_id: str) -> Rollout:
        """Goes on with one that has stopped; nothing happens to one that goes on. Raises NotFound, RolloutEnded."""
        return retry_on_conflict(lambda: self._resume(caller, rollout_id))

    def abandon(self, caller: Caller, rollout_id: str) -> Rollout:
        """Gives it up, or the way back; nothing happens to one that is given up. Raises NotFound, RolloutEnded."""
        return retry_on_conflict(lambda: self._abandon(caller, rollout_id))

    def undo(self, caller: Caller, rollout_id: str) -> Rollout:
        """Goes back with it, however it has ended; nothing happens to one that does or has done so.

        Raises NotFound, and RolloutInProgress if another one goes on.
        """
        return retry_on_conflict(lambda: self._undo(caller, rollout_id))

    def _resume(self, caller: Caller, rollout_id: str) -> Rollout:
        found = _found(rollout_id, self.all())
        if found.status is RolloutStatus.IN_PROGRESS or already_applied():
            return found
        if found.status not in FORWARD:
            raise RolloutEnded(f"the rollout {found.id} is {found.status} already; a newer image begins another")
        return self.record.store(resumed(found, self.now()), self._entry(caller, Action.ROLLOUT_RESUMED, found))

    def _abandon(self, caller: Caller, rollout_id: str) -> Rollout:
        found = _found(rollout_id, self.all())
        if found.status is RolloutStatus.ABANDONED or already_applied():
            return found
        if found.status not in OPEN:
            raise RolloutEnded(f"the rollout {found.id} is {found.status} already: nothing of it is left to be done")
        return self.record.store(abandoned(found, self.now()), self._entry(caller, Action.ROLLOUT_ABANDONED, found))

    def _undo(self, caller: Caller, rollout_id: str) -> Rollout:
        current, ended = self._read()
        found = _found(rollout_id, [*([current] if current else []), *ended])
        if found.status in BACK or already_applied():
            return found
        if current is not None and current.id != found.id:
            raise RolloutInProgress(
                f"the rollout {current.id} to {current.engine} {current.version} goes on, and there is one at a time: "
                "abandon it first"
            )
        after, audit = undoing(found, self.now()), self._entry(caller, Action.ROLLOUT_UNDOING, found)
        return self.record.reopen(after, audit) if current is None else self.record.store(after, audit)

    def _read(self) -> tuple[Rollout | None, Sequence[Rollout]]:
        current = self.record.current()
        # One that ends between both reads is in both.
        return current, [one for one in self.record.ended() if current is None or one.id != current.id]

    def _entry(self, caller: Caller, action: Action, before: Rollout) -> AuditEntry:
        """In the operator's own organization. The owners are told of what it means for their instances."""
        why = before.why.code.value if before.why else None
        name = f"{before.engine} {before.version}"
        status, count = before.status.value, before.replaced
        return entry(caller, action, before.id, name, self.now(), statusFrom=status, why=why, replaced=count)


def _found(rollout_id: str, rollouts: Sequence[Rollout]) -> Rollout:
    found = next((rollout for rollout in rollouts if rollout.id == rollout_id), None)
    if found is None:
        raise NotFound(f"there is no rollout {rollout_id}; GET /api/v1/operations/rollouts lists all")
    return found
