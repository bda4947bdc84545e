"""A thousand instances at once: all run and answer, then all are deleted, and nothing is left."""

import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import bare
from tests.bench.curve import curves
from tests.bench.group import CLIENTS, LOOK_SECONDS, Group, at_once, in_turn
from tests.bench.limits import room_for
from tests.bench.lines import Goal, Line, Part, Plot, Say, percentile
from tests.bench.tenants import tenants
from tests.bench.usage import Memory, Spent, memory, ours, spent
from tests.e2e.leftovers import left_of
from tests.e2e.stack import Stack

INSTANCES = 1000
ORGANIZATIONS = 20
"""Each has a limit of its own that its creations count on, and account keys with a share of requests of their own."""

GOAL_SECONDS = 120.0
MOONSHOT_SECONDS = 60.0
MOST_SECONDS = 900.0
"""After which a creation, or a deletion, of all is given up."""

BATCH = 20
"""Bare servers that are started at once."""

SAMPLE_SECONDS = 3.0
MB = 1e6

# For each instance a server with 5 threads, and 3 threads of ours; for the rest a few hundred.
_THREADS_EACH, _THREADS = 10, 1000
_FILES_EACH, _FILES = 4, 1000


@dataclass(frozen=True, slots=True)
class Found:
    """Seconds by the clients' clock, and what our processes took.

    `posts` and `latencies` are from each POST to its answer, and to PONG; `accepted` and `answered` from the first.
    """

    posts: list[float]
    latencies: list[float]
    accepted: list[float]
    answered: list[float]
    spent: Spent
    created: float
    deleted: float
    put_off: int
    failed: list[str]
    peak: Memory
    left: list[str]


def run(say: Say, instances: int = INSTANCES) -> Part:
    with room_for(_FILES + _FILES_EACH * instances, _THREADS + _THREADS_EACH * instances):
        baseline = _bare_seconds(instances, say)
        with tempfile.TemporaryDirectory(prefix="bench-load-test-") as folder:
            say("starts a local stack")
            with Stack(Path(folder) / "home") as stack:
                found = _measure(stack, instances, say)
    return Part(
        "load_test",
        f"{instances:,} instances created at once (local stack)",
        _method(instances, found),
        _lines(instances, found, baseline),
        [Plot("load_test", curves(f"{instances:,} at once: how many, when", _stages(found)))],
    )


def _stages(found: Found) -> dict[str, list[float]]:
    return {"POST is accepted": found.accepted, "answers a PING": found.answered}


def _bare_seconds(instances: int, say: Say) -> float:
    """How long as many bare servers take from start to PONG, a batch at a time, without the time to stop them."""
    seconds = 0.0
    with bare.servers() as servers, ThreadPoolExecutor(BATCH) as threads:
        for first in range(0, instances, BATCH):
            began = time.perf_counter()
            batch = list(threads.map(lambda _: servers.start(), range(min(BATCH, instances - first))))
            seconds += time.perf_counter() - began
            list(threads.map(bare.Bare.stop, batch))
    say(f"{instances} bare servers took {seconds:.1f} s to answer")
    return seconds


def _measure(stack: Stack, instances: int, say: Say) -> Found:
    stop = threading.Event()
    shares = [len(range(number, instances, ORGANIZATIONS)) for number in range(ORGANIZATIONS)]
    made = tenants(stack.api, ORGANIZATIONS, max(shares))
    groups = [Group(stack, tenant, share, stop) for tenant, share in zip(made, shares, strict=True)]
    with _sampling(stack, groups, say) as samples:
        before = spent(stack)
        started = time.perf_counter()
        at_once(in_turn(map(Group.creation, groups)), stop, MOST_SECONDS)
        created = time.perf_counter() - started
        processor = spent(stack) - before
        samples.append(memory(ours(stack)))
    failed = [reason for group in groups for reason in group.failed.values()]
    say(f"{instances - len(failed)} of {instances} had answered after {created:.1f} s")
    at_once([group.ping_all for group in groups], stop, MOST_SECONDS)
    began = time.perf_counter()
    at_once(in_turn(map(Group.deletion, groups)), stop, MOST_SECONDS)
    deleted = time.perf_counter() - began
    left = left_of(stack, *(name for group in groups for name in group.seen))
    say(f"all were gone after {deleted:.1f} s; {len(left)} things are left")
    return Found(
        posts=[moment - group.created[name].at for group in groups for name, moment in group.accepted.items()],
        latencies=[moment - group.created[name].at for group in groups for name, moment in group.answered.items()],
        accepted=[moment - started for group in groups for moment in group.accepted.values()],
        answered=[moment - started for group in groups for moment in group.answered.values()],
        created=created,
        deleted=deleted,
        put_off=sum(group.put_off for group in groups),
        failed=failed,
        spent=processor,
        peak=max(samples, key=lambda sample: sample.proportional),
        left=left,
    )


@contextmanager
def _sampling(stack: Stack, groups: list[Group], say: Say) -> Iterator[list[Memory]]:
    """Looks at the memory of our processes now and then, and tells how far it is."""
    samples: list[Memory] = []
    done = threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLE_SECONDS):
            samples.append(memory(ours(stack)))
            accepted = sum(len(group.accepted) for group in groups)
            answered = sum(len(group.answered) for group in groups)
            say(f"{accepted} are accepted, {answered} have answered")

    with ThreadPoolExecutor(1) as thread:
        looking = thread.submit(sample)
        try:
            yield samples
        finally:
            done.set()
            looking.result()


def _lines(instances: int, found: Found, baseline: float) -> list[Line]:
    against = f"{instances:,} bare starts, {BATCH} at a time"
    each = found.spent.ours / instances
    why = (
        f"Our processes work {each * 1000:.0f} ms of processor time for a creation, {found.spent.ours:.0f} s for all, "
        f"{found.spent.main:.0f} s of it in the stack's main process, whose Python runs on one core at a time. The "
        f"redis-servers, which look ten times a second for something to do, take {found.spent.redis:.0f} s besides."
    )
    reason = f"Of the others, the first: {found.failed[0]}" if found.failed else ""
    goal = Goal(GOAL_SECONDS) if instances >= INSTANCES else None
    return [
        Line("RUNNING and answering a PING", len(found.answered), "", goal=Goal(instances, at_least=True), why=reason),
        Line("until the last one does", found.created, "s", baseline, against, goal, why),
        Line("POST to PONG, p50", percentile(found.latencies, 50), "s"),
        Line("POST to PONG, p99", percentile(found.latencies, 99), "s"),
        Line("POST until it is accepted, p50", percentile(found.posts, 50), "s"),
        Line("POST until it is accepted, p99", percentile(found.posts, 99), "s"),
        Line("requests told to come again", found.put_off, ""),
        Line("processor time of a creation", each * 1000, "ms"),
        Line("processor time of all, in the main process", found.spent.main, "s"),
        Line("processor time of all, in the functions", found.spent.functions, "s"),
        Line("processor time of all, in the redis-servers", found.spent.redis, "s"),
        Line("our processes at the peak", found.peak.processes, ""),
        Line("their memory (PSS)", found.peak.proportional / MB, "MB"),
        Line("their memory (RSS, shared pages counted in each)", found.peak.resident / MB, "MB"),
        Line("all deleted and gone", found.deleted, "s"),
        Line("left of them", len(found.left), "", goal=Goal(0), why="; ".join(found.left[:5])),
    ]


def _method(instances: int, found: Found) -> str:
    fast = found.created <= MOONSHOT_SECONDS and not found.failed
    moonshot = f" The moonshot, {MOONSHOT_SECONDS:g} s, {'was' if fast else 'was not'} reached."
    return (
        f"{ORGANIZATIONS} organizations create {instances:,} instances over {CLIENTS} connections each, as fast as "
        "they are accepted. Each POST has an `Idempotency-Key` and is sent again when the answer says so. Each "
        f"organization looks every {LOOK_SECONDS:g} s at the first of its instances that is not ready, and sends one "
        "that is RUNNING a PING over verified TLS; when all have answered, all are asked once more, so that all were "
        "there at the same time. Then all are deleted, and what is left of any of them is counted: processes, DNS "
        "records, secrets, task definitions, tasks, folders, items in the table. The clients run on the same machine. "
        "The baseline is as "
        f"many bare `redis-server` processes with the same options, {BATCH} at a time, from start to PONG; the time to "
        "stop them is not counted. Processor time and memory are of all of the stack's processes without the "
        f"redis-servers.{moonshot if instances >= INSTANCES else ''}"
    )
