"""A resize when all goes well, when AWS is merely slow, and when the customer changes their mind."""

import pytest

from swiftcache.changes.ports import Replacement
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.model import NewInstance
from swiftcache.instances.ports import FirstError, Target
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.provisioning.wiring import workflows as workflows_provider
from swiftcache.stream.service import start_resize
from tests.integration.redis.writers import connector, lost, writing
from tests.statemachine.cloud import Answer, Cloud, Fault, answers, wait_for
from tests.statemachine.deletions import assert_no_failure, interrupted
from tests.statemachine.paths import (
    RESIZE,
    late,
    lead_to,
    placement_refused,
    still_pending,
    still_stopping,
    without_address,
    without_interface,
)
from tests.statemachine.resizes import LARGER, Resized, assert_gone, delete, new_instance


@pytest.fixture
def resized(cloud: Cloud) -> Resized:
    return new_instance(cloud, persistence=True)


def test_no_acknowledged_write_is_lost_while_an_instance_grows_and_shrinks(cloud: Cloud) -> None:
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central")
    created = instance_service(cloud.injector).create(cloud.caller, new)
    instance = cloud.wait(created.instance.id, "RUNNING")
    assert instance
    assert instance.hostname
    assert instance.port
    resized = Resized(cloud, instance.id)
    connect = connector(instance.hostname, instance.port, created.plain_key, str(cloud.ca_file))
    with writing(connect) as writers:
        larger, smaller = resized.resize(), resized.resize()
    with connect() as client:
        assert lost(client, writers) == []
    assert [refused for writer in writers for refused in writer.refused] == []
    assert (larger.max_memory, smaller.max_memory) == (LARGER, MIN_MEMORY)
    resized.assert_succeeded(smaller)
    delete(resized)


def test_settings_are_kept_and_may_change_with_the_size(resized: Resized) -> None:
    cloud = resized.cloud
    change_service(cloud.injector).change(cloud.caller, resized.id, ChangeRequest(settings={"timeout": 300}))
    resized.write()
    cloud.ask_for_resize(resized.id, LARGER, {"slowlog-max-len": 5})
    wait_for(lambda: not resized.instance.changing, seconds=40)
    cloud.quiet()
    found = resized.instance.settings.values
    assert (found["timeout"], found["slowlog-max-len"]) == (300, 5)
    resized.assert_whole(LARGER)
    delete(resized)


@pytest.mark.parametrize(
    ("state", "slow"),
    [
        ("StartRedisTask", lambda _: placement_refused(None)),
        ("AwaitNewTask", late),
        ("DescribeNewTask", answers(without_interface)),
        ("DescribeNewTask", lambda _: {"Tasks": [], "Failures": [{"Reason": "MISSING"}]}),
        ("DescribeNewTask", answers(still_pending)),
        ("DescribeNetworkInterface", answers(without_address)),
        ("CheckReplication", lambda _: {"Payload": {"close": False}}),
        ("AwaitStop", late),
        ("DescribeStoppingTask", answers(still_stopping)),
        ("ListRedisTasks", lambda _: {"TaskArns": []}),
    ],
)
def test_a_slow_aws_is_waited_for(resized: Resized, state: str, slow: Fault) -> None:
    lead_to(resized.cloud, state, "resize_instance")
    resized.cloud.faults.plan(state, slow)
    change = resized.resize()
    assert resized.cloud.faults.happened.count(state) == 1
    resized.assert_succeeded(change)
    delete(resized)


@pytest.mark.parametrize("state", RESIZE)
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(resized: Resized, state: str) -> None:
    cloud = resized.cloud

    def while_deleting(answer: Answer) -> object:
        cloud.delete(resized.id)
        return answer()

    lead_to(cloud, state)
    cloud.faults.plan(state, while_deleting)
    cloud.ask_for_resize(resized.id, LARGER)
    assert_gone(resized)
    assert state in cloud.faults.happened
    assert_no_failure(cloud, resized.id)


def test_a_deletion_while_the_old_task_stops_is_not_a_failure(resized: Resized) -> None:
    cloud = resized.cloud
    cloud.faults.plan("AwaitStop", interrupted(cloud, resized.id))
    cloud.ask_for_resize(resized.id, LARGER)
    assert_gone(resized)
    assert cloud.faults.happened == ["AwaitStop"]
    assert_no_failure(cloud, resized.id)


def test_a_resize_that_does_not_end_is_stopped_by_the_deletion(resized: Resized) -> None:
    cloud = resized.cloud
    cloud.faults.plan("CheckReplication", *[lambda _: {"Payload": {"close": False}}] * 2000)
    change_id = cloud.ask_for_resize(resized.id, LARGER)
    wait_for(lambda: "CheckReplication" in cloud.faults.happened)
    cloud.delete(resized.id)
    assert_gone(resized)
    assert (f"resize-{resized.id}-{change_id}-0", "ABORTED", "InstanceSuperseded") in cloud.ended(resized.id)


def test_a_resize_that_starts_after_the_deletion_makes_nothing(
    resized: Resized, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = resized.cloud
    organization_id = cloud.caller.organization_id
    with monkeypatch.context() as patch:
        patch.setattr("functions.relay_changes.app.start_resize", lambda *_: None)
        change_id = cloud.ask_for_resize(resized.id, LARGER)
        cloud.delete(resized.id)
        assert_gone(resized)
    start_resize(
        Replacement(organization_id, resized.id, change_id, "request-resize"), workflows_provider(cloud.injector)
    )
    cloud.quiet()
    assert cloud.left(resized.id) == {}
    assert (f"resize-{resized.id}-{change_id}-0", "SUCCEEDED", None) in cloud.ended(resized.id)


def test_a_resize_is_started_although_starting_fails_at_first(
    resized: Resized, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[str] = []

    def unreliable(replacement: Replacement, workflows: object) -> None:
        tries.append(replacement.change_id)
        if len(tries) < 3:
            raise DependencyUnavailable("the workflow service is busy")
        start_resize(replacement, workflows_provider(resized.cloud.injector))

    monkeypatch.setattr("functions.relay_changes.app.start_resize", unreliable)
    change = resized.resize()
    assert tries == [change.id] * 3
    resized.assert_succeeded(change)
    delete(resized)


def test_an_attempt_that_comes_after_the_end_changes_nothing(resized: Resized) -> None:
    change = resized.resize()
    target = Target(resized.cloud.caller.organization_id, resized.id, change.request_id)
    workflows_provider(resized.cloud.injector).resize(target, change.id, 1, FirstError("Injected", "SwitchOver"))
    resized.cloud.quiet()
    assert resized.executions(change) == [("SUCCEEDED", None)] * 2
    assert resized.instance.change == change
    resized.assert_succeeded(change)
    delete(resized)
