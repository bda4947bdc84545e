"""Stage times: distributions with the p50 and p95 that they were given, from a seed."""

import random

import pytest

from tests.bench.lines import percentile
from tests.bench.stage_times import (
    CALLS,
    COLD_START,
    IN_SYNC,
    PULL_AND_START,
    Basis,
    Drawn,
    Stage,
    Typical,
    every_stage,
)


@pytest.mark.parametrize("percent", [50, 95])
def test_a_stage_is_drawn_with_its_percentiles(percent: int) -> None:
    stage = Stage("any", 10.0, 30.0, Basis.ESTIMATE, "")
    rng = random.Random(1)
    drawn = [stage.draw(rng) for _ in range(20_000)]
    assert percentile(drawn, percent) == pytest.approx({50: 10.0, 95: 30.0}[percent], rel=0.03)
    assert min(drawn) > 0


def test_the_same_seed_draws_the_same_times() -> None:
    first, second, other = (Drawn(seed) for seed in (7, 7, 8))
    stages = [IN_SYNC, COLD_START, IN_SYNC]
    assert [first.of(stage) for stage in stages] == [second.of(stage) for stage in stages]
    assert first.of(IN_SYNC) != other.of(IN_SYNC)


def test_looking_oftener_meets_the_same_aws() -> None:
    once, often = Drawn(7), Drawn(7)
    for _ in range(9):
        often.of(CALLS["ecs"])
    once.of(CALLS["ecs"])
    assert once.of(IN_SYNC) == often.of(IN_SYNC)


def test_a_small_image_starts_sooner() -> None:
    normal, small = (
        percentile((Drawn(seed, small=small).of(PULL_AND_START) for seed in range(200)), 50) for small in (False, True)
    )
    assert small < normal


def test_as_many_functions_are_cold_as_it_is_said() -> None:
    times = Drawn(1, cold_share=0.25)
    assert sum(times.cold() for _ in range(4000)) == pytest.approx(1000, rel=0.1)
    assert not Typical().cold()


def test_a_typical_time_is_the_p50() -> None:
    assert Typical().of(IN_SYNC) == IN_SYNC.p50


@pytest.mark.parametrize(("p50", "p95"), [(0.0, 1.0), (2.0, 1.0)])
def test_a_stage_that_cannot_be_is_refused(p50: float, p95: float) -> None:
    with pytest.raises(ValueError, match="wrong"):
        Stage("wrong", p50, p95, Basis.ESTIMATE, "")


def test_every_stage_says_where_its_figures_are_from() -> None:
    found = every_stage()
    assert IN_SYNC in found
    assert [stage.name for stage in found if not stage.source] == []
    assert len({stage.name for stage in found}) == len(found)
