"""KeepRollouts: a pass, its figure for the alarm, and what it says in the log."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.keep_rollouts.app import handler
from swiftcache.platform.aws import now
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.rollouts.undoing import undoing
from swiftcache.rollouts.wiring import rollout_keeper
from tests.fakes.injector import FakeInjector
from tests.samples import a_lambda_context
from tests.unit.rollouts.rollout_fleet import NEW, OLD, offering
from tests.unit.rollouts.rollout_world import RolloutWorld

SCHEDULED: dict[str, Any] = json.loads((Path(__file__).parents[3] / "events" / "keep_rollouts.json").read_text())


@pytest.fixture
def world() -> RolloutWorld:
    return RolloutWorld()


def call(world: RolloutWorld) -> None:
    injector = FakeInjector(given={rollout_keeper: world.rollout_keeper, now: lambda: world.time})
    context: Any = a_lambda_context("KeepRollouts", 120)
    handler(SCHEDULED, context, injector)


def figure(capsys: pytest.CaptureFixture[str]) -> float:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    [figures] = [line for line in lines if "_aws" in line]
    [stopped] = figures["RolloutStopped"]
    return float(stopped)


def test_as_long_as_a_rollout_is_stopped_each_pass_says_so_for_the_alarm(
    world: RolloutWorld, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    call(world)
    assert figure(capsys) == 0
    canary = str(world.rollout.canary)
    world.begun_image(canary)
    world.not_replaced(canary)
    for _ in range(2):
        call(world)
        assert figure(capsys) == 1
    [warning] = [record for record in caplog.records if record.levelname == "WARNING"]
    assert warning.message == "rollout stopped"
    assert canary in str(vars(warning)["why"])


def test_an_undoing_that_waits_for_an_earlier_image_says_so_for_the_alarm_until_it_is_there(
    world: RolloutWorld, capsys: pytest.CaptureFixture[str]
) -> None:
    call(world)
    world.has_new_image(str(world.rollout.canary))
    world.rollouts.store(undoing(world.rollout, world.time))
    for version, expected in ((NEW, 1), (OLD, 0)):
        capsys.readouterr()
        world.offers = offering(version)
        call(world)
        assert figure(capsys) == expected


def test_without_a_rollout_the_figure_is_there_too(capsys: pytest.CaptureFixture[str]) -> None:
    call(RolloutWorld(0))
    assert figure(capsys) == 0


def test_a_pass_with_trouble_fails_in_the_end(world: RolloutWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise DependencyUnavailable("the record is busy")

    monkeypatch.setattr(world.instances, "get", fails)
    with pytest.raises(DependencyUnavailable, match="the record is busy"):
        call(world)
