"""The life of one instance, as its owner sees it: from POST to PONG, and from DELETE until nothing of it is there.

One at a time: a bare redis-server, an instance that is created cold, and one that the warm pool gives, in turn.
"""

import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean

from tests.bench import bare
from tests.bench.lifecycle import Life, Lifecycles
from tests.bench.lines import Goal, Line, Part, Say, percentile
from tests.bench.pool import has_pool, wait_full
from tests.e2e.stack import Stack

ROUNDS = 50
POOL = "512=2"
"""Members of the size that the smallest instance needs, as the template's parameter WarmPool has it."""

PERCENTS = (50, 95, 99)
COLD = Goal(8, of_baseline=True)
WARM = Goal(3, of_baseline=True)
DELETED = Goal(5, of_baseline=True)

_POOL = "A warm creation begins when the pool is full; the pool makes the next member at once, on the same machine. "


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
    busy = os.getloadavg()[0]
    with ExitStack() as stacks:
        servers = stacks.enter_context(bare.servers())
        cold = stacks.enter_context(_lives("", say))
        warm = stacks.enter_context(_lives(POOL, say))
        pooled = has_pool(warm.stack, POOL)
        if not pooled:
            say(f"no member of the pool {POOL} is ready: warm creations are left out")
        firsts = {"cold": cold.live()} | ({"warm": warm.live()} if pooled else {})
        baseline, colds, warms = Baseline(), list[Life](), list[Life]()
        for number in range(rounds):
            baseline.measure(servers)
            colds.append(cold.live())
            if pooled:
                wait_full(warm.stack, POOL)
                warms.append(warm.live())
            if number % 10 == 9 or number == rounds - 1:
                say(f"{number + 1} of {rounds} rounds; the last cold creation took {colds[-1].created * 1000:.0f} ms")
    return Part(
        "life",
        "An instance from POST to PONG, and from DELETE until it is gone (local stack)",
        _method(rounds, pooled, busy),
        [
            *(_first(kind, life, baseline) for kind, life in firsts.items()),
            *lines_of("cold", colds, baseline, COLD),
            *([*lines_of("warm", warms, baseline, WARM), _claimed(warms)] if warms else []),
        ],
    )


@contextmanager
def _lives(pool: str, say: Say) -> Iterator[Lifecycles]:
    with tempfile.TemporaryDirectory(prefix="bench-life-") as folder:
        say(f"starts a local stack with {f'the pool {pool}' if pool else 'no pool'}")
        with Stack(Path(folder) / "home", warm_pool=pool) as stack, Lifecycles(stack) as lifecycles:
            yield lifecycles


def lines_of(kind: str, lifecycles: Sequence[Life], baseline: Baseline, goal: Goal) -> list[Line]:
    """What is told of the lives of one kind, cold or warm."""
    create_work = mean(life.create_processor for life in lifecycles) * 1000
    delete_work = mean(life.delete_processor for life in lifecycles) * 1000
    created = [
        Line(
            f"create, {kind}, p{percent}",
            percentile((life.created for life in lifecycles), percent) * 1000,
            "ms",
            percentile(baseline.starts, percent) * 1000,
            f"bare start, p{percent}",
            goal,
            f"{stages(lifecycles, percent)} A creation takes our processes {create_work:.0f} ms of processor time.",
        )
        for percent in PERCENTS
    ]
    deleted = [
        Line(
            f"delete, {kind}, p{percent}",
            percentile((life.deleted for life in lifecycles), percent) * 1000,
            "ms",
            percentile(baseline.stops, percent) * 1000,
            f"bare stop, p{percent}",
            DELETED,
            f"A deletion takes our processes {delete_work:.0f} ms of processor time.",
        )
        for percent in PERCENTS
    ]
    return [
        *created,
        *deleted,
        Line(f"create, {kind}, processor time", create_work, "ms"),
        Line(f"delete, {kind}, processor time", delete_work, "ms"),
    ]


def _first(kind: str, life: Life, baseline: Baseline) -> Line:
    start = percentile(baseline.starts, 50) * 1000
    return Line(f"create, {kind}, the first of a new stack", life.created * 1000, "ms", start, "bare start, p50")


def stages(lifecycles: Sequence[Life], percent: float) -> str:
    """Where the time of the creation at this percentile went, as its owner sees it."""
    created = percentile((life.created for life in lifecycles), percent)
    number, life = next((number, life) for number, life in enumerate(lifecycles, 1) if life.created == created)
    return (
        f"It is that of round {number}: {life.posted * 1000:.0f} ms for the POST, "
        f"{(life.running - life.posted) * 1000:.0f} ms until the long poll says RUNNING, "
        f"{(life.created - life.running) * 1000:.0f} ms for name, TLS and PING."
    )


def _claimed(warms: Sequence[Life]) -> Line:
    claimed = sum(life.claimed for life in warms)
    goal = Goal(len(warms), at_least=True)
    return Line("create, warm, by taking over a member", claimed, "", goal=goal, why="The others were made cold.")


def _method(rounds: int, pooled: bool, busy: float) -> str:
    kinds = "an instance that is created cold, and one that the warm pool gives" if pooled else "a cold creation"
    return (
        f"{rounds} rounds, each of a bare `redis-server` and {kinds}, one at a time, each deleted before the next "
        "begins. The very first of each stack loads what the others find loaded, and has a line of its own. The bare "
        "server has the options, the certificate and the users of an instance; it is timed from its start to the "
        "first PONG over TLS, and from SIGTERM until the process is gone. An instance is timed from sending the POST, "
        "over the long poll (`waitFor=RUNNING`), the name's look-up and verified TLS, to PONG, and from sending the "
        "DELETE until the API answers 404, the name is not known and the process is gone. Redis looks ten times a "
        "second whether it is to end, and in the stack up to 50 ms later; so both are told to at a random moment. "
        f"{_POOL if pooled else ''}Processor time "
        "is the mean of user and system time of all of the stack's processes without the redis-servers. The machine's "
        f"load was {busy:.1f} before it began."
    )
