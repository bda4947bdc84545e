"""Part 7 of the bench: many operations at one time, on one account with AWS's quotas: a model on virtual time."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

from tests.bench.lines import Goal, Line, Part, Say, Source, percentile
from tests.bench.stage_times import Drawn
from tests.bench.storm_fleet import Fleet

SEED = 1
OVER_SECONDS = 10.0
"""In which what owners ask for comes. What befalls instances comes at one moment."""


@dataclass(frozen=True, slots=True)
class Storm:
    """What comes: `creations` and `deletions` within some seconds, `losses` of tasks at one moment.

    Those that are `limited` have a security group of their own. `within` is the goal for the last to be RUNNING, in
    seconds from the beginning; None without one.
    """

    name: str
    creations: int = 0
    losses: int = 0
    deletions: int = 0
    within: float | None = None
    limited: bool = False


THOUSAND = Storm("1,000 creations within 10 s", creations=1000, within=240)
HUNDRED = Storm("100 creations within 10 s", creations=100, within=100)
LOST_ZONE = Storm("500 recoveries at one moment", losses=500, within=240)
BESIDE = Storm("100 creations beside 1,000 deletions", creations=100, deletions=1000)
LIMITED = Storm("1,000 creations with networks within 10 s", creations=1000, within=300, limited=True)
STORMS = (THOUSAND, HUNDRED, LOST_ZONE, BESIDE, LIMITED)

MOST_BESIDE = 1.5
"""How much longer creations may take beside deletions."""


@dataclass(frozen=True, slots=True)
class Found:
    """What became of a storm. Times are in seconds.

    `waits` are from each request, or loss, to RUNNING; `last` is from the beginning to the last RUNNING, and `over`
    until nobody had anything left to do. `failed` and `removed` count instances, `calls` and `refused` requests by the
    quota's name. `conflicts` are writes of the table that met another on the same item, and `unavailable` are requests
    of owners that were answered 503 for that.
    """

    waits: tuple[float, ...]
    last: float
    over: float
    failed: int
    removed: int
    executions: int
    calls: Mapping[str, int]
    refused: Mapping[str, int]
    conflicts: int
    unavailable: int


def run(say: Say) -> Part:
    """Runs each storm, on as many cores as there are, the longest first."""
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        running = {storm: pool.submit(break_out, storm) for storm in (LIMITED, BESIDE, THOUSAND, LOST_ZONE, HUNDRED)}
        found: dict[Storm, Found] = {}
        for storm, future in running.items():
            found[storm] = future.result()
            say(f"{storm.name}: {found[storm].executions} executions")
    lines = [line for storm in STORMS for line in summary(storm, found[storm])]
    lines.append(beside(found[BESIDE], found[HUNDRED]))
    return Part("storm", "Storms on the model of AWS: not measured", METHOD, lines)


METHOD = f"""
A model, not a measurement, of many operations at once: the state machines' own files on one virtual clock and one
account, with the published quotas of eu-central-1 as token buckets (`local/aws/quotas.py`); stage times are those of
`aws_model`, and each environment of a function is cold at first. Executions, branches and items are processes of which
one runs at a time. The functions' own code runs on a record in memory, all of one organization; what creations and
removals write into that organization's item runs on a table whose transactions keep each other out. Failed executions
are followed by what really follows them: back-offs with jitter, rollbacks, repetitions by RepairInstance, and a
recovery that is given up. What owners ask for comes evenly within {OVER_SECONDS:.0f} s; a loss of tasks comes at one
moment. Where not all come to be RUNNING, the last is when the storm was over. One run, from a seed.
""".strip().replace("\n", " ")


def break_out(storm: Storm, seed: int = SEED, over: float = OVER_SECONDS) -> Found:
    """Runs a storm to its end: the same for the same seed. What owners ask for comes within `over` seconds."""
    fleet = Fleet(Drawn(seed), seed)
    created, lost, deleted = (
        [f"inst_{kind}{number:05}" for number in range(count)]
        for kind, count in (("c", storm.creations), ("l", storm.losses), ("d", storm.deletions))
    )
    fleet.has([*lost, *deleted], limited=storm.limited)
    create = partial(fleet.create, limited=storm.limited)
    for asked, befalls in ((created, create), (deleted, fleet.delete)):
        for number, instance_id in enumerate(asked):
            fleet.at(number * over / len(asked), befalls, instance_id)
    for instance_id in lost:
        fleet.at(0.0, fleet.lose, instance_id)
    fleet.run()
    begun = {instance_id: number * over / len(created) for number, instance_id in enumerate(created)}
    served = {instance_id: fleet.record.served[instance_id] for instance_id in fleet.record.served.keys() - {*deleted}}
    ended = fleet.scheduler.now()
    return Found(
        waits=tuple(sorted(at - begun.get(instance_id, 0.0) for instance_id, at in served.items())),
        last=max(served.values(), default=0.0) if len(served) == storm.creations + storm.losses else ended,
        over=ended,
        failed=len(fleet.record.failed),
        removed=len(fleet.record.removed),
        executions=len(fleet.account.executions),
        calls=Counter(fleet.account.throttle.calls),
        refused=Counter(fleet.account.throttle.refused),
        conflicts=fleet.table.refused.total(),
        unavailable=fleet.unavailable,
    )


def summary(storm: Storm, found: Found) -> Iterator[Line]:
    """How many are RUNNING, when, and what AWS refused."""
    wanted = storm.creations + storm.losses
    cause = why(found)
    name = storm.name
    lost = "served again" if storm.losses else "RUNNING"
    given_up = "given up" if storm.losses else "ERROR"
    yield _line(f"{name}: {lost}", len(found.waits), goal=Goal(wanted, at_least=True), why=cause)
    yield _line(f"{name}: {given_up}", found.failed, goal=Goal(0), why=cause)
    goal = Goal(storm.within) if storm.within is not None else None
    yield _line(f"{name}: the last {lost} after", found.last, "s", goal=goal, why=cause if goal else "")
    if found.waits:
        for percent in (50, 99):
            yield _line(f"{name}: p{percent}", percentile(found.waits, percent), "s")
    if storm.deletions:
        yield _line(f"{name}: deleted", found.removed, goal=Goal(storm.deletions, at_least=True), why=cause)
    yield _line(f"{name}: all over after", found.over, "s")
    if storm.creations:
        yield _line(f"{name}: answered 503, and asked again", found.unavailable, baseline=wanted, against="requests")
        yield _line(f"{name}: writes that met a transaction", found.conflicts)
    for quota, calls in sorted(found.calls.items()):
        refused = found.refused.get(quota, 0)
        yield _line(f"{name}: refused by {quota}", refused, baseline=calls, against="calls")


def beside(found: Found, alone: Found) -> Line:
    """What deletions cost creations."""
    return _line(
        "the last of 100 creations beside 1,000 deletions",
        found.last,
        "s",
        baseline=alone.last,
        against="alone",
        goal=Goal(MOST_BESIDE, of_baseline=True),
        why=why(found),
    )


def why(found: Found) -> str:
    """Which quotas refused the most."""
    most = Counter(dict(found.refused)).most_common(3)
    told = "; ".join(f"{quota} refused {refused:,} of {found.calls[quota]:,}" for quota, refused in most)
    return f"{told}; {found.executions:,} executions were needed in all" if told else ""


def _line(
    name: str,
    value: float,
    unit: str = "",
    baseline: float | None = None,
    against: str = "",
    goal: Goal | None = None,
    why: str = "",
) -> Line:
    return Line(name, value, unit, baseline, against, goal, why, Source.MODELLED)
