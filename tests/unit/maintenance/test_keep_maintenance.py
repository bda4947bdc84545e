"""KeepMaintenance: a pass, its figures, and its errors."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.keep_maintenance.app import handler
from swiftcache.maintenance.wiring import maintenance_keeper
from swiftcache.platform.aws import now
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.injector import FakeInjector
from tests.samples import a_lambda_context
from tests.unit.maintenance.maintenance_world import OPENS, World

SCHEDULED: dict[str, Any] = json.loads((Path(__file__).parents[3] / "events" / "keep_maintenance.json").read_text())


@pytest.fixture
def world() -> World:
    world = World()
    world.running()
    world.require()
    world.at(OPENS)
    return world


def call(world: World) -> None:
    injector = FakeInjector(given={maintenance_keeper: world.keeper, now: lambda: world.time})
    context: Any = a_lambda_context("KeepMaintenance", 120)
    handler(SCHEDULED, context, injector)


def test_a_pass_begins_what_is_due_and_counts_what_is_overdue(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    call(world)
    assert world.found().changing
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [figures] = [line for line in lines if "_aws" in line]
    assert figures["MaintenanceOverdue"] == [0.0]


def test_a_pass_with_trouble_fails_in_the_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    world.running(id="inst_b2")
    world.require("inst_b2")
    monkeypatch.setattr(type(world.replacements), "begin", fails)
    with pytest.raises(DependencyUnavailable, match="the record is busy"):
        call(world)


def test_what_has_failed_is_told_in_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    call(world)
    world.not_replaced()
    call(world)
    assert [record.message for record in caplog.records if record.levelname == "WARNING"] == ["maintenance failed"]
