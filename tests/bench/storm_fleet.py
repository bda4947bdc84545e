"""The instances of a storm: the real functions on a record in memory, and what befalls them, on one account."""

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from sfnx.testing import Call

from functions.await_task.app import handler as await_task
from functions.change_record.app import handler as change_record
from functions.control_network.app import handler as control_network
from functions.issue_credentials.app import handler as issue_credentials
from functions.record_status.app import handler as record_status
from functions.recover_instance.app import handler as recover_instance
from functions.repair_instance.app import handler as repair_instance
from functions.verify_redis.app import handler as verify_redis
from functions.watch_tasks.app import handler as watch_tasks
from functions.write_records.app import handler as write_records
from swiftcache.callbacks import wiring as callbacks
from swiftcache.dns import wiring as dns
from swiftcache.fleet.wiring import reconcile_trigger
from swiftcache.instances import stores
from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup
from swiftcache.instances.model import Endpoint, Instance, hostname_of
from swiftcache.instances.ports import Target
from swiftcache.instances.recovery_state import Cause
from swiftcache.instances.status import Status
from swiftcache.networks.ec2_groups import Ec2SecurityGroups
from swiftcache.networks.service import NetworkService
from swiftcache.networks.wiring import network_service
from swiftcache.platform import aws
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.injector import Injector
from swiftcache.platform.tokens import sha256
from swiftcache.provisioning.wiring import workflows
from swiftcache.recovery import wiring as recovery
from swiftcache.recovery.ports import LostTask
from swiftcache.redis import wiring as redis
from swiftcache.redis.acl import acl_file
from tests.bench import stage_times as stages
from tests.bench.lifecycle_on_aws import machine
from tests.bench.simulated_aws import SHARED, Unsimulated
from tests.bench.stage_times import Times
from tests.bench.storm_account import Account, Execution, Json
from tests.bench.storm_dns import Route53Client, Teller, WriterStart
from tests.bench.storm_groups import Connections, GroupsClient
from tests.bench.storm_machines import interleaved
from tests.bench.storm_record import Finder, Noting, Probe, Secrets, Trigger
from tests.bench.storm_resources import Resources
from tests.bench.storm_scheduler import Scheduler
from tests.bench.storm_states import StatesClient
from tests.bench.storm_table import CountedInstances, Table
from tests.bench.storm_tasks import Tasks, machine_of
from tests.bench.storm_zone import Zone
from tests.fakes.callbacks import FakeWaits
from tests.fakes.dns import FakeRecordQueue
from tests.fakes.injector import FakeInjector
from tests.fakes.networks import FakeNetworkStore
from tests.fakes.recovery import FakeRecoveries
from tests.samples import ORGANIZATION, an_entry, an_instance

ADDRESS = "192.0.2.1"
PASSWORD = "control-password"
NETWORKS = AllowedNetworks(("10.1.0.0/16",))
START = datetime(2026, 1, 1, tzinfo=UTC)
DOMAIN = "${DomainName}"
ENVIRONMENT = {
    "DOMAIN_NAME": DOMAIN,
    "PROVISION_STATE_MACHINE_ARN": "${ProvisionStateMachineArn}",
    "DEPROVISION_STATE_MACHINE_ARN": "${DeprovisionStateMachineArn}",
    "RESIZE_STATE_MACHINE_ARN": "${ResizeStateMachineArn}",
    "RECOVER_STATE_MACHINE_ARN": "${RecoverStateMachineArn}",
    "HOSTED_ZONE_ID": "${HostedZoneId}",
    "ROUTE53_REQUESTS_PER_SECOND": "4",
}
"""The definitions are run with their placeholders as they are, so functions get these too."""

RETRY_AFTER_SECONDS = 2
"""What Retry-After is with a 503."""

AGAIN_SECONDS = (0, 60, 120)
"""How long Lambda waits before each try of an event that a function failed on."""


class Fleet:
    """An account with instances in it. `scheduler` runs what befalls them."""

    def __init__(self, times: Times, seed: int = 0) -> None:
        self.scheduler = Scheduler()
        self.record = Noting(self.scheduler)
        self.account = Account(self.scheduler, times, machine, self._task, seed=seed, ended=self._ended)
        self.zone = Zone(times, self.scheduler.now)
        self._times = times
        self._seed = seed
        self._tasks = Tasks(self.account, self._resources_of)
        self._resources: dict[str, Resources] = {}
        self.table = Table(times, self.scheduler)
        self.groups = GroupsClient(self.account)
        self.unavailable = 0
        self._instances = CountedInstances(self.table, self.record)
        self._secrets = Secrets(self.account)
        self._injector = FakeInjector(
            ENVIRONMENT,
            {
                stores.instances: self._instances,
                redis.credentials: self._secrets,
                redis.probe: Probe(),
                recovery.recoveries: FakeRecoveries(self._instances),
                aws.stepfunctions: StatesClient(self.account, machine_of),
                stores.fleet: Finder(self.record),
                aws.clock: self._clock,
                network_service: NetworkService(
                    self._instances,
                    FakeNetworkStore(self._instances),
                    Ec2SecurityGroups(self.groups, "vpc", "swiftcache-", "swiftcache"),
                    Connections(),
                    self._clock,
                    self.scheduler.sleep,
                ),
                reconcile_trigger: Trigger(),
                callbacks.waits: FakeWaits(),
                dns.record_queue: FakeRecordQueue(),
                dns.writer_start: WriterStart(self.account),
                dns.teller: Teller(self.account, lambda: callbacks.callback_service(self._injector)),
                aws.route53: Route53Client(self.account, self.zone),
                aws.epoch: self.scheduler.now,
                aws.sleep: self.scheduler.sleep,
            },
        )
        handlers: dict[str, Callable[[Json, object, Injector], object]] = {
            "AwaitTaskFunction": await_task,
            "ChangeRecordFunction": change_record,
            "ControlNetworkFunction": control_network,
            "IssueCredentialsFunction": issue_credentials,
            "RecordStatusFunction": record_status,
            "RecoverInstanceFunction": recover_instance,
            "RepairInstanceFunction": repair_instance,
            "VerifyRedisFunction": verify_redis,
            "WatchTasksFunction": watch_tasks,
            "WriteRecordsFunction": write_records,
        }
        for name, handler in handlers.items():
            self.account.functions[name] = partial(self._handle, handler)

    def run(self) -> None:
        """Until nobody has anything to do any more."""
        with interleaved(self.scheduler, self._seed):
            self.scheduler.run()

    def at(self, seconds: float, befalls: Callable[[str], None], instance_id: str) -> None:
        """One of the methods below, at this time."""
        self.scheduler.spawn(partial(befalls, instance_id), seconds)

    def create(self, instance_id: str, *, limited: bool = False) -> None:
        """Its owner asks for it, and again where the answer is a 503, when that says so. `limited`: with networks."""
        networks = NETWORKS if limited else None
        while not self._is_stored(an_instance(id=instance_id, shared_definition=True, allowed_networks=networks)):
            self.unavailable += 1
            self.scheduler.sleep(RETRY_AFTER_SECONDS)
        self._start(lambda: workflows(self._injector).provision(_target(instance_id)))

    def _is_stored(self, instance: Instance) -> bool:
        self.scheduler.sleep(self._times.of(stages.API_REQUEST))
        try:
            self._instances.create(instance, an_entry())
        except DependencyUnavailable:
            return False
        return True

    def delete(self, instance_id: str) -> None:
        """Its owner has it deleted."""
        instance = self.record[ORGANIZATION, instance_id]
        self.record[ORGANIZATION, instance_id] = replace(instance, status=Status.DELETING)
        self.scheduler.sleep(self._times.of(stages.API_REQUEST))
        self._start(lambda: workflows(self._injector).delete(_target(instance_id), 0))

    def lose(self, instance_id: str) -> None:
        """Its task dies, and the event of that comes to WatchTasks."""
        instance = self.record[ORGANIZATION, instance_id]
        assert instance.endpoint
        task = self._resources_of(instance_id).cluster.tasks[instance.endpoint.task]
        task.stopping_at = task.stopped_at = self.scheduler.now()
        del self.record.served[instance_id]
        self.scheduler.sleep(self._times.of(stages.TASK_EVENT))
        recovery.task_watch(self._injector).task_stopped(LostTask(instance_id, task.arn, Cause.TASK_LOST))

    def has(self, instance_ids: Iterable[str], *, limited: bool = False) -> None:
        """They are RUNNING already."""
        for instance_id in instance_ids:
            cluster = self._resources_of(instance_id).cluster
            task = cluster.start("swiftcache", 0.0, 0.0, SHARED)
            endpoint = Endpoint(ADDRESS, 6379, task.arn)
            self.zone.records[hostname_of(instance_id, DOMAIN)] = (ADDRESS,)
            hostname = hostname_of(instance_id, DOMAIN)
            instance = an_instance(
                id=instance_id,
                status=Status.RUNNING,
                endpoint=endpoint,
                hostname=hostname,
                port=6379,
                shared_definition=True,
                allowed_networks=NETWORKS if limited else None,
                own_group=OwnGroup(instance_id, NETWORKS.revision) if limited else None,
            )
            if limited:
                name = f"swiftcache-{instance_id}"
                self.groups.groups[name] = {"GroupId": name}
            self._secrets.issued[instance_id] = (acl_file(instance.keys, sha256(PASSWORD)), PASSWORD)
            self.record[ORGANIZATION, instance_id] = instance
            self.table.put(instance)

    def _clock(self) -> datetime:
        return START + timedelta(seconds=self.scheduler.now())

    def _handle(self, handler: Callable[[Json, object, Injector], object], event: Json) -> object:
        return handler(event, None, self._injector)

    def _start(self, start: Callable[[], None]) -> None:
        """As the API does; if the workflow service refuses it, the table's stream tries again."""
        while True:
            try:
                return start()
            except DependencyUnavailable:
                self.scheduler.sleep(self._times.of(stages.STREAM))

    def _task(self, execution: Execution, call: Call) -> object:
        return self._tasks(execution, call)

    def _resources_of(self, instance_id: str) -> Resources:
        if instance_id not in self._resources:
            key = (ORGANIZATION, instance_id)
            self._resources[instance_id] = Resources(
                self.account, self._secrets, lambda: self.record.get(key), instance_id, self._times
            )
        return self._resources[instance_id]

    def _ended(self, execution: Execution) -> None:
        if execution.status != "SUCCEEDED":
            self.scheduler.spawn(partial(self._repair, execution), self._times.of(stages.EXECUTION_EVENT))

    def _repair(self, execution: Execution) -> None:
        outcome = execution.outcome
        assert outcome
        detail = {"status": outcome.status, "error": outcome.error, "cause": outcome.cause}
        event = {"detail": {**detail, "name": execution.name, "input": json.dumps(execution.given)}}
        for seconds in AGAIN_SECONDS:
            self.scheduler.sleep(seconds)
            try:
                self.account.invoke("RepairInstanceFunction", event)
            except Unsimulated:
                raise
            except Exception:  # the event is tried again
                continue
            return


def _target(instance_id: str) -> Target:
    return Target(ORGANIZATION, instance_id, "request")
