"""KeepBackups: a pass by the schedule, and a look at those that the stream names."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from functions.keep_backups.app import handler
from swiftcache.backups.model import BackupStatus
from swiftcache.backups.wiring import backup_keeper
from swiftcache.platform.aws import now
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.injector import FakeInjector
from tests.samples import ORGANIZATION, a_lambda_context
from tests.unit.backups.test_keeping import World

SCHEDULED: dict[str, Any] = json.loads((Path(__file__).parents[3] / "events" / "keep_backups.json").read_text())


@pytest.fixture
def world() -> World:
    return World()


def call(world: World, event: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The figures that it publishes."""
    injector = FakeInjector(given={backup_keeper: world.keeper, now: lambda: world.time})
    context: Any = a_lambda_context("KeepBackups", 120)
    handler(event, context, injector)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return next((line for line in lines if "_aws" in line), {})


def test_a_pass_begins_what_is_due_and_says_how_late_the_rest_is(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.holding()
    figures = call(world, SCHEDULED, capsys)
    assert len(world.backups.stored) == 1
    assert (figures["BackupsNotKept"], figures["BackupsLate"]) == ([0.0], [0.0])


def test_what_could_not_be_done_is_counted(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world.holding()
    world.time += timedelta(minutes=2)

    def begin(*_: Any) -> None:
        raise DependencyUnavailable("the record is busy")

    monkeypatch.setattr(world.schedules, "begin", begin)
    figures = call(world, SCHEDULED, capsys)
    assert (figures["BackupsNotKept"], figures["BackupsLate"]) == ([1.0], [120.0])


def test_those_that_the_stream_names_are_looked_at_alone(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.holding()
    event = {"backups": [{"organizationId": ORGANIZATION, "backupId": "bkp_gone"}], "instances": []}
    assert call(world, event, capsys) == {}
    assert world.backups.stored == {}


def test_what_the_stream_names_and_cannot_be_done_is_asked_for_again(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.having("bkp_a1", BackupStatus.DELETING)
    world.proofs.available = False
    event = {"backups": [{"organizationId": ORGANIZATION, "backupId": "bkp_a1"}], "instances": []}
    with pytest.raises(DependencyUnavailable):
        call(world, event, capsys)
    world.proofs.available = True
    call(world, event, capsys)
    assert world.backups.stored == {}
