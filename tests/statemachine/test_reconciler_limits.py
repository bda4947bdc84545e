"""What the reconciler does not do: more than it is told to, the same twice, or other calls in a storm than in calm."""

import json
import threading
from collections import Counter
from typing import Any

import pytest

from functions.reconcile_fleet import app as reconcile_fleet
from swiftcache.fleet.orphans import GRACE, LIMIT, ResourceKind
from swiftcache.fleet.reconciler_wiring import reconciler, record_index
from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
from swiftcache.instances.stores import instances
from swiftcache.instances.wiring import instance_service
from tests.statemachine.cloud import Cloud, fails, wait_for
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.reconciling import Reconciling, actions
from tests.statemachine.tenants import Tenant, tenant
from tests.statemachine.test_sample_events import sample


def secrets(leaked: LeakedResources, number: int) -> list[str]:
    """Orphans of so many instances."""
    ids = [f"inst_many{index}" for index in range(number)]
    for instance_id in ids:
        leaked.secret("", instance_id)
    return ids


def clean(reconcile: Reconciling, leaked: LeakedResources, ids: list[str]) -> None:
    reconcile.ahead += GRACE
    reconcile(limit=len(ids))
    for instance_id in ids:
        leaked.gone(instance_id)


def test_too_many_orphans_at_once_need_the_operator(
    reconcile: Reconciling, leaked: LeakedResources, capsys: pytest.CaptureFixture[str]
) -> None:
    ids = secrets(leaked, LIMIT + 1)
    found = reconcile.twice()
    assert {action for _, _, action in actions(found)} == {"refuse"}
    assert f'"OrphansRefused":[{LIMIT + 1}.0]' in capsys.readouterr().out
    assert [instance_id for instance_id in ids if not leaked.cloud.left(instance_id)] == []
    assert {action for _, _, action in actions(reconcile(limit=LIMIT + 1))} == {"deprovision"}
    for instance_id in ids:
        leaked.gone(instance_id)


def test_as_many_orphans_as_the_limit_do_not_need_the_operator(reconcile: Reconciling, leaked: LeakedResources) -> None:
    ids = secrets(leaked, LIMIT)
    assert {action for _, _, action in actions(reconcile.twice())} == {"deprovision"}
    for instance_id in ids:
        leaked.gone(instance_id)


def test_a_dry_run_lists_and_changes_nothing(reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud) -> None:
    one = miscounted(cloud, leaked)
    ids = secrets(leaked, 2)
    reconcile()  # the count is corrected, so take it away again
    leaked.miscount(one.id)
    reconcile.ahead += GRACE
    before = table(leaked)
    found = reconcile(**sample("reconcile_fleet"))
    assert actions(found) == {*(("secret", one_id, "deprovision") for one_id in ids), ("count", one.id, "correct")}
    assert all(finding["firstSeen"] for finding in found if finding["kind"] == "secret")
    assert table(leaked) == before
    assert [instance_id for instance_id in ids if not cloud.left(instance_id)] == []
    clean(reconcile, leaked, ids)
    one.delete()
    one.wait(lambda tenant: tenant.items() == 0)


def table(leaked: LeakedResources) -> list[str]:
    items = leaked.cloud.client("dynamodb").scan(TableName=leaked.table)["Items"]
    return sorted(json.dumps(item, sort_keys=True, default=str) for item in items)


def miscounted(cloud: Cloud, leaked: LeakedResources) -> Tenant:
    """An organization with an instance, and a count of others."""
    one = tenant(cloud)
    one.create()
    one.wait(lambda found: found.statuses() == ["RUNNING"])
    cloud.quiet()
    leaked.miscount(one.id)
    return one


def exact(one: Tenant) -> bool:
    organization = one.organization()
    snapshot = record_index(one.cloud.injector).snapshot(one.id)
    assert organization
    assert snapshot
    return organization.used == snapshot.uses


def test_counts_are_exact_while_others_create_and_delete(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = miscounted(cloud, leaked)
    stop = threading.Event()

    def busy() -> None:
        while not stop.wait(0.02):
            one.create()
            for instance in instances(cloud.injector).page(one.id, 3, None).instances:
                if instance.status != "DELETING":
                    instance_service(cloud.injector).delete(one.caller, instance.id)

    thread = threading.Thread(target=busy)
    thread.start()
    try:
        wait_for(lambda: ("count", one.id, "correct") in actions(reconcile()))
        reconcile()
    finally:
        stop.set()
        thread.join()
    cloud.quiet()
    wait_for(lambda: exact(one))
    one.delete()
    one.wait(lambda tenant: tenant.items() == 0, seconds=60)
    cloud.quiet()


def calls(reconcile: Reconciling) -> Counter[str]:
    """With the backups of every organization: otherwise it is the minute that says whose turn it is."""
    with reconcile.cloud.watched() as made:
        reconcile(backups=True)
    return Counter(made)


def test_a_pass_makes_the_same_calls_in_calm_and_with_orphans(reconcile: Reconciling, leaked: LeakedResources) -> None:
    calm = calls(reconcile)
    ids = secrets(leaked, LIMIT)
    assert calls(reconcile) == calm
    clean(reconcile, leaked, ids)
    reconcile()
    assert calls(reconcile) == calm


def test_an_interrupted_pass_goes_on_where_it_was(
    reconcile: Reconciling, leaked: LeakedResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = secrets(leaked, 2)
    monkeypatch.setattr(reconcile_fleet, "SPARE_MILLISECONDS", 10**9)
    answers = [reconcile.answer()]
    while not answers[-1]["complete"]:
        answers.append(reconcile.answer())
    assert len(answers) > len(ResourceKind), "a kind at a time"
    assert {found["owner"] for found in answers[-1]["findings"]} == set(ids)
    monkeypatch.undo()
    clean(Reconciling(reconcile.cloud, monkeypatch), leaked, ids)


def test_two_passes_at_once_are_one(
    reconcile: Reconciling, leaked: LeakedResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance_id = "inst_once"
    leaked.secret("", instance_id)
    reconcile()
    reconcile.ahead += GRACE
    overtaken: list[Any] = []
    looks = reconciler(reconcile.cloud.injector).record_index.organizations

    def while_another(*_: object) -> Any:
        monkeypatch.undo()
        reconcile.patch(monkeypatch)
        overtaken.append(reconcile.answer())
        return looks()

    monkeypatch.setattr(DynamoDBRecordIndex, "organizations", while_another)
    assert reconcile.answer() == {"complete": False, "findings": []}
    assert overtaken[0]["complete"]
    leaked.gone(instance_id)
    assert [name for name, _, _ in leaked.cloud.ended(instance_id)] == [f"delete-{instance_id}-0"]


@pytest.mark.parametrize("state", ["RemoveRecord", "DescribeSecret"])
def test_a_failed_removal_is_followed_by_the_next_at_once(
    reconcile: Reconciling, leaked: LeakedResources, cloud: Cloud, state: str
) -> None:
    instance_id = f"inst_{state.lower()}"
    leaked.secret("", instance_id)
    cloud.faults.plan(state, fails("Injected"))
    reconcile.twice()
    leaked.gone(instance_id)
    wait_for(lambda: (f"delete-{instance_id}-1", "SUCCEEDED", None) in cloud.ended(instance_id))


def test_the_sample_of_the_reconciler_asks_for_one_instance(cloud: Cloud, reconcile: Reconciling) -> None:
    assert reconcile.answer(**sample("reconcile_instance")) == {"started": False}
