"""Part 6 of the bench: how long operations take on AWS, by a model: the real state machines on virtual time."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.bench.lifecycle_on_aws import COLD_CREATE, DELETE, RECOVERY, RESIZE, WARM_CREATE, Life, Operation, known
from tests.bench.lifecycle_on_aws import run as run_operation
from tests.bench.lines import Goal, Line, Part, Say, Source, percentile
from tests.bench.stage_times import COLD_SHARE, Basis, Drawn, every_stage

RUNS = {COLD_CREATE: 1000, WARM_CREATE: 1000, DELETE: 1000, RESIZE: 400, RECOVERY: 400}
VARIED_RUNS = 400
"""Of a creation with every function cold, and of one with a small image."""

CHUNK = 25

GOALS = {
    ("cold create", 50): Goal(40),
    ("cold create", 95): Goal(75),
    ("warm create", 50): Goal(0.5),
}
"""In seconds, by operation and percentile."""

WHY_WARM = (
    "0.54 s is the sum of the stages' medians: 0.15 s until the execution is in its first state, 0.1 s for its"
    " four states, 0.3 s for the claim, most of it calls of Redis and of AWS; above that are their long tails"
    f" and the one in {round(1 / COLD_SHARE)} runs in which a function is cold"
)

AGAINST = {
    COLD_CREATE: "the bare start on Fargate",
    RECOVERY: "the bare start on Fargate",
    DELETE: "the bare stop on Fargate",
    RESIZE: "start, copy, INSYNC twice, two TTLs and stop, nothing more",
}
"""What the baseline is of: the stages that were drawn in the same runs, one after the other."""


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of one run. See Life."""

    seconds: float
    bare: float
    least: float


def run(say: Say) -> Part:
    """Runs every operation that the machines can do, from the request until its owner can see the end."""
    lines: list[Line] = []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for operation in known():
            lines += summary(operation, runs(pool, operation, RUNS[operation]))
            say(f"{operation.name}: {RUNS[operation]} runs")
            if operation in (COLD_CREATE, WARM_CREATE):
                cold = runs(pool, operation, VARIED_RUNS, cold_share=1.0)
                lines += varied(f"{operation.name} with every function cold", cold)
            if operation == COLD_CREATE:
                lines += varied("cold create with an image of 15 MB", runs(pool, operation, VARIED_RUNS, small=True))
    return Part("aws_model", "A model of AWS: not measured", f"{METHOD}\n\n{sources()}", lines)


METHOD = f"""
A model, not a measurement: nothing here ran on AWS. The state machines' own files are run on virtual time. ECS, Route
53, Lambda and the others answer by stage times, which are drawn anew for each run, from seeds, as log-normal
distributions with these p50 and p95. The branches of a Parallel run at once. The time is from the API's request to
the write that the owner sees; for a recovery, from the task's death. One in {round(1 / COLD_SHARE)} first calls of a
function finds no warm one. Nothing fails or is throttled, and stages do not depend on one another. The baseline is
drawn in the same runs: what ECS takes for the bare start or stop, which no machine can beat.
""".strip().replace("\n", " ")


def took(operation: Operation, cold_share: float, small: bool, seed: int) -> Took:
    """One run, the same for the same seed."""
    life: Life = run_operation(operation, Drawn(seed, cold_share, small))
    return Took(life.seconds, life.bare, life.least)


def runs(
    pool: ProcessPoolExecutor, operation: Operation, count: int, cold_share: float = COLD_SHARE, small: bool = False
) -> list[Took]:
    """Seeds 0 to `count`, on all cores."""
    return list(pool.map(partial(took, operation, cold_share, small), range(count), chunksize=CHUNK))


def summary(operation: Operation, found: Sequence[Took]) -> Iterator[Line]:
    """p50 and p95 beside the baseline's, and what the machine itself adds."""
    own = percentile((run.seconds - run.least for run in found), 50)
    for percent in (50, 95):
        goal = GOALS.get((operation.name, percent))
        yield Line(
            f"{operation.name} p{percent}",
            percentile((run.seconds for run in found), percent),
            "s",
            baseline=_baseline(operation, found, percent),
            against=AGAINST.get(operation, ""),
            goal=goal,
            why=WHY_WARM if operation == WARM_CREATE else why(found, percent) if goal else "",
            source=Source.MODELLED,
        )
    if operation != WARM_CREATE:
        name = f"{operation.name}: what the machine adds, p50"
        yield Line(name, own, "s", source=Source.MODELLED)


def varied(name: str, found: Sequence[Took]) -> Iterator[Line]:
    """The same under another assumption."""
    for percent in (50, 95):
        value = percentile((run.seconds for run in found), percent)
        yield Line(f"{name} p{percent}", value, "s", source=Source.MODELLED)


def why(found: Sequence[Took], percent: float) -> str:
    """Where the time of these runs goes."""
    bare = percentile((run.bare for run in found), percent)
    least = percentile((run.least for run in found), percent)
    own = percentile((run.seconds - run.least for run in found), percent)
    return (
        f"of the same runs, ECS alone takes {bare:.1f} s, with Route 53 beside it {least:.1f} s;"
        f" what the machine adds to each is {own:.1f} s"
    )


def _baseline(operation: Operation, found: Sequence[Took], percent: float) -> float | None:
    if operation == WARM_CREATE:
        return None
    return percentile((run.least if operation == RESIZE else run.bare for run in found), percent)


def sources() -> str:
    """The stage times with where they are from, as a table in Markdown."""
    rows = ["| stage | p50 | p95 | basis | source |", "|---|---|---|---|---|"]
    ordered = sorted(every_stage(), key=lambda stage: list(Basis).index(stage.basis))
    rows += [
        f"| {stage.name} | {stage.p50:g} s | {stage.p95:g} s | {stage.basis.value} | {stage.source} |"
        for stage in ordered
    ]
    return "\n".join(rows)
