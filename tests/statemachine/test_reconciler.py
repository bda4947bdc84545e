"""The reconciler on the running service: orphans of each kind go, stuck work ends, counts are exact, all else stays."""

from collections.abc import Callable

import pytest

from swiftcache.fleet.orphans import GRACE
from swiftcache.instances.ports import Target
from swiftcache.platform.items import organization_key
from swiftcache.provisioning.wiring import workflows as workflows_provider
from swiftcache.webhooks.wiring import signing_secrets
from tests.fakes.provisioning import FakeWorkflows
from tests.statemachine.cloud import Cloud, fails, wait_for
from tests.statemachine.leaked_resources import MAKERS, LeakedResources
from tests.statemachine.reconciling import Reconciling, actions
from tests.statemachine.recoveries import Mortal
from tests.statemachine.resizes import LARGER
from tests.statemachine.tenants import tenant


def stuck(cloud: Cloud, monkeypatch: pytest.MonkeyPatch, status: str) -> str:
    """An instance with a status that nobody follows up."""
    if status == "DELETING":
        instance_id = cloud.create()
        cloud.wait(instance_id, "RUNNING")
        cloud.quiet()
    workflows = FakeWorkflows()
    with monkeypatch.context() as patch:
        patch.setitem(cloud.injector.given, workflows_provider, workflows)
        if status == "DELETING":
            cloud.delete(instance_id)
        else:
            instance_id = cloud.create()
        # By the API, and by the stream.
        wait_for(lambda: len(workflows.started) == 2)
    return instance_id


def test_a_service_as_it_should_be_is_left_alone(reconcile: Reconciling, neighbour: str) -> None:
    assert reconcile.twice() == []


@pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))
def test_an_orphan_goes_when_it_is_found_twice(
    reconcile: Reconciling, leaked: LeakedResources, neighbour: str, make: Callable[[LeakedResources, str, str], object]
) -> None:
    # One id for all would have been deleted so often that the next deletion keeps its distance.
    orphan = f"inst_{''.join(filter(str.isalpha, make.__name__))}"
    make(leaked, neighbour, orphan)
    before = leaked.cloud.left(orphan)
    assert {action for _, _, action in actions(reconcile())} == {"wait"}
    assert leaked.cloud.left(orphan) == before
    reconcile.ahead += GRACE
    assert {action for _, _, action in actions(reconcile())} == {"deprovision"}
    leaked.gone(orphan)
    assert reconcile() == []


def test_an_instance_without_its_record_goes_as_a_whole(
    reconcile: Reconciling, leaked: LeakedResources, neighbour: str
) -> None:
    instance_id = leaked.running()
    leaked.forget(instance_id)
    found = actions(reconcile())
    assert found == {
        *((kind, instance_id, "wait") for kind in ("task", "dns_record", "secret")),
        ("count", reconcile.cloud.caller.organization_id, "correct"),
    }
    reconcile.ahead += GRACE
    reconcile()
    leaked.gone(instance_id)
    assert reconcile() == []


def test_what_a_failed_instance_has_left_goes_and_its_record_stays(
    reconcile: Reconciling, leaked: LeakedResources, neighbour: str, unheard: None
) -> None:
    cloud = reconcile.cloud
    cloud.faults.plan("VerifyRedis", fails("Injected"))
    failed = cloud.create()
    before = cloud.wait(failed, "ERROR")
    cloud.quiet()
    leaked.record(neighbour, failed)
    assert actions(reconcile.twice()) == {("dns_record", failed, "roll_back")}
    leaked.gone(failed)
    assert cloud.find(failed) == before
    cloud.delete(failed)
    cloud.wait(failed, "GONE")


def test_a_signing_secret_without_its_webhook_goes(reconcile: Reconciling, cloud: Cloud) -> None:
    signing_secrets(cloud.injector).keep("wh_orphan", "whsec_orphan")
    assert actions(reconcile.twice()) == {("webhook_secret", "wh_orphan", "delete")}
    assert signing_secrets(cloud.injector).find("wh_orphan") is None


def test_an_execution_of_an_instance_that_is_gone_is_stopped(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud
) -> None:
    cloud.faults.plan("IssueCredentials", leaked.blocks)
    workflows_provider(cloud.injector).provision(Target(cloud.caller.organization_id, "inst_unknown", "request-1"))
    wait_for(lambda: cloud.faults.happened == ["IssueCredentials"])
    assert actions(reconcile.twice()) == {("execution", "inst_unknown", "stop")}
    leaked.blocked.set()
    cloud.quiet()
    assert ("provision-inst_unknown", "ABORTED", "Orphaned") in cloud.ended("inst_unknown")


def test_items_of_an_organization_that_is_gone_go(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud
) -> None:
    orphan = [("ORG#org_gone", "MEMBER#mem_1"), ("ORG#org_gone", "KEY#key_1"), ("ACCOUNTKEY#ab12", "ACCOUNTKEY")]
    for partition, sort_key in orphan:
        leaked.item(partition, sort_key, organizationId="org_gone")
    kept = ("METRICS#org_gone", "LAST#inst_1")
    leaked.item(*kept)
    assert actions(reconcile.twice()) == {("item", "org_gone", "delete")}
    assert [leaked.has_item(*key) for key in orphan] == [False, False, False]
    assert leaked.has_item(*kept)


def test_an_instance_of_an_organization_that_is_gone_is_deleted_as_every_other(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud
) -> None:
    one = tenant(cloud)
    instance_id = one.create()
    one.wait(lambda found: found.statuses() == ["RUNNING"])
    cloud.quiet()
    cloud.client("dynamodb").delete_item(TableName=leaked.table, Key=organization_key(one.id))
    assert ("item", one.id, "delete") in actions(reconcile.twice())
    leaked.gone(instance_id)
    wait_for(lambda: one.items() == 0)


@pytest.mark.parametrize("status", ["PROVISIONING", "DELETING"])
def test_work_that_nobody_began_is_begun(
    reconcile: Reconciling, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    instance_id = stuck(cloud, monkeypatch, status)
    assert reconcile() == []
    reconcile.ahead += GRACE
    assert actions(reconcile()) == {("work", instance_id, "resume")}
    cloud.wait(instance_id, "RUNNING" if status == "PROVISIONING" else "GONE")
    if status == "PROVISIONING":
        cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_work_whose_end_nobody_heard_of_goes_on(reconcile: Reconciling, cloud: Cloud, unheard: None) -> None:
    cloud.faults.plan("VerifyRedis", fails("Injected"))
    cloud.faults.plan("RollBack", fails("Injected"))
    instance_id = cloud.create()
    wait_for(lambda: ("provision-" + instance_id, "FAILED") in [found[:2] for found in cloud.ended(instance_id)])
    assert cloud.find(instance_id)
    reconcile.ahead += GRACE
    assert actions(reconcile()) == {("work", instance_id, "resume")}
    ended = cloud.wait(instance_id, "ERROR")
    assert ended
    assert ended.failure
    cloud.quiet()
    cloud.faults.plan("RemoveRecord", fails("Injected"))
    cloud.delete(instance_id)
    cloud.quiet()
    assert actions(reconcile()) == set()
    reconcile.ahead += GRACE
    assert actions(reconcile()) == {("work", instance_id, "resume")}
    cloud.wait(instance_id, "GONE")


def test_a_resize_that_nobody_is_at_goes_on(
    reconcile: Reconciling, cloud: Cloud, unheard: None, neighbour: str
) -> None:
    resized = cloud.create()
    cloud.wait(resized, "RUNNING")
    cloud.faults.plan("FinishResize", fails("Injected"))
    cloud.ask_for_resize(resized, LARGER)
    wait_for(lambda: cloud.faults.happened == ["FinishResize"])
    cloud.quiet()
    assert cloud.changing(resized)
    assert reconcile() == []
    reconcile.ahead += GRACE
    assert actions(reconcile()) == {("work", resized, "resume")}
    wait_for(lambda: not cloud.changing(resized))
    cloud.quiet()
    cloud.delete(resized)
    cloud.wait(resized, "GONE")


def test_an_emptying_that_nobody_is_at_goes_on(reconcile: Reconciling, cloud: Cloud, unheard: None) -> None:
    one = tenant(cloud)
    cloud.faults.plan("DeleteInstances", fails("Injected"))
    one.delete()
    one.wait(lambda found: [status for _, status, _ in found.executions()] == ["FAILED"])
    assert actions(reconcile()) == {("work", one.id, "resume")}
    one.wait(lambda found: found.items() == 0)


def test_a_running_instance_whose_task_has_gone_is_recovered(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody has noticed, as when a task dies before the record says that it serves."""
    monkeypatch.setattr("functions.watch_tasks.app.handler", lambda *_: None)
    instance_id = leaked.running()
    instance = cloud.find(instance_id)
    assert instance
    assert instance.endpoint
    cloud.client("ecs").stop_task(cluster=cloud.stack.outputs["ClusterName"], task=instance.endpoint.task)
    wait_for(lambda: "tasks" not in cloud.left(instance_id))
    [found] = reconcile()
    assert (found["name"], found["owner"], found["action"]) == (instance.endpoint.task, instance_id, "recover")
    Mortal(cloud, instance_id, "").recovered()
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_an_execution_that_ends_badly_starts_the_reconciler_at_once(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud
) -> None:
    """A provisioning is stopped whose record is gone by then: nobody else would remove what it has made."""
    cloud.faults.plan("VerifyRedis", leaked.blocks)
    instance_id = cloud.create()
    wait_for(lambda: cloud.faults.happened == ["VerifyRedis"])
    leaked.forget(instance_id)
    machine = cloud.stack.outputs["ProvisionStateMachineArn"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:provision-{instance_id}"
    cloud.client("stepfunctions").stop_execution(executionArn=arn)
    assert cloud.left(instance_id)
    leaked.blocked.set()
    leaked.gone(instance_id)
    assert {action for _, _, action in actions(reconcile())} == {"correct"}
