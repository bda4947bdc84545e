"""A rollout over ten thousand instances with the windows that they have by default, by the rules themselves."""

from collections import Counter
from datetime import datetime, timedelta

import pytest

from swiftcache.instances.maintenance import window_of
from swiftcache.instances.model import Instance
from swiftcache.maintenance.keeping import AT_ONCE
from swiftcache.rollouts.model import LAST, RolloutStatus
from tests.samples import NOW
from tests.unit.rollouts.rollout_fleet import NEW, TOOK, Fleet, replaced, running

HOUR = timedelta(hours=1)


@pytest.mark.timeout(400)
def test_the_last_of_ten_thousand_instances_is_replaced_within_eight_days_and_each_in_its_window() -> None:
    """The keeper of maintenance could begin more in each hour than are to begin in it."""
    hours, outside = Counter[datetime](), list[str]()

    def outcome(instance: Instance, at: datetime) -> Instance:
        hours[at.replace(minute=0, second=0, microsecond=0)] += 1
        if window_of(instance).opening(at) > at:
            outside.append(instance.id)
        return replaced(instance, at)

    fleet = Fleet.of((running(f"inst_{one}", maintenance_window=None) for one in range(10_000)), outcome=outcome)
    status = RolloutStatus.IN_PROGRESS
    while status is RolloutStatus.IN_PROGRESS and fleet.now < NOW + timedelta(days=9):
        is_last = fleet.rollout is not None and fleet.rollout.wave == LAST
        status = fleet.step(6 * HOUR if is_last else HOUR).status
    assert status is RolloutStatus.SUCCEEDED
    assert max(hours) - NOW < timedelta(days=8)
    assert {instance.version for instance in fleet.all} == {NEW}
    assert (hours.total(), outside) == (10_000, [])
    assert max(hours.values()) <= AT_ONCE * (HOUR / TOOK)
