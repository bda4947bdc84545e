"""What is due by itself: the end of instances that expire, configurations that could not be made so far, what keys may
do by now where a Redis has it as it was before, networks that are not in force, and deletions that wait for a backup in
vain.

Each pass begins from the record, so it does not matter where the one before ended or died. One instance's trouble does
not keep the others waiting.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from swiftcache.access.audit import Action, System, system_entry
from swiftcache.configuration.model import is_behind, needs_configuration
from swiftcache.configuration.ports import ConfigureTrigger, DueInstances
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Instances, Settler, Target, Workflows
from swiftcache.instances.status import Status
from swiftcache.networks.ports import NetworkTrigger
from swiftcache.platform.errors import DependencyUnavailable, RecordChanged
from swiftcache.platform.timestamps import timestamp

AHEAD = timedelta(seconds=60)
"""How far a pass looks ahead: to the beginning of the next."""


OUTDATED = 100
"""Instances a pass that get a new edition of what keys may do: after an update, all of a fleet would be due at once."""


class DueWork(StrEnum):
    CONFIGURED = "configured"
    LIMITED = "limited"
    SETTLED = "settled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Swept:
    """One instance's turn. `error` is why it has to wait for the next pass."""

    instance_id: str
    work: DueWork
    error: Exception | None = None


@dataclass(frozen=True, slots=True)
class Sweep:
    """`now` gives the time with its zone, `sleep` waits for seconds."""

    due: DueInstances
    instances: Instances
    workflows: Workflows
    configure_trigger: ConfigureTrigger
    network_trigger: NetworkTrigger
    settler: Settler
    now: Callable[[], datetime]
    sleep: Callable[[float], None]

    def run(self, request_id: str, end: datetime) -> Iterator[Swept]:
        """One pass, which begins nothing after `end`. `request_id` is what the audit log shows of it."""
        soon = timestamp(min(self.now() + AHEAD, end))
        found = list(self.due.due(soon))
        due = [instance for instance in found if needs_configuration(instance, self.now())]
        behind = [instance for instance in due if is_behind(instance, self.now())]
        outdated = [instance for instance in due if instance not in behind]
        # In a new order each time, so that trouble keeps nobody else waiting.
        chosen = random.SystemRandom().sample(outdated, min(OUTDATED, len(outdated)))
        yield from self._configure([*behind, *chosen])
        yield from self._limit(found)
        yield from self._settle(found)
        for at, instance in sorted(_expiring(found, soon), key=lambda pair: (pair[0], pair[1].id)):
            self._wait_until(datetime.fromisoformat(at))
            if self.now() > end:
                return
            with suppress(RecordChanged):
                yield self._expired(instance, at, request_id)

    def _configure(self, instances: Iterable[Instance]) -> Iterator[Swept]:
        for instance in instances:
            try:
                self.configure_trigger.start(instance.organization_id, instance.id)
            except Exception as error:
                yield Swept(instance.id, DueWork.CONFIGURED, error)
            else:
                yield Swept(instance.id, DueWork.CONFIGURED)

    def _limit(self, found: Iterable[Instance]) -> Iterator[Swept]:
        """Those whose security group does not let in yet whom it is to, or others still."""
        for instance in found:
            if instance.status is not Status.RUNNING or instance.networks_in_force:
                continue
            try:
                self.network_trigger.start(instance.organization_id, instance.id)
            except Exception as error:
                yield Swept(instance.id, DueWork.LIMITED, error)
            else:
                yield Swept(instance.id, DueWork.LIMITED)

    def _settle(self, found: Iterable[Instance]) -> Iterator[Swept]:
        """Those that wait for a final backup which nobody is at work on any more."""
        for instance in found:
            final = instance.final_backup if instance.awaits_final_backup else None
            if final is None or not final.is_overdue(self.now()):
                continue
            try:
                self.settler.settle(instance.organization_id, instance.id)
            except Exception as error:
                yield Swept(instance.id, DueWork.SETTLED, error)
            else:
                yield Swept(instance.id, DueWork.SETTLED)

    def _expired(self, instance: Instance, at: str, request_id: str) -> Swept:
        """Raises RecordChanged if it is not to expire at this time any more: a change in the meantime wins."""
        audit = system_entry(
            System.EXPIRY,
            Action.INSTANCE_DELETION_REQUESTED,
            *(instance.organization_id, instance.id, instance.name, request_id, self.now()),
            expiresAt=at,
        )
        try:
            self.instances.mark_expired(instance.organization_id, instance.id, at, audit)
            # Otherwise the table's stream starts it.
            with suppress(DependencyUnavailable):
                target = Target(instance.organization_id, instance.id, request_id, instance.generation)
                self.workflows.delete(target, attempt=0)
        except RecordChanged:
            raise
        except Exception as error:
            return Swept(instance.id, DueWork.EXPIRED, error)
        return Swept(instance.id, DueWork.EXPIRED)

    def _wait_until(self, at: datetime) -> None:
        seconds = (at - self.now()).total_seconds()
        if seconds > 0:
            self.sleep(seconds)


def _expiring(found: Iterable[Instance], soon: str) -> Iterator[tuple[str, Instance]]:
    """Those that expire by then, each with its time."""
    for instance in found:
        at = instance.expires_at
        if at is not None and at <= soon and instance.status is not Status.DELETING:
            yield at, instance
