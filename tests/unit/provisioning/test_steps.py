"""The steps of the state machines."""

from dataclasses import replace

import pytest

from swiftcache.changes.ports import Replacement
from swiftcache.fleet.repair import EndedExecution, repair
from swiftcache.instances.model import Endpoint
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.restore import Restore
from swiftcache.instances.sizes import TaskSize
from swiftcache.instances.status import Status
from swiftcache.platform.errors import IllegalTransition, InstanceSuperseded
from swiftcache.platform.tokens import sha256
from swiftcache.provisioning.step_input import plan_output
from swiftcache.provisioning.steps import Plan, StatusRecorder, issue_credentials
from swiftcache.redis.shared_definition import SharedDefinition, packed
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.redis import FakeCredentials
from tests.samples import NOW, ORGANIZATION, an_account, an_entry, an_instance

ENDPOINT = Endpoint("203.0.113.10", 6379)
TARGET = Target(ORGANIZATION, "inst_a1", "request-1")
FIRST_ERROR = FirstError("TaskStopped", "DescribeNewTask")


@pytest.fixture
def instances() -> FakeInstances:
    accounts = FakeAccounts()
    an_account(accounts, ORGANIZATION, "sk_live_1")
    return FakeInstances(accounts)


@pytest.fixture
def recorder(instances: FakeInstances) -> StatusRecorder:
    return StatusRecorder(instances, lambda: NOW)


def linking(restore: Restore) -> str:
    return f"https://bucket.example/{restore.object_key}?version={restore.version}"


def issue(instances: FakeInstances, credentials: FakeCredentials | None = None) -> Plan:
    return issue_credentials(instances, credentials or FakeCredentials(), TARGET, "example.com", linking)


def test_the_plan_says_what_to_make(instances: FakeInstances) -> None:
    instances.create(an_instance(), an_entry())
    planned = issue(instances)
    assert (planned.hostname, planned.size) == ("a1.redis.example.com", TaskSize(256, 1024))


def test_an_instance_is_made_under_the_name_that_it_was_asked_for_with(instances: FakeInstances) -> None:
    instances.create(an_instance(dns_name="a1.redis.old.example.com"), an_entry())
    assert issue(instances).hostname == "a1.redis.old.example.com"


def test_a_deleted_instance_is_not_planned(instances: FakeInstances) -> None:
    with pytest.raises(InstanceSuperseded, match="gone"):
        issue(instances)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ERROR, Status.DELETING])
def test_only_a_provisioning_instance_is_planned(instances: FakeInstances, status: Status) -> None:
    instances.create(an_instance(status=status), an_entry())
    with pytest.raises(InstanceSuperseded, match=status.value):
        issue(instances)


def test_credentials_hold_hashes_and_a_password_of_our_own(instances: FakeInstances) -> None:
    instances.create(an_instance(), an_entry())
    credentials = FakeCredentials()
    arn = issue(instances, credentials).secret_arn
    acl, password = credentials.issued["inst_a1"]
    assert f"#{'ab' * 32}" in acl
    assert f"#{sha256(password)}" in acl
    assert password not in acl
    assert password not in arn


def test_the_acl_of_a_shared_definition_comes_with_the_start(instances: FakeInstances) -> None:
    instances.create(an_instance(shared_definition=True), an_entry())
    credentials = FakeCredentials()
    shared = issue(instances, credentials).shared
    assert shared == SharedDefinition("256-1024", packed(credentials.issued["inst_a1"][0]))


def test_an_instance_with_a_definition_of_its_own_is_given_no_other(instances: FakeInstances) -> None:
    instances.create(an_instance(), an_entry())
    planned = plan_output(issue(instances))
    assert (planned["sharedFamily"], planned["acl"]) == ("", "")


def test_a_claimed_instance_keeps_the_password_that_its_member_had(instances: FakeInstances) -> None:
    credentials = FakeCredentials({"inst_a1": ("old", "control")})
    instances.create(an_instance(claimed=True), an_entry())
    arn = issue(instances, credentials).secret_arn
    acl, password = credentials.issued["inst_a1"]
    assert (arn, password) == (credentials.secret_arn("inst_a1"), "control")
    assert f"#{'ab' * 32}" in acl
    assert f"#{sha256('control')}" in acl


def test_a_claimed_instance_without_a_secret_gets_one(instances: FakeInstances) -> None:
    credentials = FakeCredentials()
    instances.create(an_instance(claimed=True), an_entry())
    issue(instances, credentials)
    assert f"#{'ab' * 32}" in credentials.issued["inst_a1"][0]


def test_no_credentials_are_issued_for_a_deleted_instance(instances: FakeInstances) -> None:
    credentials = FakeCredentials()
    with pytest.raises(InstanceSuperseded):
        issue(instances, credentials)
    assert credentials.issued == {}


def test_running_is_recorded_with_the_address(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(), an_entry())
    recorder.mark_running(TARGET, "a1.redis.example.com", ENDPOINT)
    found = instances.get(ORGANIZATION, "inst_a1")
    assert found is not None
    assert (found.status, found.hostname, found.port) == (Status.RUNNING, "a1.redis.example.com", 6379)


def test_running_may_be_recorded_twice(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(), an_entry())
    recorder.mark_running(TARGET, "a1.redis.example.com", ENDPOINT)
    recorder.mark_running(TARGET, "a1.redis.example.com", ENDPOINT)


def test_a_deleted_instance_does_not_become_running(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(status=Status.DELETING), an_entry())
    with pytest.raises(InstanceSuperseded):
        recorder.mark_running(TARGET, "a1.redis.example.com", ENDPOINT)


def test_a_member_that_serves_is_not_given_up(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(status=Status.RUNNING, endpoint=ENDPOINT, claimed=True), an_entry())
    with pytest.raises(IllegalTransition):
        recorder.give_up_member(TARGET)


def test_a_member_of_a_deleted_instance_is_left_to_the_deletion(
    instances: FakeInstances, recorder: StatusRecorder
) -> None:
    with pytest.raises(InstanceSuperseded):
        recorder.give_up_member(TARGET)
    instances.create(an_instance(status=Status.DELETING, endpoint=ENDPOINT, claimed=True), an_entry())
    with pytest.raises(InstanceSuperseded):
        recorder.give_up_member(TARGET)


def test_a_removed_instance_does_not_come_back(instances: FakeInstances, recorder: StatusRecorder) -> None:
    with pytest.raises(InstanceSuperseded):
        recorder.mark_error(TARGET, FIRST_ERROR)
    assert instances.stored == {}


def test_an_error_is_recorded_in_words(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(), an_entry())
    recorder.mark_error(TARGET, FIRST_ERROR)
    found = instances.get(ORGANIZATION, "inst_a1")
    assert found is not None
    assert found.failure is not None
    assert (found.status, found.failure.code, found.failure.step) == (Status.ERROR, "REDIS_STOPPED", "DescribeNewTask")


def test_a_running_instance_is_never_removed(instances: FakeInstances, recorder: StatusRecorder) -> None:
    instances.create(an_instance(status=Status.RUNNING), an_entry())
    with pytest.raises(IllegalTransition):
        recorder.remove(TARGET, RemovedResources())


@pytest.mark.parametrize(("deletion", "following"), [(None, 0), (0, 1), (7, 8)])
def test_a_deletion_that_ended_badly_gets_its_next_attempt(
    instances: FakeInstances, deletion: int | None, following: int
) -> None:
    instances.create(an_instance(status=Status.DELETING), an_entry())
    workflows = FakeWorkflows()
    repair(EndedExecution(TARGET, FIRST_ERROR, deletion=deletion), instances, workflows)
    assert workflows.started == [("delete", TARGET, following)]


@pytest.mark.parametrize(("rollback", "following"), [(None, 0), (0, 1), (3, 4)])
def test_a_provisioning_that_ended_badly_is_rolled_back(
    instances: FakeInstances, rollback: int | None, following: int
) -> None:
    instances.create(an_instance(), an_entry())
    workflows = FakeWorkflows()
    repair(EndedExecution(TARGET, FIRST_ERROR, rollback=rollback), instances, workflows)
    assert workflows.started == [("roll_back", TARGET, following, FIRST_ERROR)]


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ERROR])
def test_an_instance_at_rest_needs_no_repair(instances: FakeInstances, status: Status) -> None:
    instances.create(an_instance(status=status), an_entry())
    workflows = FakeWorkflows()
    repair(EndedExecution(TARGET, FIRST_ERROR), instances, workflows)
    assert workflows.started == []


AGAIN = replace(TARGET, generation=7)


@pytest.mark.parametrize("status", [Status.DELETING, Status.PROVISIONING])
def test_an_end_in_another_life_needs_no_repair(instances: FakeInstances, status: Status) -> None:
    instances.create(an_instance(status=status, generation=7), an_entry())
    workflows = FakeWorkflows()
    repair(EndedExecution(TARGET, FIRST_ERROR, deletion=0), instances, workflows)
    repair(EndedExecution(TARGET, FIRST_ERROR, rollback=0), instances, workflows)
    assert workflows.started == []
    repair(EndedExecution(AGAIN, FIRST_ERROR, deletion=0, rollback=0), instances, workflows)
    assert [arguments[:2] for arguments in workflows.started] in ([("delete", AGAIN)], [("roll_back", AGAIN)])


def test_a_resize_that_ended_badly_is_followed_by_the_deletion_in_its_life(instances: FakeInstances) -> None:
    instances.create(an_instance(status=Status.DELETING, generation=7), an_entry())
    workflows = FakeWorkflows()
    repair(
        EndedExecution(TARGET, FIRST_ERROR, resize=Replacement("org_1", "inst_a1", "chg_1", "request-1")),
        instances,
        workflows,
    )
    assert workflows.started == [("delete", AGAIN, 0)]


def test_a_removed_instance_needs_no_repair(instances: FakeInstances) -> None:
    workflows = FakeWorkflows()
    repair(EndedExecution(TARGET, FIRST_ERROR, deletion=0), instances, workflows)
    assert workflows.started == []
