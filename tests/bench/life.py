"""The life of one instance, as its owner sees it: from POST to PONG, and from DELETE until nothing of it is there.

One at a time: a bare redis-server, an instance that is created cold, and one that the warm pool gives, in turn.
"""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import bare
from tests.bench.lines import Goal, Line, Part, Say, percentile
from tests.bench.lives import Life, Lives
from tests.bench.pool import has_pool, wait_full
from tests.e2e.stack import Stack

ROUNDS = 50
POOL = "512=2"
"""Members of the size that the smallest instance needs, as the template's parameter WarmPool has it."""

PERCENTS = (50, 95, 99)
COLD = Goal(8, of_baseline=True)
WARM = Goal(3, of_baseline=True)
DELETED = Goal(5, of_baseline=True)


@dataclass(slots=True)
class Baseline:
    """Seconds that a bare redis-server took, round by round."""

    starts: list[float] = field(default_factory=list)
    stops: list[float] = field(default_factory=list)

    def measure(self, servers: bare.Servers) -> None:
        server = servers.start()
        self.starts.append(server.seconds)
        self.stops.append(server.stop())


def run(say: Say, rounds: int = ROUNDS) -> Part:
    with ExitStack() as stacks:
        servers = stacks.enter_context(bare.servers())
        cold = stacks.enter_context(_lives("", say))
        warm = stacks.enter_context(_lives(POOL, say))
        pooled = has_pool(warm.stack, POOL)
        if not pooled:
            say(f"no member of the pool {POOL} is ready: warm creations are left out")
        baseline, colds, warms = Baseline(), list[Life](), list[Life]()
        for number in range(rounds):
            baseline.measure(servers)
            colds.append(cold.live())
            if pooled:
                wait_full(warm.stack, POOL)
                warms.append(warm.live())
            if number % 10 == 9 or number == rounds - 1:
                say(f"{number + 1} of {rounds} rounds; the last cold creation took {colds[-1].created * 1000:.0f} ms")
    missed = sum(not life.claimed for life in warms)
    if missed:
        say(f"{missed} of {rounds} creations found no member, and count as warm all the same")
    return Part(
        "life",
        "An instance from POST to PONG, and from DELETE until it is gone (local stack)",
        _method(rounds),
        [*_lines("cold", colds, baseline, COLD), *(_lines("warm", warms, baseline, WARM) if warms else [])],
    )


@contextmanager
def _lives(pool: str, say: Say) -> Iterator[Lives]:
    with tempfile.TemporaryDirectory(prefix="bench-life-") as folder:
        say(f"starts a local stack with {f'the pool {pool}' if pool else 'no pool'}")
        with Stack(Path(folder) / "home", WARM_POOL=pool) as stack, Lives(stack) as lives:
            yield lives


def _lines(kind: str, lives: list[Life], baseline: Baseline, goal: Goal) -> list[Line]:
    stages = _stages(lives)
    created = [
        Line(
            f"create, {kind}, p{percent}",
            percentile((life.created for life in lives), percent) * 1000,
            "ms",
            percentile(baseline.starts, percent) * 1000,
            f"bare start, p{percent}",
            goal,
            stages,
        )
        for percent in PERCENTS
    ]
    deleted = [
        Line(
            f"delete, {kind}, p{percent}",
            percentile((life.deleted for life in lives), percent) * 1000,
            "ms",
            percentile(baseline.stops, percent) * 1000,
            f"bare stop, p{percent}",
            DELETED,
            "The workflow removes the record, stops the task and removes what was made for it, one after the other, "
            "where the bare stop is one signal.",
        )
        for percent in PERCENTS
    ]
    spent = [
        Line(
            f"{what}, {kind}, processor time",
            sum(getattr(life, f"{what}_processor") for life in lives) / len(lives) * 1000,
            "ms",
        )
        for what in ("create", "delete")
    ]
    return [*created, *deleted, *spent]


def _stages(lives: list[Life]) -> str:
    """Where the time of a creation goes: medians of what its owner sees."""
    posted = percentile((life.posted for life in lives), 50) * 1000
    running = percentile((life.running - life.posted for life in lives), 50) * 1000
    connected = percentile((life.created - life.running for life in lives), 50) * 1000
    spent = sum(life.create_processor for life in lives) / len(lives) * 1000
    return (
        f"By the median {posted:.0f} ms go into the POST, {running:.0f} ms until the long poll says RUNNING, "
        f"{connected:.0f} ms into name, TLS and PING; our processes work {spent:.0f} ms for it."
    )


def _method(rounds: int) -> str:
    return (
        f"{rounds} rounds, each of a bare `redis-server`, a cold creation and a warm one, one at a time, each deleted "
        "before the next begins. The bare server has the options, the certificate and the users of an instance; it is "
        "timed from its start to the first PONG over TLS, and from SIGTERM until the process is gone. An instance is "
        "timed from sending the POST, over the long poll (`waitFor=RUNNING`), the name's look-up and verified TLS, to "
        "PONG, and from sending the DELETE until the API answers 404, the name is not known and the process is gone. "
        "Redis looks ten times a second whether it is to end, so both are told to at a random moment. A warm creation "
        "begins when the pool is full. Processor time is the mean of user and system time of all of the stack's "
        "processes without the redis-servers."
    )
