"""Metrics: what reading 20,000 instances each minute costs, and whether the minute is long enough."""

import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from unittest.mock import patch

from local import template as templates
from swiftcache.instances.model import Endpoint
from swiftcache.metrics.redis_info import RedisFigures
from swiftcache.metrics.shards import LARGEST
from tests.bench import price_list as prices
from tests.bench.lines import Goal, Line, Part, Say, Source
from tests.bench.metrics_fleet import MetricsFleet
from tests.bench.records import running_instance
from tests.bench.servers import PROJECT
from tests.integration.redis.redis_task import start, stop

INSTANCES = 20_000
HOURS = 730
"""Of a month."""

MINUTES = 60 * HOURS
WAITING_MINUTES = 16.5
"""In each hour, as long in the middle a bucket has the hour before in it, too."""

STEPS = 12
"""Of an hour: as often a bucket's snapshot is stored."""

PROCESS_HOURS = 2
"""How long Lambda keeps a process that is called each minute. AWS says "some hours"; those who have measured, two."""

FIGURES = 12
"""Metrics of ours in CloudWatch."""

SCRAPES, WORKERS = 1_000, 32
BEGIN_SECONDS = 40.0
"""Within which all scrapes of a shard have to begin."""

GOAL = 0.03

METHOD = f"""\
The real handlers of CollectMetrics and ScrapeShard pass over {INSTANCES:,} instances, all of them in use, in a table
in memory that counts request units (`tests/bench/metered_table.py`): one pass with nothing known, one of an ordinary
minute, one after which five minutes are over, one after which an hour is, and one in which that hour is stored, for
which a bucket waits {WAITING_MINUTES} minutes in the middle. The prices are those of `tests/bench/price_list.py`. The
processor time of a scrape is that of {SCRAPES:,} of a real Redis with TLS, {WORKERS} at a time, and our own work that
of the ordinary pass; a function is billed for a processor of its own, and CollectMetrics as long as the shards take.
Passwords are read once by each process in its life, for which {PROCESS_HOURS} hours are assumed, and each process of
a shard comes to see the whole fleet. A month has {HOURS} hours."""


@dataclass(frozen=True, slots=True)
class Pass:
    """What a pass over all took: calls, request units, passwords that were read, seconds of the processor."""

    calls: Counter[str]
    written: Counter[str]
    reads: float
    passwords: int
    seconds: float
    shards: int


def run(say: Say) -> Part:
    say("scraping a real Redis")
    scrape = _scrape_seconds()
    with patch.dict(os.environ, {"POWERTOOLS_SERVICE_NAME": "swiftcache"}):
        fleet = MetricsFleet(INSTANCES)
        say(f"a first pass over {INSTANCES:,}")
        first = _passed(fleet, 32)
        say("a pass of an ordinary minute")
        ordinary = _passed(fleet, 33)
        say("a pass after five minutes")
        step = _passed(fleet, 36)
        say("a pass after an hour")
        hour = _passed(fleet, 92)
        say("a pass that stores the hour before")
        storing = _passed(fleet, 93)
    return Part("metrics", "Metrics of a large fleet", METHOD, _lines(scrape, first, ordinary, step, hour, storing))


def _passed(fleet: MetricsFleet, minute: int) -> Pass:
    table, before = fleet.table, fleet.passwords_read
    table.calls, table.reads, table.written = Counter(), 0.0, Counter()
    began = time.process_time()
    shards = fleet.collect(minute)
    seconds = time.process_time() - began
    return Pass(table.calls, table.written, table.reads, fleet.passwords_read - before, seconds, shards)


def _lines(scrape: float, first: Pass, ordinary: Pass, step: Pass, hour: Pass, storing: Pass) -> list[Line]:
    each = scrape + ordinary.seconds / INSTANCES
    shard = each * max(LARGEST, INSTANCES / ordinary.shards)
    gigabytes = templates.read_beside(PROJECT / "template.yaml").functions["ScrapeShardFunction"].memory / 1024
    parts = {
        "writes of counter states": prices.DYNAMODB_WRITE
        * MINUTES
        * _usual(ordinary.written["STATES"], hour.written["STATES"]),
        "writes of steps": prices.DYNAMODB_WRITE * STEPS * HOURS * step.written["STEP"],
        "writes of hours": prices.DYNAMODB_WRITE * HOURS * storing.written["HOUR"],
        "reads": prices.DYNAMODB_READ * MINUTES * _usual(ordinary.reads, storing.reads),
        "passwords": prices.SECRETS_CALL * HOURS / PROCESS_HOURS * ordinary.shards * INSTANCES,
        "functions": MINUTES
        * (
            (each * INSTANCES + shard) * gigabytes * prices.LAMBDA_GB_SECOND
            + (1 + ordinary.shards) * prices.LAMBDA_REQUEST
        ),
        "CloudWatch": FIGURES * prices.CLOUDWATCH_METRIC,
    }
    total = sum(parts.values()) / INSTANCES
    calls = {name: count / 60 for name, count in sorted(ordinary.calls.items())}
    calls["PutItem"] += STEPS * (step.calls["PutItem"] - ordinary.calls["PutItem"]) / 3600
    calls["PutItem"] += (storing.calls["PutItem"] - ordinary.calls["PutItem"]) / 3600
    return [
        Line(
            "an instance and month",
            total,
            "USD",
            goal=Goal(GOAL),
            why=f"{total - GOAL:.4f} USD more than it may be",
            source=Source.COUNTED,
        ),
        *(Line(f"of it {name}", cost / INSTANCES, "USD", source=Source.COUNTED) for name, cost in parts.items()),
        Line("a scrape, processor time", 1000 * scrape, "ms"),
        Line("our own work beside it, each", 1000 * ordinary.seconds / INSTANCES, "ms"),
        Line(
            "a shard of a pass, processor time",
            shard,
            "s",
            goal=Goal(BEGIN_SECONDS),
            why=f"all scrapes have to begin within {BEGIN_SECONDS:.0f} s",
        ),
        Line("shards", ordinary.shards, "", source=Source.COUNTED),
        *(Line(f"rate of {name}", rate, "/s", source=Source.COUNTED) for name, rate in calls.items()),
        Line("rate of Invoke", ordinary.shards / 60, "/s", source=Source.COUNTED),
        Line(
            "rate of GetSecretValue",
            ordinary.shards * INSTANCES / (PROCESS_HOURS * 3600),
            "/s",
            source=Source.COUNTED,
        ),
        Line("passwords read in the first pass", first.passwords, "", source=Source.COUNTED),
        Line("calls of DynamoDB when all are new", first.calls.total(), "", source=Source.COUNTED),
    ]


def _usual(ordinary: float, waiting: float) -> float:
    """The mean over an hour of what a pass takes while no hour waits, and while one does."""
    return ordinary + (waiting - ordinary) * WAITING_MINUTES / 60


def _scrape_seconds() -> float:
    """Of this process's processor time, for one scrape of a real Redis."""
    with _redis() as (port, password):
        instance = replace(running_instance(), endpoint=Endpoint("127.0.0.1", port), hostname="localhost")
        reader = RedisFigures()
        with ThreadPoolExecutor(WORKERS) as pool:
            for number in (WORKERS, SCRAPES):
                began = time.process_time()
                list(pool.map(lambda _: reader.read(instance, password, connections=True), range(number)))
        return (time.process_time() - began) / SCRAPES


@contextmanager
def _redis() -> Iterator[tuple[int, str]]:
    with tempfile.TemporaryDirectory(prefix="bench-metrics-") as folder:
        server, process = start(Path(folder))
        try:
            with patch.dict(os.environ, {"SSL_CERT_FILE": str(server.ca)}):
                yield server.port, server.control_password
        finally:
            stop(process)
