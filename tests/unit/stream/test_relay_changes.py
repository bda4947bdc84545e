"""RelayChanges: a batch of the table's stream is published, and nothing of it is lost whatever fails."""

import sys
from typing import Any

import pytest

from functions.relay_changes.app import handler
from swiftcache.backups.ports import KeepTargets
from swiftcache.backups.wiring import keep_trigger
from swiftcache.events.wiring import events as events_provider
from swiftcache.fleet.wiring import emptying
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.pool.model import POOL
from swiftcache.pool.wiring import pool_targets
from swiftcache.provisioning.wiring import workflows
from swiftcache.stream.records import event_in
from swiftcache.timeline.wiring import creations
from tests.fakes.backups import FakeKeepTrigger
from tests.fakes.emptying import FakeEmptying
from tests.fakes.events import FakeEvents
from tests.fakes.injector import FakeInjector, Provider
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import ORGANIZATION
from tests.unit.stream.records import ENTRY, SUSPENDED, batch, failed, record, unreadable
from tests.unit.stream.test_backup_records import AVAILABLE, change


class Creations:
    def add(self, creation: object) -> None: ...


class Forgetful(FakeEmptying):
    """Whose start fails."""

    def start(self, *_: Any, **__: Any) -> None:
        raise DependencyUnavailable("the workflow service is busy")


class Calls(FakeEvents):
    """How many events came with each call."""

    def __init__(self, *refused: str) -> None:
        super().__init__(refused=frozenset(refused))
        self.counts: list[int] = []

    def publish(self, events: Any) -> None:
        self.counts.append(len(events))
        super().publish(events)


def world(*refused: str, **different: Any) -> tuple[Calls, FakeInjector]:
    """The bus, which refuses these events, and the function's world."""
    events = Calls(*refused)
    given: dict[Provider, object] = {
        creations: Creations(),
        emptying: different.get("emptying", FakeEmptying()),
        events_provider: events,
        keep_trigger: different.get("keep_trigger", FakeKeepTrigger()),
        pool_targets: (),
        workflows: FakeWorkflows(),
    }
    return events, FakeInjector(given=given)


def test_the_events_of_a_batch_are_published_together_as_the_records_have_them() -> None:
    events, injector = world()
    given = [record(1), record(2, ENTRY), record(3, SUSPENDED), record(4)]
    assert handler(batch(*given), None, injector) == failed()
    assert events.published == [event_in(given[0]), event_in(given[1]), event_in(given[3])]
    assert events.counts == [3]


def test_a_batch_without_events_asks_nothing_of_the_bus() -> None:
    events, injector = world()
    assert handler(batch(record(1, SUSPENDED), record(2, ENTRY, POOL)), None, injector) == failed()
    assert events.counts == []


def test_an_event_that_is_refused_comes_again_with_all_after_it() -> None:
    _, injector = world("evt_3")
    assert handler(batch(record(1), record(2, SUSPENDED), record(3), record(4)), None, injector) == failed(3)


def test_what_came_before_a_record_whose_work_fails_is_published() -> None:
    events, injector = world(emptying=Forgetful())
    assert handler(batch(record(1), record(2), record(3, SUSPENDED), record(4)), None, injector) == failed(3)
    assert [event.id for event in events.published] == ["evt_1", "evt_2"]


def test_of_two_failures_the_earlier_is_where_the_stream_goes_on() -> None:
    _, injector = world("evt_2")
    assert handler(batch(record(1), record(2), unreadable(3)), None, injector) == failed(2)


def test_work_that_fails_again_and_again_does_not_publish_what_follows() -> None:
    events, injector = world()
    assert handler(batch(unreadable(1), record(2)), None, injector) == failed(1)
    assert events.counts == []


def test_the_cause_is_logged(monkeypatch: pytest.MonkeyPatch) -> None:
    causes: list[tuple[str, str]] = []

    class Log:
        def exception(self, _: str, event_id: str) -> None:
            causes.append((event_id, str(sys.exception())))

    monkeypatch.setattr("functions.relay_changes.app.logger", Log())
    _, injector = world("evt_2")
    handler(batch(record(1), record(2)), None, injector)
    assert causes == [("evt_2", "the event bus did not take the event")]


def test_backups_that_are_to_be_removed_are_asked_for_once_for_a_batch() -> None:
    trigger = FakeKeepTrigger()
    _, injector = world(keep_trigger=trigger)
    given = [backup_record(number) for number in (1, 2)]
    assert handler(batch(*given), None, injector) == failed()
    assert trigger.asked == [KeepTargets([(ORGANIZATION, "bkp_a1")] * 2, [])]


def test_a_keeper_that_is_busy_holds_up_nothing() -> None:
    _, injector = world(keep_trigger=FakeKeepTrigger(available=False))
    assert handler(batch(backup_record(1)), None, injector) == failed()


def backup_record(number: int) -> dict[str, Any]:
    told = change(AVAILABLE, AVAILABLE.deleting())
    told["dynamodb"]["SequenceNumber"] = str(number)
    return {"eventID": str(number), "eventName": "MODIFY", **told}
