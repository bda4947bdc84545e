"""A task dies, by itself or by somebody's hand: it is replaced, or given up with the reason."""

import json
from dataclasses import replace
from typing import Any

import pytest
import redis

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.configuration.wiring import key_service
from swiftcache.instances import recovery_state as rules
from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import KeyRole
from swiftcache.instances.recovery_state import Cause, RecoveryStatus
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.metrics.wiring import metrics
from swiftcache.platform.errors import RecoveryInProgress
from swiftcache.recovery.wiring import task_watch
from swiftcache.redis.wiring import credentials
from swiftcache.timeline.model import OperationKind, Outcome
from swiftcache.timeline.wiring import timeline_service
from tests.fakes.recovery import FakeRecoveryWorkflow
from tests.statemachine.cloud import ROOT, Answer, fails, loses_reply, wait_for
from tests.statemachine.paths import placement_refused
from tests.statemachine.recoveries import Mortal, assert_gone, delete, kill


def test_a_killed_task_is_replaced_under_the_same_name_and_key(mortal: Mortal) -> None:
    before = mortal.instance
    mortal.kill()
    found = mortal.recovered()
    mortal.assert_whole()
    after = mortal.instance
    assert (found.cause, found.deaths, found.attempt) == (Cause.REDIS_STOPPED, 1, 0)
    assert (after.hostname, after.keys) == (before.hostname, before.keys)
    assert after.endpoint != before.endpoint
    assert mortal.executions() == [("SUCCEEDED", None)]
    assert mortal.actions()[-2:] == ["instance.recovering", "instance.recovered"]


def test_a_task_that_was_stopped_by_hand_is_replaced(mortal: Mortal) -> None:
    mortal.stop_by_hand()
    assert mortal.recovered().cause is Cause.TASK_LOST
    mortal.assert_whole()


def test_a_task_that_dies_again_and_again_is_replaced_after_a_pause(mortal: Mortal) -> None:
    for times in range(1, rules.MOST_DEATHS):
        mortal.kill()
        assert mortal.recovered(times).deaths == times
    mortal.assert_whole()


def test_a_crash_loop_ends_in_an_error_with_the_reason(mortal: Mortal) -> None:
    cloud = mortal.cloud
    for times in range(1, rules.MOST_DEATHS):
        mortal.kill()
        mortal.recovered(times)
    mortal.kill()
    ended = cloud.wait(mortal.id, "ERROR")
    cloud.quiet()
    assert ended
    assert ended.failure
    assert ended.recovery
    assert (ended.failure.code, ended.failure.request_id) == ("CRASH_LOOP", ended.recovery.id)
    assert "5 in a row" in ended.failure.message
    assert (ended.recovery.status, ended.recovery.deaths) == (RecoveryStatus.FAILED, 5)
    assert mortal.executions() == [("FAILED", "RecoveryGivenUp")]
    assert cloud.left(mortal.id) == {}
    delete(mortal)


def test_a_program_that_never_comes_to_serve_is_a_crash_loop_too(mortal: Mortal) -> None:
    cloud, secrets = mortal.cloud, mortal.cloud.client("secretsmanager")
    good = secrets.get_secret_value(SecretId="certificate")["SecretString"]
    secrets.put_secret_value(
        SecretId="certificate", SecretString='{"certificate": "no", "privateKey": "", "authority": ""}'
    )
    try:
        mortal.kill()
        ended = cloud.wait(mortal.id, "ERROR", seconds=60)
    finally:
        secrets.put_secret_value(SecretId="certificate", SecretString=good)
    cloud.quiet()
    assert ended
    assert ended.failure
    assert ended.failure.code == "CRASH_LOOP"
    assert [error for _, error in mortal.executions()] == ["TaskStopped"] * 4 + ["RecoveryGivenUp"]
    assert cloud.left(mortal.id) == {}


def test_a_lack_of_capacity_is_waited_for(mortal: Mortal) -> None:
    mortal.cloud.faults.plan("StartRedisTask", *[lambda _: placement_refused(None)] * 10)
    mortal.kill()
    assert mortal.recovered(seconds=40).attempt == 0
    mortal.assert_whole()


def test_while_route_53_is_down_the_new_task_is_up_and_waits(mortal: Mortal) -> None:
    cloud = mortal.cloud
    up: list[list[str]] = []

    def down(_: Answer) -> object:
        up.append(mortal.tasks())
        return fails("Lambda.ServiceException")(lambda: None)

    cloud.faults.plan("QueueRecord", *[down] * 10)
    mortal.kill()
    assert mortal.recovered(seconds=60).attempt == 2
    mortal.assert_whole()
    assert up == [[mortal.serving]] * 10, "one task for all attempts"


def test_a_name_that_is_slow_to_be_known_is_waited_for(mortal: Mortal) -> None:
    mortal.cloud.faults.plan("AwaitRecord", fails("Lambda.ServiceException"), fails("Lambda.ServiceException"))
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()


def test_a_verification_that_fails_makes_another_task(mortal: Mortal) -> None:
    started: list[list[str]] = []

    def refused(_: Answer) -> object:
        started.append(mortal.tasks())
        return fails("VerificationFailed")(lambda: None)

    mortal.cloud.faults.plan("VerifyRedis", refused)
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()
    assert [mortal.serving] not in started
    assert mortal.executions() == [("FAILED", "VerificationFailed"), ("SUCCEEDED", None)]


def test_the_same_death_told_again_is_one_death(mortal: Mortal) -> None:
    lost = mortal.serving
    mortal.kill()
    found = mortal.recovered()
    for _ in range(2):
        told(mortal, lost)
    mortal.cloud.quiet()
    assert mortal.recovery == found


def test_a_task_that_does_not_serve_may_stop(mortal: Mortal) -> None:
    told(mortal, "arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/another")
    told(mortal, mortal.serving, starter="inst_ofnobody")
    told(mortal, mortal.serving, starter="somebody-else")
    assert mortal.instance.recovery is None


def told(mortal: Mortal, task: str, starter: str = "") -> None:
    """ECS says that a task has stopped."""
    event = json.loads((ROOT / "events" / "task_stopped.json").read_text())
    event["detail"] |= {"taskArn": task, "startedBy": starter or mortal.id}
    mortal.cloud.invoke(mortal.cloud.stack.functions["WatchTasksFunction"].name, event)


def test_a_task_that_dies_while_it_is_deleted_stays_dead(mortal: Mortal) -> None:
    cloud, task = mortal.cloud, mortal.serving

    def die_first(answer: Answer) -> object:
        kill(cloud, task)
        return answer()

    cloud.faults.plan("ListRedisTasks", die_first)
    cloud.delete(mortal.id)
    assert_gone(mortal)
    assert not [name for name, _, _ in cloud.ended(mortal.id) if name.startswith("recover-")]


def test_a_key_that_is_revoked_while_nobody_serves_does_not_open_the_new_task(mortal: Mortal) -> None:
    cloud = mortal.cloud
    other = key_service(cloud.injector).create(cloud.caller, mortal.id, "other", KeyRole.READ_WRITE)
    refused: list[bool] = []

    def revoke_first(answer: Answer) -> object:
        key_service(cloud.injector).revoke(cloud.caller, mortal.id, other.key.id)
        return answer()

    def try_it(answer: Answer) -> object:
        found = answer()
        with pytest.raises(redis.AuthenticationError):
            mortal.ping(other.plain_key)
        refused.append(True)
        return found

    cloud.faults.plan("PlanRecovery", revoke_first)
    cloud.faults.plan("VerifyRedis", try_it)
    mortal.kill()
    mortal.recovered()
    assert refused == [True]
    mortal.assert_whole()


def test_a_change_in_place_while_nobody_serves_is_made_in_the_new_task(mortal: Mortal) -> None:
    cloud = mortal.cloud

    def change_first(answer: Answer) -> object:
        request = ChangeRequest(max_memory=20 * MIB, eviction_policy=EvictionPolicy.NOEVICTION)
        change_service(cloud.injector).change(cloud.caller, mortal.id, request)
        return answer()

    cloud.faults.plan("VerifyRedis", change_first)
    mortal.kill()
    mortal.recovered()
    wait_for(lambda: not mortal.instance.changing)
    assert mortal.instance.change
    assert mortal.instance.change.status is ChangeStatus.SUCCEEDED
    mortal.assert_whole()


def test_settings_are_kept(mortal: Mortal) -> None:
    cloud = mortal.cloud
    request = ChangeRequest(settings={"timeout": 300, "notify-keyspace-events": "KEA"})
    change_service(cloud.injector).change(cloud.caller, mortal.id, request)
    mortal.kill()
    mortal.recovered()
    assert mortal.instance.settings.values["timeout"] == 300
    mortal.assert_whole()


def test_a_change_that_needs_another_task_has_to_wait(mortal: Mortal) -> None:
    cloud = mortal.cloud
    seen: list[str] = []

    def resize_first(answer: Answer) -> object:
        with pytest.raises(RecoveryInProgress) as caught:
            cloud.ask_for_resize(mortal.id, 400 * MIB)
        seen.append(caught.value.code)
        return answer()

    cloud.faults.plan("VerifyRedis", resize_first)
    mortal.kill()
    mortal.recovered()
    assert seen == ["RECOVERY_IN_PROGRESS"]
    assert mortal.instance.change is None


def test_the_owner_of_a_recovered_instance_reads_what_happened(mortal: Mortal) -> None:
    mortal.kill()
    mortal.recovered()
    told = timeline_service(mortal.cloud.injector).timeline(mortal.cloud.caller, mortal.id).operations
    [recovery] = [operation for operation in told if operation.kind is OperationKind.RECOVERY]
    assert recovery.outcome is Outcome.SUCCEEDED
    assert {"PlanRecovery", "StartRedisTask", "QueueRecord", "VerifyRedis", "MarkRecovered"} <= {
        step.name for step in recovery.steps
    }
    assert "arn:" not in str(told)


def test_what_clients_did_is_counted_on(mortal: Mortal) -> None:
    cloud = mortal.cloud

    def collected() -> int:
        cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})
        return metrics(cloud.injector).counter_state(cloud.caller.organization_id, mortal.id).totals.commands

    for _ in range(3):
        mortal.ping()
    before = collected()
    mortal.kill()
    mortal.recovered()
    wait_for(lambda: mortal.instance.applied_revision == mortal.instance.revision)
    mortal.ping()
    after = collected()
    assert after > before >= 3
    assert collected() >= after


def test_nothing_secret_is_in_what_the_workflow_keeps(mortal: Mortal) -> None:
    cloud = mortal.cloud
    password = credentials(cloud.injector).control_password(mortal.id)
    mortal.kill()
    recovery = mortal.recovered()
    arn = f"{cloud.stack.outputs['RecoverStateMachineArn'].replace(':stateMachine:', ':execution:')}:"
    history: Any = cloud.client("stepfunctions").get_execution_history(
        executionArn=f"{arn}recover-{mortal.id}-{recovery.id}-0", maxResults=1000
    )
    text = json.dumps(history["events"], default=str)
    assert "PlanRecovery" in text
    assert password not in text
    assert not [key for key in mortal.instance.keys if key.sha256 in text]


def test_a_rollback_that_fails_is_repeated_until_nothing_is_left(
    mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = mortal.cloud
    monkeypatch.setattr(rules, "MOST_DEATHS", 1)
    cloud.faults.plan("MarkError", fails("Injected"))
    mortal.kill()
    assert cloud.wait(mortal.id, "ERROR")
    cloud.quiet()
    names = [name for name, _, _ in cloud.ended(mortal.id) if name.startswith("rollback-")]
    assert sorted(names) == [f"rollback-{mortal.id}-{mortal.recovery.id}-{attempt}" for attempt in (0, 1)]
    assert mortal.executions() == [("FAILED", "RecoveryGivenUp")]
    assert cloud.left(mortal.id) == {}
    assert mortal.instance.status is Status.ERROR


def test_the_machine_is_started_by_the_stream_where_nobody_else_could(
    mortal: Mortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    lame = replace(task_watch(mortal.cloud.injector), workflow=FakeRecoveryWorkflow(available=False))
    monkeypatch.setitem(mortal.cloud.injector.given, task_watch, lame)
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()


@pytest.mark.parametrize("state", ["StartRedisTask", "QueueRecord", "MarkRecovered"])
def test_a_lost_reply_makes_nothing_twice(mortal: Mortal, state: str) -> None:
    mortal.cloud.faults.plan(state, loses_reply)
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()
