"""The task of an instance is replaced by an equal one, or the old one stays. What else a resize does: its own tests."""

import ssl

import pytest

from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.change import ChangeReason, ChangeStatus
from swiftcache.instances.failure import explain_replacement
from swiftcache.instances.model import NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.timeline.model import OperationKind, Outcome
from swiftcache.timeline.wiring import timeline_service
from tests.integration.redis.writers import connector, lost, writing
from tests.statemachine.cloud import Answer, Cloud, fails
from tests.statemachine.deletions import assert_no_failure
from tests.statemachine.domains import certified
from tests.statemachine.resizes import Resized, assert_gone, delete, new_instance


@pytest.fixture
def resized(cloud: Cloud) -> Resized:
    return new_instance(cloud, persistence=True)


def task_of(resized: Resized) -> str:
    assert resized.instance.endpoint
    return resized.instance.endpoint.task


def served(resized: Resized) -> str:
    """The certificate that a client is shown."""
    endpoint = resized.instance.endpoint
    assert endpoint
    return ssl.get_server_certificate((endpoint.address, endpoint.port), timeout=5)


def test_a_new_certificate_comes_with_a_replacement_and_no_acknowledged_write_is_lost(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of another authority; the clients trust both."""
    new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central")
    created = instance_service(cloud.injector).create(cloud.caller, new)
    instance = cloud.wait(created.instance.id, "RUNNING")
    assert instance
    assert instance.hostname
    assert instance.port
    resized = Resized(cloud, instance.id)
    task, certificate = task_of(resized), served(resized)
    with certified(cloud, monkeypatch):
        connect = connector(instance.hostname, instance.port, created.plain_key, str(cloud.ca_file))
        with writing(connect) as writers:
            change = resized.replace()
        with connect() as client:
            assert lost(client, writers) == []
        assert [refused for writer in writers for refused in writer.refused] == []
        assert (change.reason, change.max_memory) == (ChangeReason.OWNER, MIN_MEMORY)
        assert task_of(resized) != task
        assert served(resized) != certificate
        resized.assert_succeeded(change)
        delete(resized)


def test_data_on_a_volume_and_settings_are_there_after_a_replacement(resized: Resized) -> None:
    cloud = resized.cloud
    change_service(cloud.injector).change(cloud.caller, resized.id, ChangeRequest(settings={"timeout": 300}))
    task = task_of(resized)
    change = resized.begun(ChangeReason.CERTIFICATE)
    assert task_of(resized) != task
    assert resized.instance.settings.values["timeout"] == 300
    resized.assert_succeeded(change)
    [*_, told] = timeline_service(cloud.injector).timeline(cloud.caller, resized.id).operations
    assert (told.kind, told.outcome) == (OperationKind.REPLACEMENT, Outcome.SUCCEEDED)
    delete(resized)


def test_a_replacement_that_fails_leaves_the_old_task_and_another_may_follow(resized: Resized) -> None:
    task = task_of(resized)
    resized.cloud.faults.plan("CheckReplication", fails("First"))
    change = resized.begun(ChangeReason.IMAGE)
    failure = explain_replacement("First", "CheckReplication", "request-replace", by_owner=False)
    assert (change.status, change.failure, failure.code) == (ChangeStatus.FAILED, failure, "REPLACE_FAILED")
    assert task_of(resized) == task
    resized.assert_whole(MIN_MEMORY)
    resized.assert_succeeded(resized.replace())
    delete(resized)


def test_a_deletion_in_the_middle_of_a_replacement_leaves_nothing(resized: Resized) -> None:
    cloud = resized.cloud

    def while_deleting(answer: Answer) -> object:
        cloud.delete(resized.id)
        return answer()

    cloud.faults.plan("SwitchOver", while_deleting)
    resized.begin(ChangeReason.RETIREMENT)
    assert_gone(resized)
    assert cloud.faults.happened == ["SwitchOver"]
    assert_no_failure(cloud, resized.id)
