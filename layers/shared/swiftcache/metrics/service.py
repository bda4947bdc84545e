"""What an organization may learn of its instances' metrics."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from swiftcache.access.identity import Caller
from swiftcache.access.ownership import check_own_organization
from swiftcache.instances.model import Instance
from swiftcache.instances.ownership import own_instance
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.metrics.history import History, Period, Point, merge_hours, split_hours, steps_between
from swiftcache.metrics.model import Aggregate, CounterState, LiveFigures, hour_of_text
from swiftcache.metrics.ports import Inspector, Metrics
from swiftcache.metrics.slow_commands import SlowCommand
from swiftcache.platform.errors import IllegalTransition

_PAGE = 1000


@dataclass(frozen=True, slots=True)
class MetricsService:
    """The use cases of the API. `now` gives the time with its zone."""

    instances: Instances
    metrics: Metrics
    inspector: Inspector
    now: Callable[[], datetime]

    def history(self, caller: Caller, instance_id: str, period: Period) -> History:
        """Raises NotFound, for another's instance too."""
        own_instance(self.instances, caller, instance_id)
        owner, starts = caller.organization_id, period.starts(self.now())
        since = hour_of_text(starts[0])
        # The state first: an hour that leaves it meanwhile has gone to where it is read after that.
        state = self.metrics.counter_state(owner, instance_id)
        found = merge_hours(state, self.metrics.hours(instance_id, since))
        if period is Period.HOUR:
            snapshots = self.metrics.snapshots(owner, instance_id, since)
            found = split_hours(found, snapshots, state, steps_between(since, starts[-1]))
        return History(period, [Point(start, found.get(start, Aggregate())) for start in starts])

    def live(self, caller: Caller, instance_id: str) -> LiveFigures:
        """The figures of this moment. Raises NotFound, IllegalTransition unless it is RUNNING, RedisUnreachable."""
        return self.inspector.inspect(self._running(caller, instance_id, "live metrics"))

    def slow_commands(self, caller: Caller, instance_id: str, limit: int) -> Sequence[SlowCommand]:
        """The newest first, `limit` at most. Raises NotFound, IllegalTransition unless it is RUNNING,
        RedisUnreachable."""
        return self.inspector.slow_commands(self._running(caller, instance_id, "slow commands"), limit)

    def latest(self, caller: Caller, organization_id: str) -> list[tuple[Instance, CounterState]]:
        """Each RUNNING instance that was ever scraped, with its counter state. Raises NotFound for another's
        organization.

        As many calls for 10 instances as for 500.
        """
        check_own_organization(caller, organization_id)
        states = self.metrics.counter_states(organization_id)
        return [
            (instance, states[instance.id])
            for instance in self._all(organization_id)
            if instance.status is Status.RUNNING and instance.id in states and states[instance.id].live
        ]

    def _running(self, caller: Caller, instance_id: str, what: str) -> Instance:
        instance = own_instance(self.instances, caller, instance_id)
        if instance.status is not Status.RUNNING:
            raise IllegalTransition(
                f"{instance_id} is {instance.status}; only a RUNNING instance has {what}", instance.status
            )
        return instance

    def _all(self, organization_id: str) -> Iterator[Instance]:
        page = self.instances.page(organization_id, _PAGE, None)
        yield from page.instances
        while page.cursor:
            page = self.instances.page(organization_id, _PAGE, page.cursor)
            yield from page.instances
