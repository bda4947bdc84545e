"""ECS's event of a task that has stopped, read from the one in events/."""

import json
from pathlib import Path
from typing import Any

import pytest

from swiftcache.instances.ports import FirstError
from swiftcache.instances.recovery_state import Cause
from swiftcache.recovery.ports import LostTask, Recovering
from swiftcache.recovery.service import EndedRecovery
from swiftcache.recovery.step_input import ended_recovery_of
from swiftcache.recovery.task_event import lost_task_of
from swiftcache.stream.records import recovery_of, unconfigured_instance_of

EVENTS = Path(__file__).parents[3] / "events"
TASK = "arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/4b6d9e1f2a3c4d5e6f708192a3b4c5d6"
THIS = Recovering("org_123", "inst_abc123xyz", "rec_jkl012mno")


def event(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text())


def detail(**different: Any) -> dict[str, Any]:
    found: dict[str, Any] = event("task_stopped")["detail"]
    return found | different


def test_a_task_that_took_too_much_memory() -> None:
    assert lost_task_of(detail()) == LostTask("inst_abc123xyz", TASK, Cause.OUT_OF_MEMORY)


@pytest.mark.parametrize(
    ("stop_code", "cause"),
    [
        ("EssentialContainerExited", Cause.REDIS_STOPPED),
        ("UserInitiated", Cause.TASK_LOST),
        ("TaskFailedToStart", Cause.TASK_LOST),
        ("SpotInterruption", Cause.TASK_LOST),
        ("TerminationNotice", Cause.TASK_LOST),
        (None, Cause.TASK_LOST),
    ],
)
def test_what_redis_did_is_told_from_what_was_done_to_it(stop_code: str | None, cause: Cause) -> None:
    found = lost_task_of(detail(containers=[{"name": "redis", "exitCode": 137}], stopCode=stop_code))
    assert found is not None
    assert found.cause is cause


def test_a_task_that_no_instance_has_started_is_none_of_ours() -> None:
    assert lost_task_of(detail(startedBy="ecs-svc/1")) is None


def test_a_task_from_before_is_told_by_its_family() -> None:
    found = lost_task_of(detail(startedBy="swiftcache", group="family:my-inst_1-stack-inst_b2"))
    assert found is not None
    assert found.instance_id == "inst_b2"


def begun(**different: Any) -> dict[str, Any]:
    record: dict[str, Any] = event("recovery_begun")["Records"][0]
    changed = record["dynamodb"] | different
    return {**record, "dynamodb": {name: value for name, value in changed.items() if value is not None}}


def test_a_recovery_that_begins_is_known() -> None:
    assert recovery_of(begun()) == THIS


def test_no_other_record_is_a_recovery_that_begins() -> None:
    before, after = begun()["dynamodb"]["OldImage"], begun()["dynamodb"]["NewImage"]
    renamed = {**after, "name": {"S": "other"}}
    done = {**after, "recovery": {"M": {**after["recovery"]["M"], "status": {"S": "SUCCEEDED"}}}}
    for old, new in ((before, before), (after, renamed), (after, done), (before, done), (after, None)):
        assert recovery_of(begun(OldImage=old, NewImage=new)) is None
    assert recovery_of(begun(Keys={"PK": {"S": "ORG#org_123"}, "SK": {"S": "ORG"}})) is None


def test_the_next_recovery_of_an_instance_begins_anew() -> None:
    after = begun()["dynamodb"]["NewImage"]
    earlier = {**after, "recovery": {"M": {**after["recovery"]["M"], "id": {"S": "rec_earlier"}}}}
    assert recovery_of(begun(OldImage=earlier)) == THIS


def test_a_task_that_has_come_to_serve_is_to_be_configured() -> None:
    before = begun()["dynamodb"]["NewImage"]
    endpoint = {"M": {"address": {"S": "203.0.113.11"}, "port": {"N": "6379"}}}
    served = {**before, "endpoint": endpoint, "appliedRevision": {"N": "0"}}
    found = unconfigured_instance_of(begun(OldImage=before, NewImage=served))
    assert found is not None
    assert found.id == "inst_abc123xyz"
    in_order = {**served, "appliedRevision": served["revision"]}
    assert unconfigured_instance_of(begun(OldImage=before, NewImage=in_order)) is None


def test_an_attempt_that_ended_badly_brings_its_own_error_and_the_first() -> None:
    ended = event("recovery_ended_badly")["detail"]
    own = FirstError("TaskStopped", "DescribeRedisTask")
    assert ended_recovery_of(ended) == EndedRecovery(THIS, own, "TaskStopped")
    first = {"error": "TaskNotPlaced", "step": "StartRedisTask"}
    later = {**ended, "input": json.dumps(json.loads(ended["input"]) | {"failure": first})}
    assert ended_recovery_of(later) == EndedRecovery(THIS, FirstError(**first), "TaskStopped")


def test_an_attempt_that_was_stopped_is_its_own_error() -> None:
    ended = event("recovery_ended_badly")["detail"] | {"status": "ABORTED", "error": None}
    own = FirstError("ABORTED", "execution")
    assert ended_recovery_of(ended) == EndedRecovery(THIS, own, "ABORTED")


def test_another_machines_execution_is_no_recovery() -> None:
    assert ended_recovery_of(event("resize_ended_badly")["detail"]) is None
