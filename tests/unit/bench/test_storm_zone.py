"""The hosted zone of a storm: batches as a whole, and when they are INSYNC."""

import pytest

from tests.bench.stage_times import IN_SYNC, Typical
from tests.bench.storm_zone import InvalidChangeBatch, Zone


class Clock:
    seconds = 0.0

    def now(self) -> float:
        return self.seconds


def test_a_change_is_in_sync_after_its_time() -> None:
    clock = Clock()
    zone = Zone(Typical(), clock.now)
    change = zone.change([("UPSERT", "a.redis.", ("192.0.2.1",)), ("UPSERT", "b.redis", ("192.0.2.2",))])
    assert zone.records == {"a.redis": ("192.0.2.1",), "b.redis": ("192.0.2.2",)}
    assert not zone.in_sync(change)
    clock.seconds = IN_SYNC.p50
    assert zone.in_sync(change)


@pytest.mark.parametrize(("name", "value"), [("b.redis", "192.0.2.1"), ("a.redis", "192.0.2.9")])
def test_a_batch_that_deletes_what_is_not_there_changes_nothing(name: str, value: str) -> None:
    zone = Zone(Typical(), Clock().now, {"a.redis": ("192.0.2.1",)})
    with pytest.raises(InvalidChangeBatch, match=name):
        zone.change([("UPSERT", "c.redis", ("192.0.2.3",)), ("DELETE", name, (value,))])
    assert zone.records == {"a.redis": ("192.0.2.1",)}


def test_a_record_is_deleted_by_its_exact_values() -> None:
    zone = Zone(Typical(), Clock().now, {"a.redis": ("192.0.2.1",)})
    zone.change([("DELETE", "a.redis.", ("192.0.2.1",))])
    assert zone.records == {}
