"""Passes over a whole fleet, in a process of their own, so that its memory is that of the pass.

    python -m tests.bench.passes reconcile|metrics AWS_URL INSTANCES TIMES

The use cases and the adapters of our table are the real ones. The rest of the world is made up as it is asked for, and
keeps nothing: as many resources of each kind as there are instances, all well, and a Redis that answers at once. It
prints what `Used` has, as JSON.
"""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan
from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.fleet.reconciler import Reconciler, ReconcileRequest
from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
from swiftcache.fleet.removal import OrphanRemover
from swiftcache.fleet.resumption import WorkResumer
from swiftcache.instances.model import Instance
from swiftcache.instances.stores import fleet
from swiftcache.instances.stores import instances as instances_provider
from swiftcache.metrics.collector import Collector, Outcome, Scraper, collect
from swiftcache.metrics.model import CounterState, RedisSample
from swiftcache.metrics.wiring import metrics
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.counters import Counters
from swiftcache.platform.injector import PROCESS
from tests.bench.api import environment
from tests.bench.lines import percentile
from tests.bench.memory import peak
from tests.bench.records import INSTANCE, NAME, ORGANIZATION, instance_of_fleet, running_instance
from tests.bench.replay import recording, watching
from tests.bench.servers import PROJECT
from tests.fakes.emptying import FakeEmptying
from tests.fakes.fleet import FakeDnsRecords, FakeExecutions, FakeReconcileCheckpoints, FakeRecoveryStarter, FakeTasks
from tests.fakes.metrics import FIGURES
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.fakes.redis import FakeCredentials
from tests.fakes.webhooks import FakeSigningSecrets

PAGE = 100
"""Resources on a page of AWS's lists."""


@dataclass(frozen=True, slots=True)
class Used:
    """By a pass: seconds by the clock and of processors, the median of all; calls of DynamoDB; MB at most, and before.

    `calls_each` are those of each scrape of the metrics pass, which are not made: they would be measured instead of it.
    """

    seconds: float
    cpu: float
    calls: int
    calls_each: int
    memory: float
    memory_before: float


def run_pass(name: str, url: str, instances: int, times: int) -> Used:
    """Runs it in a process of its own."""
    command = [sys.executable, "-m", "tests.bench.passes", name, url, str(instances), str(times)]
    answer = subprocess.run(
        command,
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode:
        raise RuntimeError(f"the {name} pass failed: {answer.stderr}")
    return Used(**json.loads(answer.stdout))


class Everything:
    """An inventory of a kind, with something of every instance."""

    def __init__(self, kind: ResourceKind, instances: int) -> None:
        self._kind = kind
        self._instances = instances

    def page(self, token: str | None) -> tuple[list[CloudResource], str | None]:
        begin = int(token or 0)
        end = min(begin + PAGE, self._instances)
        owners = [instance_of_fleet(number) for number in range(begin, end)]
        resources = [CloudResource(self._kind, f"{self._kind}-{owner}", owner) for owner in owners]
        return resources, str(end) if end < self._instances else None


class CounterStates:
    """A store of metrics that knows of each instance the same, and keeps nothing."""

    known = CounterState(sequence=1, run_id="run-1", at="2026-01-02T03:04:05Z", live=FIGURES)

    def counter_state(self, organization_id: str, instance_id: str) -> CounterState:
        return self.known

    def counter_states(self, organization_id: str) -> dict[str, CounterState]:
        raise NotImplementedError

    def record(self, organization_id: str, instance_id: str, hour: str, counted: Counters, state: CounterState) -> bool:
        return True

    def note(self, organization_id: str, instance_id: str, share: Counters) -> None:
        raise NotImplementedError

    def hours(self, instance_id: str, since: str) -> dict[str, Counters]:
        raise NotImplementedError


class Reader:
    """Looks into a Redis that its clients use a little."""

    def read(self, instance: Instance, password: str, *, connections: bool) -> RedisSample:
        counted = Counters(commands=30, hits=20, misses=10, bytes_in=3000, bytes_out=30_000)
        own = Counters(commands=3, bytes_in=100, bytes_out=3000)
        return RedisSample("run-1", counted, own, Counters(), replace(FIGURES))


class Passwords(FakeCredentials):
    def control_password(self, instance_id: str) -> str:
        return f"password-of-{instance_id}"


def reconciling(instances: int) -> Callable[[], object]:
    item_scan = DynamoDBOrphanItemScan(dynamodb(PROCESS), NAME)
    record_index = DynamoDBRecordIndex(dynamodb(PROCESS), NAME)
    workflows, executions = FakeWorkflows(), FakeExecutions()
    resumer = WorkResumer(workflows, FakeRecoveryWorkflow(), FakeEmptying(), executions)
    remover = OrphanRemover(
        workflows, executions, FakeSigningSecrets(), item_scan, instances_provider(PROCESS), now(PROCESS)
    )
    inventories = [Everything(kind, instances) for kind in ResourceKind if kind is not ResourceKind.ITEM]
    checkpoints = FakeReconcileCheckpoints()
    reconciler = Reconciler(
        record_index,
        inventories,
        FakeDnsRecords(),
        item_scan,
        checkpoints,
        resumer,
        remover,
        FakeTasks(),
        FakeRecoveryStarter(),
        "example.com",
        now(PROCESS),
    )

    def one() -> None:
        report = reconciler.run(ReconcileRequest("bench"), lambda: False)
        assert report.complete
        assert not report.findings, report.findings[:3]

    return one


def collecting(instances: int) -> Callable[[], object]:
    # One for all passes, as a function's process has it.
    collector = Collector(CounterStates(), Scraper(Reader(), Passwords()), now(PROCESS))

    # Here, since a handler's module reads the environment when it is imported.
    from functions.collect_metrics.app import WORKERS

    def one() -> None:
        done = collect(fleet(PROCESS), collector, WORKERS, lambda: False)
        assert done.count(Outcome.READ) == instances

    return one


def calls_of_a_scrape() -> int:
    """Of DynamoDB, by the adapter that `Counter states` stands for."""
    collector = Collector(metrics(PROCESS), Scraper(Reader(), Passwords()), now(PROCESS))
    with recording() as calls:
        result = collector.scrape(running_instance())
    assert result.outcome is Outcome.READ, result
    return len(calls)


def main() -> None:
    name, url, instances, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    os.environ.update(environment(url))
    each = calls_of_a_scrape() if name == "metrics" else 0
    one = {"reconcile": reconciling, "metrics": collecting}[name](instances)
    instances_provider(PROCESS).get(ORGANIZATION, INSTANCE)  # builds the client, and its connection
    before = peak()
    counted: Counter[str] = Counter()
    wall, cpu = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        with watching(lambda call: counted.update([call.operation])):
            one()
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    used_by = Used(percentile(wall, 50), percentile(cpu, 50), counted.total() // times, each, peak(), before)
    print(json.dumps(asdict(used_by)))


if __name__ == "__main__":
    main()
