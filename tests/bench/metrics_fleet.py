"""A large fleet, and the functions that pass over it. Each shard's has passwords of its own, as a process has."""

import contextlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from swiftcache.instances.model import Instance
from swiftcache.metrics.figures import FleetFigures, fleet_figures_of
from swiftcache.metrics.invoke import packed_instances
from swiftcache.metrics.scraper import Scraper
from swiftcache.metrics.wiring import scraper, shards
from swiftcache.platform.aws import clock, dynamodb
from tests.bench.busy_fleet import BusyReader, Passwords, items
from tests.bench.metered_table import MeteredTable
from tests.bench.records import NAME
from tests.fakes.injector import FakeInjector
from tests.samples import a_lambda_context

_BEGIN = datetime(2026, 1, 2, 3, 0, tzinfo=UTC)


class MetricsFleet:
    """`collect` makes a pass by the handlers of CollectMetrics and ScrapeShard."""

    def __init__(self, instances: int) -> None:
        self.table = MeteredTable(items(instances))
        self._instances = instances
        self._reader = BusyReader()
        self._at = _BEGIN
        self._here = self._process()
        self._processes: list[FakeInjector] = []
        self._shards = 0
        self._context: Any = a_lambda_context("CollectMetrics", 50)

    @property
    def passwords_read(self) -> int:
        return sum(self._passwords_of(process).asked for process in (self._here, *self._processes))

    def collect(self, minute: int) -> int:
        """A pass so many minutes after the first hour's begin; how many shards there were.

        Raises AssertionError if not all were read.
        """
        # Here, since a handler's module reads the environment when it is imported.
        from functions.collect_metrics.app import handler

        self._at = _BEGIN + timedelta(minutes=minute)
        self._shards = 0
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            handler({}, self._context, self._here)
        published = json.loads(printed.getvalue())
        found = {name: published[name] for name in ("InstancesRunning", "InstancesUnreachable", "InstancesNotRead")}
        assert list(found.values()) == [[float(self._instances)], [0.0], [0.0]], found
        return self._shards

    def scrape(self, instances: Sequence[Instance]) -> FleetFigures:
        """As the port says, by the handler of ScrapeShard."""
        from functions.scrape_shard.app import handler

        number, self._shards = self._shards, self._shards + 1
        while len(self._processes) <= number:
            self._processes.append(self._process())
        answer = handler({"instances": packed_instances(instances)}, self._context, self._processes[number])
        return fleet_figures_of(json.loads(json.dumps(answer)))

    def _process(self) -> FakeInjector:
        environment: Mapping[str, str] = {"TABLE_NAME": NAME, "NETWORK_MODE": "public"}
        scraping = Scraper(self._reader, Passwords(), lambda: self._at)
        given: dict[Any, object] = {
            dynamodb: self.table,
            clock: lambda: self._at,
            scraper: scraping,
            shards: self,
        }
        return FakeInjector(environment, given)

    def _passwords_of(self, process: FakeInjector) -> Passwords:
        credentials: Any = scraper(process).credentials
        found: Passwords = credentials
        return found
