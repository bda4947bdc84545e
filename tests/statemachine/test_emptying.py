"""Suspended and deleted organizations are emptied, whatever happens to the one who does it."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sfnx.testing import Call, run

from local import asl
from swiftcache.access.audit import Action
from swiftcache.backups.wiring import backups, object_store
from swiftcache.fleet.emptying_ports import EmptyingTarget
from swiftcache.fleet.wiring import emptying as emptying_provider
from swiftcache.instances.stores import instances
from swiftcache.organizations.model import AuditFilter, OrganizationStatus
from swiftcache.organizations.wiring import audit_service, organization_service
from swiftcache.platform.errors import Conflict, DependencyUnavailable
from tests.samples import a_backup, a_content, an_entry
from tests.statemachine.cloud import ROOT, Answer, Cloud, answers
from tests.statemachine.paths import tasks
from tests.statemachine.tenants import OPERATOR, Tenant, tenant

EMPTY = list(tasks("empty_organization"))
each_call = pytest.mark.parametrize("state", EMPTY)


@pytest.fixture
def one(cloud: Cloud) -> Tenant:
    """With an instance that runs."""
    made = tenant(cloud)
    made.create()
    made.wait(lambda found: found.statuses() == ["RUNNING"])
    return made


def assert_gone(one: Tenant, instance_id: str) -> None:
    assert (one.items(), one.key_works()) == (0, False)
    assert one.cloud.left(instance_id) == {}


def the_instance(one: Tenant) -> str:
    [instance] = instances(one.cloud.injector).page(one.id, 2, None).instances
    return instance.id


def test_a_suspended_organization_loses_its_instances_and_nothing_else(one: Tenant) -> None:
    instance_id = the_instance(one)
    one.suspend()
    assert not one.key_works()
    one.wait_emptied()
    assert (one.statuses(), one.cloud.left(instance_id)) == ([], {})
    organization = one.organization()
    assert organization is not None
    assert (organization.status, organization.used.instances) == (OrganizationStatus.SUSPENDED, 0)
    one.resume()
    assert one.key_works()
    one.create()
    one.wait(lambda found: found.statuses() == ["RUNNING"])
    one.delete()
    one.wait(lambda found: found.items() == 0)


def test_a_deleted_organization_leaves_its_audit_log_alone(one: Tenant) -> None:
    instance_id = the_instance(one)
    one.delete()
    one.wait_emptied()
    assert_gone(one, instance_id)
    page = audit_service(one.cloud.injector).page(OPERATOR, one.id, 10, None, AuditFilter(instance_id=instance_id))
    assert [(recorded.entry.action, recorded.entry.actor_role) for recorded in page.recorded] == [
        (Action.INSTANCE_DELETION_REQUESTED, "suspension"),
        (Action.INSTANCE_CREATED, "owner"),
    ]


def test_an_instance_that_is_still_being_made_goes_too(cloud: Cloud) -> None:
    one = tenant(cloud)
    instance_id = one.create()
    one.delete()
    one.wait_emptied()
    assert_gone(one, instance_id)


def test_nothing_is_created_once_it_is_suspended(one: Tenant) -> None:
    one.suspend()
    with pytest.raises(Conflict):
        one.create()
    one.wait_emptied()
    assert one.statuses() == []


def test_deleting_a_suspended_organization_is_another_piece_of_work(one: Tenant) -> None:
    instance_id = the_instance(one)
    one.suspend()
    organization_service(one.cloud.injector).delete(OPERATOR, one.id)
    one.wait(lambda found: found.items() == 0)
    one.cloud.quiet()
    assert_gone(one, instance_id)
    assert {name for name, _, _ in one.executions()} == {"2-0", "3-0"}


@each_call
def test_an_emptying_ends_when_the_organization_is_resumed_meanwhile(one: Tenant, state: str) -> None:
    def while_resumed(answer: Answer) -> object:
        one.resume()
        return answer()

    one.cloud.faults.plan(state, while_resumed)
    one.suspend()
    one.wait_emptied()
    assert one.executions() == [("2-0", "SUCCEEDED", None)]
    assert one.key_works()
    if state == "DeleteInstances":
        assert one.statuses() == ["RUNNING"]
    one.delete()
    one.wait(lambda found: found.items() == 0)


def test_an_organization_that_does_not_become_empty_is_given_up_for_now() -> None:
    given = json.loads((ROOT / "events" / "empty_organization.json").read_text())
    looks: list[str] = []

    def never_empty(call: Call) -> object:
        looks.append(call.state)
        return {"StatusCode": 200, "Payload": {"deleting": 1}}

    execution = run(asl.load("empty_organization"), given, never_empty)
    assert (execution.error, looks) == ("OrganizationNotEmpty", ["DeleteInstances"] * 901)


def test_an_emptying_that_cannot_be_started_is_started_later(one: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[EmptyingTarget] = []
    emptying = emptying_provider(one.cloud.injector)

    class Unreliable:
        def start(self, target: EmptyingTarget, attempt: int) -> None:
            tries.append(target)
            if len(tries) < 3:
                raise DependencyUnavailable("the workflow service is busy")
            emptying.start(target, attempt)

    instance_id = the_instance(one)
    monkeypatch.setitem(one.cloud.injector.given, emptying_provider, Unreliable())
    one.delete()
    one.wait_emptied()
    assert len(tries) == 3
    assert_gone(one, instance_id)


def test_never_more_than_twenty_are_deleting_at_once(cloud: Cloud) -> None:
    one = tenant(cloud)
    for _ in range(25):
        one.create()
    seen: list[int] = []

    def watched(result: Any) -> Any:
        seen.append(one.statuses().count("DELETING"))
        return result

    cloud.faults.plan("DeleteInstances", *[answers(watched)] * 500)
    one.delete()
    one.wait(lambda found: found.items() == 0, seconds=60)
    cloud.quiet()
    assert max(seen) <= 20


def test_a_deleted_organization_leaves_no_backup(one: Tenant) -> None:
    cloud, instance_id = one.cloud, the_instance(one)
    store, record = object_store(cloud.injector), backups(cloud.injector)
    for number in range(3):
        backup = a_backup(id=f"bkp_{one.id.removeprefix('org_')}{number}", organization_id=one.id)
        upload = store.begin(backup.object_key)
        version = store.complete(backup.object_key, upload, [store.put_part(backup.object_key, upload, 1, b"REDIS")])
        backup = backup.available(a_content(version=version), datetime.now(UTC))
        record.create(backup, an_entry(id=f"audit_{backup.id}", organization_id=one.id))
    one.delete()
    one.wait_emptied()
    assert_gone(one, instance_id)
    assert store.page(f"backups/{one.id}/", None).keys == []


def test_a_suspended_organization_keeps_its_backups(one: Tenant) -> None:
    store, record = object_store(one.cloud.injector), backups(one.cloud.injector)
    backup = a_backup(id=f"bkp_{one.id.removeprefix('org_')}", organization_id=one.id)
    upload = store.begin(backup.object_key)
    version = store.complete(backup.object_key, upload, [store.put_part(backup.object_key, upload, 1, b"REDIS")])
    backup = backup.available(a_content(version=version), datetime.now(UTC))
    record.create(backup, an_entry(id=f"audit_{backup.id}", organization_id=one.id))
    one.suspend()
    one.wait_emptied()
    assert (one.statuses(), record.get(one.id, backup.id)) == ([], backup)
    assert store.has(backup.object_key, version)
    one.resume()
    one.delete()
    one.wait(lambda found: found.items() == 0)
    one.cloud.quiet()
