"""The line of an engine ends: the owner of each instance that runs it is told half a year before, once."""

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.watch_certificates.app import handler
from swiftcache.access.audit import Action, AuditEntry
from swiftcache.engines.catalogue import end_of_life
from swiftcache.engines.ending import NOTICE
from swiftcache.engines.model import EngineName
from swiftcache.events.model import audit_event
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.observed import ObservedTask
from swiftcache.maintenance.watch import MOST_TOLD
from swiftcache.maintenance.wiring import fleet_watch
from swiftcache.platform.aws import now
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.pool.model import POOL
from tests.fakes.injector import FakeInjector
from tests.samples import ORGANIZATION, a_lambda_context
from tests.schemas import complaints
from tests.unit.maintenance.maintenance_world import OTHER_TASK, TASK
from tests.unit.maintenance.watching import Watching

END = end_of_life(EngineName.REDIS, "7.2.16")
assert END
BEGINS = datetime.fromisoformat(f"{END - NOTICE}T00:00:00+00:00")
REDIS = ObservedTask(TASK, "7.2.16")
SCHEDULED: dict[str, Any] = json.loads((Path(__file__).parents[3] / "events" / "watch_certificates.json").read_text())


@pytest.fixture
def world() -> Watching:
    """At the moment from which on the end of Redis 7.2 is told, with one instance that runs it."""
    world = Watching()
    world.running(observed=REDIS)
    world.time = BEGINS
    return world


def announced(world: Watching) -> list[dict[str, Any]]:
    return world.told(Action.INSTANCE_END_OF_LIFE_ANNOUNCED)


def test_its_owner_is_told_180_days_before_and_not_earlier(world: Watching) -> None:
    assert timedelta(days=180) == NOTICE
    world.time -= timedelta(seconds=1)
    assert world.watch().told == []
    world.time = BEGINS
    assert world.watch().told == ["inst_a1"]
    assert announced(world) == [{"engine": "redis", "version": "7.2.16", "line": "7.2", "endOfLife": "2029-12-31"}]


def test_what_is_told_is_the_event_that_its_schema_promises(world: Watching) -> None:
    world.watch()
    event = audit_event(world.accounts.audit[-1])
    assert (event.type, event.data["target"]) == (
        "instance.end_of_life_announced",
        {"id": "inst_a1", "name": "my-redis"},
    )
    assert complaints(event.type, event.data) == []


def test_it_is_told_once_however_long_it_takes_to_the_end_and_beyond(world: Watching) -> None:
    world.watch()
    for _ in range(30):
        world.time += timedelta(days=7)
        assert world.watch().told == []
    assert len(announced(world)) == 1


def test_an_end_that_is_over_is_told_of_an_instance_that_comes_later(world: Watching) -> None:
    world.time += timedelta(days=1_000)
    assert world.watch().told == ["inst_a1"]


def test_another_patch_of_the_same_line_is_no_news(world: Watching) -> None:
    world.watch()
    world.becomes(observed=ObservedTask(TASK, "7.2.17"))
    assert world.watch().told == []


def test_each_line_that_it_comes_to_is_told_of(world: Watching) -> None:
    world.watch()
    world.becomes(engine=EngineName.VALKEY, observed=ObservedTask(TASK, "8.0.3"))
    assert world.watch().told == ["inst_a1"]
    assert [told["line"] for told in announced(world)] == ["7.2", "8.0"]


@pytest.mark.parametrize(
    ("engine", "version"),
    [(EngineName.VALKEY, "9.1.2"), (EngineName.REDIS, "6.2.14"), (EngineName.REDIS, "next")],
    ids=["not announced", "not in the catalogue", "no number"],
)
def test_of_a_line_whose_end_is_not_known_nothing_is_told(world: Watching, engine: EngineName, version: str) -> None:
    world.becomes(engine=engine, observed=ObservedTask(TASK, version))
    result = world.watch()
    assert (result.told, result.first_end) == ([], None)


def test_of_a_task_that_has_not_been_seen_no_end_is_told(world: Watching) -> None:
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    assert world.watch().told == []


def test_nobody_is_told_of_members_of_the_pool(world: Watching) -> None:
    member = replace(world.found(), id="inst_b2", organization_id=POOL)
    world.instances.stored[POOL, member.id] = member
    assert world.watch().told == ["inst_a1"]


def test_of_two_passes_at_once_one_tells(world: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    announce = world.record.announce

    def after_another(before: Instance, line: str, audit: AuditEntry) -> None:
        announce(before, line, replace(audit, id="audit_other"))
        announce(before, line, audit)

    monkeypatch.setattr(world.record, "announce", after_another)
    result = world.watch()
    assert (result.told, result.errors, len(announced(world))) == ([], {}, 1)


def test_one_whose_owner_cannot_be_told_does_not_keep_the_others_waiting(
    world: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.running(id="inst_b2", observed=REDIS)
    announce = world.record.announce

    def failing(before: Instance, line: str, audit: AuditEntry) -> None:
        if before.id == "inst_a1":
            raise DependencyUnavailable("DynamoDB does not answer")
        announce(before, line, audit)

    with monkeypatch.context() as patch:
        patch.setattr(world.record, "announce", failing)
        result = world.watch()
    assert (result.told, list(result.errors)) == (["inst_b2"], ["inst_a1"])
    assert world.watch().told == ["inst_a1"]


def test_a_whole_fleet_is_told_in_parts_with_one_write_for_each_and_none_in_calm(
    world: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(MOST_TOLD):
        world.running(id=f"inst_{number}", observed=REDIS)
    told: list[str] = []
    announce = world.record.announce

    def counted(before: Instance, line: str, audit: AuditEntry) -> None:
        told.append(before.id)
        announce(before, line, audit)

    monkeypatch.setattr(world.record, "announce", counted)
    assert [len(world.watch().told) for _ in range(3)] == [MOST_TOLD, 1, 0]
    assert (len(told), len(set(told))) == (MOST_TOLD + 1, MOST_TOLD + 1)


def test_ten_thousand_owners_are_told_within_a_day() -> None:
    passes_a_day = 24 * 4
    assert passes_a_day * MOST_TOLD >= 10_000


def test_the_first_end_of_all_is_known(world: Watching) -> None:
    world.running(id="inst_b2", engine=EngineName.VALKEY, observed=ObservedTask(TASK, "8.0.3"))
    assert world.watch().first_end == end_of_life(EngineName.VALKEY, "8.0.3")


def call(world: Watching) -> None:
    injector = FakeInjector(given={fleet_watch: world.fleet_watch, now: lambda: world.time})
    context: Any = a_lambda_context("WatchCertificates", 120)
    handler(SCHEDULED, context, injector)


def figures(printed: str) -> list[Any]:
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [line["EngineDays"] for line in lines if "_aws" in line]


def test_the_operator_is_told_how_many_days_are_left(world: Watching, capsys: pytest.CaptureFixture[str]) -> None:
    call(world)
    assert figures(capsys.readouterr().out) == [[180.0]]
    world.time += timedelta(days=181)
    call(world)
    assert figures(capsys.readouterr().out) == [[-1.0]]


def test_of_engines_that_nobody_knows_there_is_no_figure(world: Watching, capsys: pytest.CaptureFixture[str]) -> None:
    world.becomes(observed=None)
    call(world)
    assert figures(capsys.readouterr().out) == []


def test_the_log_names_those_whose_engine_ends(world: Watching, caplog: pytest.LogCaptureFixture) -> None:
    call(world)
    [line] = [record for record in caplog.records if record.message == "engines end"]
    assert getattr(line, "instances", None) == ["inst_a1"]


def test_a_pass_with_trouble_fails_once_it_has_looked_at_all(world: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    monkeypatch.setattr(world.record, "announce", fails)
    with pytest.raises(DependencyUnavailable, match="the record is busy"):
        call(world)


def test_an_instance_is_told_of_by_its_owner_s_organization(world: Watching) -> None:
    world.watch()
    [entry] = [entry for entry in world.accounts.audit if entry.action is Action.INSTANCE_END_OF_LIFE_ANNOUNCED]
    assert (entry.organization_id, entry.actor_role, entry.actor_key_id) == (ORGANIZATION, "maintenance", None)
