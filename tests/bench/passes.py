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

from swiftcache.fleet.backup_check import BackupCheck
from swiftcache.fleet.findings import ReconcileRequest
from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan
from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.fleet.reconciler import Reconciler
from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
from swiftcache.fleet.removal import OrphanRemover
from swiftcache.fleet.resumption import WorkResumer
from swiftcache.instances.model import Instance
from swiftcache.instances.stores import fleet
from swiftcache.instances.stores import instances as instances_provider
from swiftcache.metrics.bucket_codec import packed, packed_ends, packed_later, packed_snapshot, unpacked
from swiftcache.metrics.bucket_pass import BucketStore, Outcome
from swiftcache.metrics.buckets import Bucket
from swiftcache.metrics.collector import WORKERS, collect
from swiftcache.metrics.model import RedisSample
from swiftcache.metrics.scraper import Scraper
from swiftcache.platform.aws import clock, dynamodb, now
from swiftcache.platform.counters import Counters
from swiftcache.platform.injector import PROCESS
from tests.bench.api import environment
from tests.bench.lines import percentile
from tests.bench.memory import peak
from tests.bench.records import INSTANCE, NAME, ORGANIZATION, instance_of_fleet
from tests.bench.replay import watching
from tests.bench.servers import PROJECT
from tests.fakes.backups import FakeBackupCounts, FakeBackups
from tests.fakes.emptying import FakeEmptying
from tests.fakes.fleet import FakeDnsRecords, FakeExecutions, FakeReconcileCheckpoints, FakeRecoveryStarter, FakeTasks
from tests.fakes.metrics import FIGURES, FakeMetrics, FakeReader
from tests.fakes.object_store import FakeObjectStore
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.fakes.redis import FakeCredentials
from tests.fakes.webhooks import FakeSigningSecrets

PAGE = 100
"""Resources on a page of AWS's lists."""


@dataclass(frozen=True, slots=True)
class Used:
    """By a pass: seconds by the clock and of processors, the median; calls of DynamoDB; MB at most, and before."""

    seconds: float
    cpu: float
    calls: int
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


class Buckets(FakeMetrics):
    """A store of metrics in memory, with its buckets packed as in the table. `calls` are those of DynamoDB."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[int, tuple[bytes, bytes, bytes]] = {}
        self.calls = 0

    def bucket(self, number: int) -> Bucket:
        self.calls += 1
        return Bucket(number, 1, unpacked(*self.kept[number])) if number in self.kept else Bucket(number)

    def store(self, bucket: Bucket) -> bool:
        self.calls += 1
        self.kept[bucket.number] = packed(bucket.states), packed_later(bucket.states), packed_ends(bucket.states)
        return True

    def keep_snapshot(self, bucket: Bucket) -> None:
        self.calls += 1
        packed_snapshot(bucket.snapshot)


class Reader(FakeReader):
    """Looks into a Redis that its clients use a little."""

    def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
        counted = Counters(commands=30, hits=20, misses=10, bytes_in=3000, bytes_out=30_000)
        own = Counters(commands=3, bytes_in=100, bytes_out=3000)
        return RedisSample("run-1", counted, own, Counters(), replace(FIGURES))


class Passwords(FakeCredentials):
    def control_password(self, instance_id: str) -> str:
        return f"password-of-{instance_id}"


def reconciling(instances: int) -> Callable[[], int | None]:
    item_scan = DynamoDBOrphanItemScan(dynamodb(PROCESS), NAME)
    record_index = DynamoDBRecordIndex(dynamodb(PROCESS), NAME, clock(PROCESS))
    workflows, executions = FakeWorkflows(), FakeExecutions()
    resumer = WorkResumer(workflows, FakeRecoveryWorkflow(), FakeEmptying(), executions)
    remover = OrphanRemover(
        workflows, executions, FakeSigningSecrets(), item_scan, instances_provider(PROCESS), FakeTasks(), now(PROCESS)
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
        BackupCheck(FakeBackups(FakeAccounts()), FakeBackupCounts(FakeAccounts()), FakeObjectStore(), now(PROCESS)),
        "example.com",
        now(PROCESS),
    )

    def one() -> None:
        report = reconciler.run(ReconcileRequest("bench"), lambda: False)
        assert report.complete
        assert not report.findings, report.findings[:3]

    return one


def collecting(instances: int) -> Callable[[], int | None]:
    # One for all passes, as a function's process has it.
    buckets = Buckets()
    store = BucketStore(buckets, Scraper(Reader(), Passwords(), now(PROCESS)), now(PROCESS))

    def one() -> int:
        buckets.calls = 0
        done = collect(list(fleet(PROCESS).running()), store, WORKERS, lambda: False)
        assert done.count(Outcome.READ) == instances
        return buckets.calls

    one()  # the first sight of an instance is not what a pass costs
    return one


def main() -> None:
    name, url, instances, times = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    os.environ.update(environment(url))
    one = {"reconcile": reconciling, "metrics": collecting}[name](instances)
    instances_provider(PROCESS).get(ORGANIZATION, INSTANCE)  # builds the client, and its connection
    before = peak()
    counted: Counter[str] = Counter()
    wall, cpu = [], []
    for _ in range(times):
        began, used = time.perf_counter(), time.process_time()
        with watching(lambda call: counted.update([call.operation])):
            counted["elsewhere"] += one() or 0
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - used)
    used_by = Used(percentile(wall, 50), percentile(cpu, 50), counted.total() // times, peak(), before)
    print(json.dumps(asdict(used_by)))


if __name__ == "__main__":
    main()
