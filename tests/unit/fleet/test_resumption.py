"""Work that nobody is at: which there is, and which attempt at it comes next."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.fleet.orphans import GRACE
from swiftcache.fleet.ports import OrganizationSnapshot
from swiftcache.fleet.resumption import WorkResumer, overdue
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.recovery_state import Cause, Recovery, RecoveryStatus
from swiftcache.instances.status import Status
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.recovery.ports import Recovering
from swiftcache.recovery.service import GIVEN_UP
from tests.fakes.emptying import FakeEmptying
from tests.fakes.fleet import FakeExecutions
from tests.fakes.provisioning import FakeWorkflows
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.samples import AT, ORGANIZATION, an_instance, an_organization

TARGET = Target(ORGANIZATION, "inst_a1", "request-1")
LOST = Recovery("rec_1", RecoveryStatus.IN_PROGRESS, Cause.TASK_LOST, AT)
CHANGE = Change("chg_1", ChangeKind.REPLACE, ChangeStatus.IN_PROGRESS, 1, EvictionPolicy.NOEVICTION, AT, "request-2")


def resizing(**different: Any) -> Instance:
    return an_instance(status=Status.RUNNING, change=replace(CHANGE, **different))


def deleting() -> Instance:
    return an_instance(status=Status.DELETING)


def recovering(**different: Any) -> Instance:
    return an_instance(status=Status.RUNNING, recovery=replace(LOST, **different))


MEMBER = Endpoint("203.0.113.10", 6379, "arn:task")
CLAIMED = an_instance(claimed=True, endpoint=MEMBER)
RESIZE = "resize-inst_a1-chg_1"
TARGET_OF_CHANGE = replace(TARGET, request_id="request-2")


@pytest.mark.parametrize(
    ("instance", "known", "started"),
    [
        (deleting(), {}, ("delete", TARGET, 0)),
        (deleting(), {"delete-inst_a1-0": False}, ("delete", TARGET, 1)),
        (deleting(), {"delete-inst_a1-0": False, "delete-inst_a1-1": True}, None),
        (an_instance(), {}, ("provision", TARGET)),
        (an_instance(), {"provision-inst_a1": True}, None),
        (CLAIMED, {"provision-inst_a1": False}, ("provision", TARGET, MEMBER)),
        (CLAIMED, {"provision-inst_a1": False, "claim-inst_a1": True}, None),
        (
            CLAIMED,
            {"provision-inst_a1": False, "claim-inst_a1": False},
            ("roll_back", TARGET, 1, FirstError("Injected", "claim-inst_a1")),
        ),
        (an_instance(), {"provision-inst_a1": True, "rollback-inst_a1-0": False}, None),
        (
            an_instance(),
            {"provision-inst_a1": False},
            ("roll_back", TARGET, 1, FirstError("Injected", "provision-inst_a1")),
        ),
        (
            an_instance(),
            {"provision-inst_a1": False, "rollback-inst_a1-1": False},
            ("roll_back", TARGET, 2, FirstError("Injected", "rollback-inst_a1-1")),
        ),
        (an_instance(), {"provision-inst_a1": False, "rollback-inst_a1-1": True}, None),
        (resizing(), {}, ("resize", TARGET_OF_CHANGE, "chg_1", 0, None)),
        (
            resizing(),
            {f"{RESIZE}-0": False},
            ("resize", TARGET_OF_CHANGE, "chg_1", 1, FirstError("Injected", f"{RESIZE}-0")),
        ),
        (resizing(), {f"{RESIZE}-0": True}, None),
        (resizing(status=ChangeStatus.FAILED), {}, None),
        (resizing(kind=ChangeKind.IN_PLACE), {}, None),
        (an_instance(status=Status.ERROR), {}, None),
        (
            an_instance(status=Status.DELETING, generation=7),
            {"delete-inst_a1-0": True, "delete-inst_a1_7-0": False},
            ("delete", replace(TARGET, generation=7), 1),
        ),
        (an_instance(generation=7), {"provision-inst_a1": False}, ("provision", replace(TARGET, generation=7))),
        (
            an_instance(generation=7),
            {"provision-inst_a1_7": False},
            ("roll_back", replace(TARGET, generation=7), 1, FirstError("Injected", "provision-inst_a1_7")),
        ),
    ],
)
def test_the_next_attempt_is_started_where_none_runs(
    instance: Instance, known: dict[str, bool], started: tuple[object, ...] | None
) -> None:
    workflows = FakeWorkflows()
    resumer = WorkResumer(workflows, FakeRecoveryWorkflow(), FakeEmptying(), FakeExecutions(known))
    assert resumer.resume(instance, dry_run=True) is (started is not None)
    assert workflows.started == []
    assert resumer.resume(instance) is (started is not None)
    assert workflows.started == ([started] if started else [])


RECOVER = "recover-inst_a1-rec_1"
ROLLBACK = "rollback-inst_a1-rec_1"


@pytest.mark.parametrize(
    ("known", "started"),
    [
        ({}, (Recovering(ORGANIZATION, "inst_a1", "rec_1", 0), None, "")),
        ({f"{RECOVER}-0": True}, None),
        (
            {f"{RECOVER}-0": False},
            (Recovering(ORGANIZATION, "inst_a1", "rec_1", 1), FirstError("Injected", f"{RECOVER}-0"), "Injected"),
        ),
    ],
)
def test_a_recovery_is_gone_on_with(
    known: dict[str, bool], started: tuple[Recovering, FirstError | None, str] | None
) -> None:
    workflow = FakeRecoveryWorkflow()
    resumer = WorkResumer(FakeWorkflows(), workflow, FakeEmptying(), FakeExecutions(known))
    assert resumer.resume(recovering(), dry_run=True) is (started is not None)
    assert workflow.started == []
    assert resumer.resume(recovering()) is (started is not None)
    assert workflow.started == ([started] if started else [])


@pytest.mark.parametrize(
    ("known", "attempt"), [({}, 0), ({f"{ROLLBACK}-0": False}, 1), ({f"{ROLLBACK}-0": True}, None)]
)
def test_a_recovery_that_was_given_up_is_rolled_back(known: dict[str, bool], attempt: int | None) -> None:
    workflows, workflow = FakeWorkflows(), FakeRecoveryWorkflow()
    executions = FakeExecutions({f"{RECOVER}-9": False, **known}, error=GIVEN_UP)
    resumer = WorkResumer(workflows, workflow, FakeEmptying(), executions)
    assert resumer.resume(recovering(), dry_run=True) is (attempt is not None)
    resumer.resume(recovering())
    target, error = replace(TARGET, request_id="rec_1"), FirstError("Injected", f"{RECOVER}-9")
    assert workflows.started == ([] if attempt is None else [("roll_back", target, attempt, error, "rec_1")])
    assert workflow.started == []


@pytest.mark.parametrize(
    ("status", "instances", "known", "attempt"),
    [
        (OrganizationStatus.ACTIVE, 1, {}, None),
        (OrganizationStatus.SUSPENDED, 0, {}, None),
        (OrganizationStatus.SUSPENDED, 1, {}, 0),
        (OrganizationStatus.DELETING, 0, {}, 0),
        (OrganizationStatus.DELETING, 0, {"empty-org_1-1-0": False}, 1),
        (OrganizationStatus.DELETING, 1, {"empty-org_1-1-0": True}, None),
    ],
)
def test_an_organization_that_is_to_be_empty_is_emptied(
    status: OrganizationStatus, instances: int, known: dict[str, bool], attempt: int | None
) -> None:
    emptying = FakeEmptying()
    snapshot = OrganizationSnapshot(an_organization(status=status), (an_instance(),) * instances, (), 0, "request-3")
    resumer = WorkResumer(FakeWorkflows(), FakeRecoveryWorkflow(), emptying, FakeExecutions(known))
    assert resumer.empty(snapshot, dry_run=True) is (attempt is not None)
    assert emptying.started == []
    resumer.empty(snapshot)
    target = EmptyingTarget(ORGANIZATION, 1, "request-3")
    assert emptying.started == ([] if attempt is None else [(target, attempt)])


@pytest.mark.parametrize(
    ("instance", "late"),
    [
        (an_instance(), True),
        (deleting(), True),
        (resizing(), True),
        (resizing(status=ChangeStatus.SUCCEEDED), False),
        (recovering(), True),
        (recovering(status=RecoveryStatus.SUCCEEDED), False),
        (an_instance(status=Status.RUNNING), False),
        (an_instance(status=Status.ERROR), False),
    ],
)
def test_only_work_that_began_long_ago_is_looked_after(instance: Instance, late: bool) -> None:
    begun = datetime.fromisoformat(AT)
    assert list(overdue([instance], begun + GRACE)) == ([instance] if late else [])
    assert list(overdue([instance], begun)) == []
