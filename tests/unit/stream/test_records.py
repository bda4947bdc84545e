"""What comes from the stream and from Step Functions, read from the events in events/."""

import json
from pathlib import Path
from typing import Any, cast

import pytest

from swiftcache.access.audit import Action
from swiftcache.access.audit_items import audit_put
from swiftcache.events.model import Event, StatusChange
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.fleet.repair import EndedExecution
from swiftcache.fleet.step_input import emptying_target_of, ended_emptying_of, ended_execution_of
from swiftcache.instances.ports import FirstError, Target
from swiftcache.pool.model import POOL
from swiftcache.provisioning.step_input import first_error_of, target_of
from swiftcache.stream.records import (
    audited_in,
    emptying_of,
    event_in,
    removed_webhook_in,
    status_change_of,
    unconfigured_instance_of,
)
from swiftcache.webhooks.executions import event_of_input
from tests.samples import AT, an_entry

EVENTS = Path(__file__).parents[3] / "events"
TARGET = Target("org_123", "inst_abc123xyz", "JKJaXmPLvHcESHA=")


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def change_record(**different: Any) -> dict[str, Any]:
    record: dict[str, Any] = event("table_changed")["Records"][0]
    changed = record["dynamodb"] | different
    return {**record, "dynamodb": {name: value for name, value in changed.items() if value is not None}}


def test_a_changed_status_is_what_the_event_says() -> None:
    change = status_change_of(change_record())
    assert change == StatusChange(
        id="evt_c4ca4238a0b923820dcc509a6f75849b",
        instance_id="inst_abc123xyz",
        organization_id="org_123",
        before="PROVISIONING",
        after="RUNNING",
        at="2024-03-15T10:30:41.250Z",
        hostname="abc123xyz.redis.example.com",
        reason="VERIFIED",
        request_id="JKJaXmPLvHcESHA=",
    )


def test_a_creation_comes_from_nothing() -> None:
    created = change_record(NewImage=change_record()["dynamodb"]["OldImage"], OldImage=None)
    change = status_change_of(created)
    assert change is not None
    assert (change.before, change.after, change.reason) == (None, "PROVISIONING", "CREATED")


def test_a_removal_leads_to_deleted() -> None:
    change = status_change_of(change_record(NewImage=None))
    assert change is not None
    assert (change.after, change.reason, change.at) == ("DELETED", "REMOVED", "2024-03-15T10:30:41.250Z")


def test_a_removal_is_never_dated_before_the_deletion() -> None:
    image = change_record()["dynamodb"]["OldImage"] | {"changedAt": {"S": "2024-03-15T10:30:41.900Z"}}
    change = status_change_of(change_record(OldImage=image, NewImage=None, ApproximateCreationDateTime=1710498641.0))
    assert change is not None
    assert change.at == "2024-03-15T10:30:41.900Z"


def test_an_unchanged_status_is_no_change() -> None:
    image = change_record()["dynamodb"]["OldImage"]
    assert status_change_of(change_record(NewImage={**image, "name": {"S": "other"}})) is None


def test_other_items_are_no_change() -> None:
    keys = {"PK": {"S": "ORG#org_123"}, "SK": {"S": "ORG"}}
    assert status_change_of(change_record(Keys=keys)) is None


def audit_record(**different: Any) -> dict[str, Any]:
    item = cast(dict[str, Any], audit_put("table", an_entry(Action.INSTANCE_KEY_CREATED))["Put"]["Item"])
    keys = {"PK": item["PK"], "SK": item["SK"]}
    return {"eventID": "1", "eventName": "INSERT", "dynamodb": {"Keys": keys, "NewImage": item}} | different


def test_an_entry_of_the_audit_log_is_what_was_written() -> None:
    entry = audited_in(audit_record())
    assert entry is not None
    assert (entry.action, entry.actor_key_id, entry.at) == (Action.INSTANCE_KEY_CREATED, "key_owner", AT)
    assert status_change_of(audit_record()) is None


@pytest.mark.parametrize("name", ["REMOVE", "MODIFY"])
def test_an_entry_is_told_once_and_not_when_its_time_is_over(name: str) -> None:
    assert audited_in(audit_record(eventName=name)) is None


def test_a_webhook_that_is_removed_is_known_by_its_key() -> None:
    keys = {"PK": {"S": "ORG#org_123"}, "SK": {"S": "WEBHOOK#wh_a1"}}
    removed = {"eventID": "1", "eventName": "REMOVE", "dynamodb": {"Keys": keys}}
    assert removed_webhook_in(removed) == "wh_a1"
    assert removed_webhook_in({**removed, "eventName": "MODIFY"}) is None
    assert removed_webhook_in(audit_record(eventName="REMOVE")) is None
    assert removed_webhook_in(change_record(NewImage=None) | {"eventName": "REMOVE"}) is None


def test_an_instance_is_no_entry() -> None:
    created = change_record(NewImage=change_record()["dynamodb"]["OldImage"], OldImage=None)
    assert audited_in({**created, "eventName": "INSERT"}) is None


@pytest.mark.parametrize(
    ("index", "event_type", "documented"),
    [(0, "instance.status_changed", "instance_status_changed"), (1, "instance.key.created", "instance_key_created")],
)
def test_a_record_is_told_as_documented(index: int, event_type: str, documented: str) -> None:
    happened = event_in(event("table_changed")["Records"][index])
    detail = event(documented)["detail"]
    assert happened == Event(detail["id"], event_type, detail["at"], "org_123", detail)


@pytest.mark.parametrize("index", [0, 1])
def test_nobody_is_told_of_the_pool(index: int) -> None:
    record = json.dumps(event("table_changed")["Records"][index])
    assert event_in(json.loads(record.replace("org_123", POOL))) is None


def test_most_records_tell_of_nothing() -> None:
    assert event_in(organization_record()) is None
    assert event_in(audit_record(eventName="REMOVE")) is None


def test_what_a_delivery_is_given_comes_back_whole() -> None:
    given = event("deliver_webhook")
    assert event_of_input(given["event"]).data == given["event"]["data"]


def running(**different: dict[str, str]) -> dict[str, Any]:
    image: dict[str, Any] = change_record()["dynamodb"]["NewImage"]
    return image | different


def test_a_raised_revision_is_to_be_configured() -> None:
    found = unconfigured_instance_of(change_record(OldImage=running(), NewImage=running(revision={"N": "2"})))
    assert found is not None
    assert (found.organization_id, found.id) == ("org_123", "inst_abc123xyz")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (running(), running(name={"S": "other"})),
        (running(revision={"N": "2"}), running(revision={"N": "2"}, appliedRevision={"N": "2"})),
        (running(revision={"N": "2"}), running(revision={"N": "2"}, name={"S": "other"})),
        (running(), running(revision={"N": "2"}, status={"S": "DELETING"})),
        (None, running(revision={"N": "2"})),
        (running(), None),
    ],
    ids=["another field", "applied", "not raised", "deleting", "new", "gone"],
)
def test_no_other_change_of_an_instance_is_to_be_configured(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    assert unconfigured_instance_of(change_record(OldImage=before, NewImage=after)) is None


def test_other_items_are_not_configured() -> None:
    keys = {"PK": {"S": "ORG#org_123"}, "SK": {"S": "ORG"}}
    assert unconfigured_instance_of(change_record(Keys=keys)) is None


@pytest.mark.parametrize("name", ["provision_instance", "deprovision_instance", "mark_running", "issue_credentials"])
def test_every_workflow_input_names_its_target(name: str) -> None:
    assert target_of(event(name)) == TARGET


@pytest.mark.parametrize("name", ["roll_back_instance", "mark_error"])
def test_a_rollback_brings_the_first_error(name: str) -> None:
    assert first_error_of(event(name)) == FirstError("TaskStopped", "DescribeNewTask")


def test_a_deletion_that_ended_badly_is_known_by_its_attempt() -> None:
    ended = ended_execution_of(event("execution_ended_badly")["detail"])
    assert ended == EndedExecution(TARGET, FirstError("Ecs.ServerException", "RemoveResources"), deletion=0)


def test_a_rollback_that_ended_badly_keeps_the_first_error() -> None:
    given = json.dumps(event("roll_back_instance") | {"attempt": 2})
    ended = ended_execution_of({**event("execution_ended_badly")["detail"], "input": given})
    assert ended == EndedExecution(TARGET, FirstError("TaskStopped", "DescribeNewTask"), rollback=2)


def test_a_provisioning_that_timed_out_is_its_own_first_error() -> None:
    detail = event("execution_ended_badly")["detail"] | {
        "input": json.dumps(event("provision_instance")),
        "status": "TIMED_OUT",
        "error": None,
    }
    assert ended_execution_of(detail) == EndedExecution(TARGET, FirstError("TIMED_OUT", "execution"))


EMPTYING = EmptyingTarget("org_123", 2, "JKJaXmPLvHcESHA=")


def organization_record(**different: Any) -> dict[str, Any]:
    record: dict[str, Any] = event("organization_suspended")["Records"][0]
    changed = record["dynamodb"] | different
    return {**record, "dynamodb": {name: value for name, value in changed.items() if value is not None}}


def test_a_suspended_organization_is_to_be_emptied() -> None:
    assert emptying_of(organization_record()) == EMPTYING
    assert status_change_of(organization_record()) is None


def test_an_organization_that_is_being_deleted_is_to_be_emptied() -> None:
    image = organization_record()["dynamodb"]["NewImage"] | {"status": {"S": "DELETING"}}
    assert emptying_of(organization_record(NewImage=image)) == EMPTYING


def test_nothing_else_that_happens_to_an_organization_empties_it() -> None:
    images = organization_record()["dynamodb"]
    active, suspended = images["OldImage"], images["NewImage"]
    renamed = {**suspended, "name": {"S": "other"}}
    resumed = {**active, "statusVersion": {"N": "3"}}
    for old, new in ((None, active), (active, active), (suspended, resumed), (suspended, renamed), (suspended, None)):
        assert emptying_of(organization_record(OldImage=old, NewImage=new)) is None


def test_an_instance_is_not_emptied() -> None:
    assert emptying_of(change_record()) is None


@pytest.mark.parametrize("name", ["empty_organization", "delete_instances", "remove_organization"])
def test_every_input_of_the_emptying_names_its_target(name: str) -> None:
    assert emptying_target_of(event(name)) == EMPTYING


def test_an_emptying_that_ended_badly_is_known_by_its_attempt() -> None:
    assert ended_emptying_of(event("emptying_ended_badly")["detail"]) == (EMPTYING, 0)
    assert ended_emptying_of(event("execution_ended_badly")["detail"]) is None
