"""The events in events/: each is what its function or machine takes."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.aws.invoker import FunctionError
from swiftcache.callbacks.wiring import waits
from swiftcache.configuration.wiring import configuration_store
from swiftcache.events.wiring import events as events_provider
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.fleet.wiring import emptying as emptying_provider
from swiftcache.instances.allowed_networks import AllowedNetworks
from swiftcache.instances.backup_schedule import BackupSchedule, Interval
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import Target
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import TaskSize
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.maintenance.wiring import maintenance_record
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.items import account_key_key, member_key, organization_account_key_key, organization_key
from swiftcache.platform.tokens import new_account_key, sha256
from swiftcache.provisioning.wiring import workflows as workflows_provider
from swiftcache.redis.options import redis_options
from swiftcache.redis.probe import RedisProbe
from swiftcache.redis.wiring import probe
from tests.fakes.emptying import FakeEmptying
from tests.fakes.events import FakeEvents
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import an_account, an_entry, an_instance
from tests.statemachine.cloud import ROOT, Cloud, wait_for

EVENTS = sorted((ROOT / "events").glob("*.json"))
ORGANIZATION = "org_123"
INSTANCE = "inst_abc123xyz"
REQUEST = "JKJaXmPLvHcESHA="


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / f"{name}.json").read_text())


class Samples:
    """The instance that the samples speak of, and what is done with it. Nothing starts by itself."""

    def __init__(self, cloud: Cloud, workflows: FakeWorkflows) -> None:
        self.cloud = cloud
        self.workflows = workflows
        token = new_account_key()
        an_account(accounts(cloud.injector), ORGANIZATION, token)
        self._account = [organization_key(ORGANIZATION), member_key(ORGANIZATION, "mem_owner")]
        self._account += [organization_account_key_key(ORGANIZATION, "key_owner"), account_key_key(sha256(token))]
        instances(cloud.injector).create(
            an_instance(id=INSTANCE, organization_id=ORGANIZATION, request_id=REQUEST), an_entry()
        )

    def close(self) -> None:
        for key in self._account:
            self.cloud.client("dynamodb").delete_item(TableName=self.cloud.stack.outputs["TableName"], Key=key)

    def call(self, function: str, event: str) -> Any:
        return self.cloud.invoke(self.cloud.stack.functions[function].name, sample(event))

    def start(self, machine: str, event: str) -> None:
        arn = self.cloud.stack.outputs[machine]
        given = json.dumps(sample(event))
        self.cloud.client("stepfunctions").start_execution(stateMachineArn=arn, input=given)

    @property
    def status(self) -> str | None:
        found = instances(self.cloud.injector).get(ORGANIZATION, INSTANCE)
        return found.status.value if found else None

    def become(self, **different: Any) -> None:
        found = instances(self.cloud.injector).get(ORGANIZATION, INSTANCE)
        assert found
        item = instance_item(replace(found, **different))
        self.cloud.client("dynamodb").put_item(TableName=self.cloud.stack.outputs["TableName"], Item=item)

    def deleting(self) -> None:
        instances(self.cloud.injector).mark_deleting(ORGANIZATION, INSTANCE, an_entry(request_id="request-2"))


@pytest.fixture
def samples(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Samples]:
    workflows = FakeWorkflows()
    monkeypatch.setitem(cloud.injector.given, workflows_provider, workflows)
    samples = Samples(cloud, workflows)
    yield samples
    cloud.quiet()
    if samples.status not in (None, Status.DELETING):
        samples.deleting()
    instances(cloud.injector).remove(ORGANIZATION, INSTANCE, RemovedResources(), "2024-03-15T10:32:00.000Z")
    samples.close()


def test_a_request_of_cloudformation_begins_a_declaration_that_its_address_is_not_in(samples: Samples) -> None:
    samples.call("DeclareInstanceFunction", "declare_instance")
    wait_for(lambda: not samples.cloud.running())
    [(name, _, _)] = samples.cloud.ended(sample("declare_instance")["RequestId"])
    assert name == f"none-{sample('declare_instance')['RequestId']}"


def test_what_nobody_let_a_stack_declare_is_refused(samples: Samples) -> None:
    with pytest.raises(FunctionError, match="DeclarationRefused: NOT_AUTHORIZED"):
        samples.call("ApplyDeclarationFunction", "apply_declaration")
    unknown = {**sample("apply_declaration"), "step": "Wish"}
    with pytest.raises(FunctionError, match="there is no step Wish"):
        samples.cloud.invoke(samples.cloud.stack.functions["ApplyDeclarationFunction"].name, unknown)
    samples.start("DeclareStateMachineArn", "begin_declaration")
    wait_for(lambda: not samples.cloud.running())


def test_the_plan_of_a_new_instance_and_its_credentials(samples: Samples) -> None:
    planned = samples.call("IssueCredentialsFunction", "issue_credentials")
    assert f":secret:swiftcache/instances/{INSTANCE}-" in planned.pop("secretArn")
    assert planned == {
        "hostname": "abc123xyz.redis.swiftcache.test",
        "port": 6379,
        "maxMemory": "536870912",
        "evictionPolicy": "allkeys-lru",
        "engine": "redis",
        "taskCpu": "256",
        "taskMemory": "1024",
        "redisLimits": redis_options(TaskSize(256, 1024), False, DEFAULT_SETTINGS),
        "folder": "",
        "limited": False,
        "sharedFamily": "",
        "acl": "",
    }


def test_the_sample_of_a_verification_is_taken(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(samples.cloud.injector.given, probe, RedisProbe(deadline=0.1))
    samples.call("IssueCredentialsFunction", "issue_credentials")
    with pytest.raises(FunctionError, match=r"VerificationFailed: abc123xyz\.redis\.example\.com:6379"):
        samples.call("VerifyRedisFunction", "verify_redis")


def test_the_samples_of_an_instances_life_change_its_record(samples: Samples) -> None:
    samples.call("RecordStatusFunction", "mark_running")
    assert samples.status == "RUNNING"
    with pytest.raises(FunctionError, match="InstanceSuperseded"):
        samples.call("RecordStatusFunction", "mark_error")
    samples.deleting()
    samples.call("RecordStatusFunction", "remove_instance")
    assert samples.status is None


def test_the_sample_of_a_failure_changes_the_record(samples: Samples) -> None:
    samples.call("RecordStatusFunction", "mark_error")
    assert samples.status == "ERROR"


def test_an_unknown_step_of_the_record_is_refused(samples: Samples) -> None:
    event = {**sample("mark_running"), "step": "MarkHappy"}
    with pytest.raises(FunctionError, match="there is no step MarkHappy"):
        samples.cloud.invoke(samples.cloud.stack.functions["RecordStatusFunction"].name, event)


def test_a_change_in_the_table_is_published_as_documented(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    events = FakeEvents()
    monkeypatch.setitem(samples.cloud.injector.given, events_provider, events)
    assert samples.call("RelayChangesFunction", "table_changed") == {"batchItemFailures": []}
    for documented in ("instance_status_changed", "instance_key_created"):
        assert sample(documented)["detail"] in [event.data for event in events.published]


def test_a_change_that_cannot_be_published_comes_again(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    events = FakeEvents(available=False)
    monkeypatch.setitem(samples.cloud.injector.given, events_provider, events)
    failures = samples.call("RelayChangesFunction", "table_changed")["batchItemFailures"]
    events.available = True
    assert failures == [{"itemIdentifier": "111"}]


def test_a_pass_over_a_fleet_of_none(samples: Samples, capsys: pytest.CaptureFixture[str]) -> None:
    samples.call("CollectMetricsFunction", "collect_metrics")
    assert '"InstancesRunning":[0.0]' in capsys.readouterr().out


def test_a_shard_of_none(samples: Samples) -> None:
    assert samples.call("ScrapeShardFunction", "scrape_shard")["running"] == 0


def test_a_live_scrape_of_what_does_not_run_is_refused(samples: Samples) -> None:
    with pytest.raises(FunctionError, match="RedisUnreachable: inst_abc123xyz is not running"):
        samples.call("InspectRedisFunction", "inspect_redis")


def test_an_instance_that_needs_no_configuration(samples: Samples) -> None:
    assert samples.call("ControlRedisFunction", "control_redis") is None


def test_an_instance_whose_networks_are_its_stacks_needs_nothing_of_the_network(samples: Samples) -> None:
    assert samples.call("ControlNetworkFunction", "control_network") is None
    assert samples.call("ControlRedisFunction", "close_others") is None


def test_the_samples_of_a_security_group_make_and_delete_it(samples: Samples) -> None:
    samples.become(allowed_networks=AllowedNetworks(("10.1.0.0/16",)))
    made = samples.call("ControlNetworkFunction", "create_security_group")
    assert samples.cloud.groups(INSTANCE) == [made["securityGroup"]]
    assert samples.call("ControlNetworkFunction", "delete_security_group") is None
    assert samples.cloud.groups(INSTANCE) == []


def test_an_unknown_step_of_control_network_is_refused(samples: Samples) -> None:
    event = {**sample("create_security_group"), "step": "CreateTea"}
    with pytest.raises(FunctionError, match="there is no step CreateTea"):
        samples.cloud.invoke(samples.cloud.stack.functions["ControlNetworkFunction"].name, event)


def test_a_sweep_ends_what_has_expired(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    before = instances(samples.cloud.injector).get(ORGANIZATION, INSTANCE)
    assert before is not None
    expired = replace(before, expires_at="2024-03-15T10:30:00.000Z")
    configuration_store(samples.cloud.injector).store(before, expired, an_entry(organization_id=ORGANIZATION))
    samples.call("SweepFleetFunction", "sweep_fleet")
    assert samples.status == "DELETING"


def test_a_pass_over_backups_begins_none_of_what_does_not_run(samples: Samples) -> None:
    samples.become(backup_schedule=BackupSchedule(Interval.ONE_HOUR, 1), next_backup_at="2024-03-15T10:30:00.000Z")
    samples.call("KeepBackupsFunction", "keep_backups")
    found = instances(samples.cloud.injector).get(ORGANIZATION, INSTANCE)
    assert found is not None
    assert found.next_backup_at != "2024-03-15T10:30:00.000Z"


def test_a_pass_over_maintenance_forgets_what_does_not_run(samples: Samples) -> None:
    named = sample("tasks_retired")["detail"]["affectedEntities"][0]["entityValue"]
    samples.become(status=Status.RUNNING, endpoint=Endpoint("203.0.113.10", 6379, named))
    samples.call("WatchRetirementsFunction", "tasks_retired")
    found = instances(samples.cloud.injector).get(ORGANIZATION, INSTANCE)
    assert found is not None
    assert [one.reason for one in found.pending_maintenance] == [ChangeReason.RETIREMENT]
    samples.call("WatchCertificatesFunction", "watch_certificates")
    samples.call("KeepRolloutsFunction", "keep_rollouts")
    samples.become(status=Status.PROVISIONING, endpoint=None)
    samples.call("KeepMaintenanceFunction", "keep_maintenance")
    assert maintenance_record(samples.cloud.injector).due("9", 10) == []


def test_nothing_is_restored_of_an_instance_that_begins_empty(samples: Samples) -> None:
    with pytest.raises(FunctionError, match="InstanceSuperseded"):
        samples.call("ControlRedisFunction", "check_restored")


def test_a_file_that_nobody_has_asked_for_is_no_backup(samples: Samples) -> None:
    samples.call("WatchUploadsFunction", "watch_uploads")
    with pytest.raises(FunctionError, match="BackupSuperseded"):
        samples.call("CheckImportFunction", "check_import")


def test_a_pass_over_old_passwords_takes_nobody_that_does_not_run(samples: Samples) -> None:
    samples.call("RotatePasswordsFunction", "rotate_passwords")
    assert samples.status == "PROVISIONING"


def test_a_run_of_the_renewal_notes_what_the_operator_has_written(samples: Samples) -> None:
    answer = samples.call("RenewCertificateFunction", "renew_certificate")
    assert (answer["outcome"], answer["certificate"]["names"]) == ("CURRENT", ["*.redis.swiftcache.test"])


def test_an_execution_that_ended_badly_is_followed_by_the_next(samples: Samples) -> None:
    samples.deleting()
    samples.call("RepairInstanceFunction", "execution_ended_badly")
    assert ("delete", Target(ORGANIZATION, INSTANCE, REQUEST), 1) in samples.workflows.started


def test_the_machines_of_an_instance_take_their_samples(samples: Samples) -> None:
    samples.start("ProvisionStateMachineArn", "provision_instance")
    wait_for(lambda: samples.status == "RUNNING")
    samples.deleting()
    samples.start("DeprovisionStateMachineArn", "deprovision_instance")
    wait_for(lambda: samples.status is None)
    assert samples.cloud.left(INSTANCE) == {}


def test_a_claim_whose_member_is_not_there_takes_the_long_way(samples: Samples) -> None:
    given = sample("claim_instance")["member"]
    samples.become(claimed=True, endpoint=Endpoint(given["address"], given["port"], given["task"]))
    samples.start("ProvisionStateMachineArn", "claim_instance")
    wait_for(lambda: samples.status == "RUNNING")
    samples.deleting()
    samples.start("DeprovisionStateMachineArn", "deprovision_instance")
    wait_for(lambda: samples.status is None)
    assert samples.cloud.left(INSTANCE) == {}


def test_what_was_not_claimed_is_not_prepared(samples: Samples) -> None:
    with pytest.raises(FunctionError, match="InstanceSuperseded"):
        samples.call("ControlRedisFunction", "prepare_member")


def test_a_member_is_given_up(samples: Samples) -> None:
    samples.become(claimed=True, endpoint=Endpoint("203.0.113.10", 6379))
    samples.call("RecordStatusFunction", "give_up_member")
    found = instances(samples.cloud.injector).get(ORGANIZATION, INSTANCE)
    assert found
    assert (found.status, found.endpoint) == ("PROVISIONING", None)


def test_an_unknown_step_of_control_redis_is_refused(samples: Samples) -> None:
    event = {**sample("prepare_member"), "step": "PrepareTea"}
    with pytest.raises(FunctionError, match="there is no step PrepareTea"):
        samples.cloud.invoke(samples.cloud.stack.functions["ControlRedisFunction"].name, event)


def test_the_rollback_takes_its_sample(samples: Samples) -> None:
    samples.start("DeprovisionStateMachineArn", "roll_back_instance")
    wait_for(lambda: samples.status == "ERROR")
    found = instances(samples.cloud.injector).get(ORGANIZATION, INSTANCE)
    assert found is not None
    assert found.failure is not None
    assert found.failure.code == "REDIS_STOPPED"


def become(samples: Samples, status: OrganizationStatus) -> None:
    before = accounts(samples.cloud.injector).membership(ORGANIZATION)
    assert before is not None
    accounts(samples.cloud.injector).save(before, before.with_status(status), an_entry(request_id=REQUEST))


def test_a_suspended_organization_is_emptied(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    emptying = FakeEmptying()
    monkeypatch.setitem(samples.cloud.injector.given, emptying_provider, emptying)
    target = EmptyingTarget(ORGANIZATION, 2, REQUEST)
    assert samples.call("RelayChangesFunction", "organization_suspended") == {"batchItemFailures": []}
    become(samples, OrganizationStatus.SUSPENDED)
    samples.call("RepairInstanceFunction", "emptying_ended_badly")
    assert emptying.started[0] == (target, 0)
    assert emptying.started[-1] == (target, 1)


def test_the_steps_that_empty_an_organization(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(samples.cloud.injector.given, emptying_provider, FakeEmptying())
    become(samples, OrganizationStatus.SUSPENDED)
    assert samples.call("EmptyOrganizationFunction", "delete_instances") == {"deleting": 1}
    assert samples.status == "DELETING"
    assert samples.call("EmptyOrganizationFunction", "remove_organization") == {}
    assert accounts(samples.cloud.injector).organization(ORGANIZATION) is not None
    event = {**sample("delete_instances"), "step": "DeleteEverything"}
    with pytest.raises(FunctionError, match="there is no step DeleteEverything"):
        samples.cloud.invoke(samples.cloud.stack.functions["EmptyOrganizationFunction"].name, event)


def test_the_machine_that_empties_an_organization_takes_its_sample(
    samples: Samples, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(samples.cloud.injector.given, emptying_provider, FakeEmptying())
    become(samples, OrganizationStatus.SUSPENDED)
    samples.start("EmptyStateMachineArn", "empty_organization")
    wait_for(lambda: samples.status == "DELETING")
    instances(samples.cloud.injector).remove(ORGANIZATION, INSTANCE, RemovedResources(), "2024-03-15T10:32:00.000Z")


def test_a_record_that_is_asked_for_is_made_in_the_zone(samples: Samples) -> None:
    asked = samples.call("ChangeRecordFunction", "change_record")
    assert asked["recordChange"].startswith("RECORD#rcd_")
    samples.call("WriteRecordsFunction", "write_records")
    wait_for(lambda: "records" in samples.cloud.left(INSTANCE))
    assert samples.cloud.addresses(INSTANCE) == ("203.0.113.10",)
    event = {**sample("change_record"), "addresses": [], "known": ["203.0.113.10"], "priority": "DELETION"}
    samples.cloud.invoke(samples.cloud.stack.functions["ChangeRecordFunction"].name, event)
    wait_for(lambda: samples.cloud.left(INSTANCE) == {})


def test_who_waits_for_a_task_is_called_off(samples: Samples) -> None:
    samples.call("AwaitTaskFunction", "await_task")
    [(_, wait)] = waits(samples.cloud.injector).of(INSTANCE)
    assert wait.token == sample("await_task")["taskToken"]
    samples.call("AwaitTaskFunction", "interrupt_waits")
    assert waits(samples.cloud.injector).of(INSTANCE) == []


@pytest.mark.parametrize("function", ["AwaitTaskFunction", "ChangeRecordFunction"])
def test_an_unknown_step_of_what_waits_is_refused(samples: Samples, function: str) -> None:
    event = {**sample("await_task"), "step": "Other"}
    with pytest.raises(FunctionError, match="there is no step Other"):
        samples.cloud.invoke(samples.cloud.stack.functions[function].name, event)


@pytest.mark.parametrize("file", EVENTS, ids=lambda file: str(file.stem))
def test_each_sample_is_in_the_guide_and_in_a_test(file: Any) -> None:
    assert f"`{file.stem}`" in (ROOT / "docs" / "invoke.md").read_text()
    tests = "".join(test.read_text() for test in (ROOT / "tests").rglob("test_*.py"))
    assert f'"{file.stem}"' in tests
