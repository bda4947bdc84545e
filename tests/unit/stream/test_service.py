"""What follows from changes in the table for the warm pool, and that nobody else hears of it."""

from dataclasses import replace
from typing import Any

import pytest

from swiftcache.engines.model import EngineName
from swiftcache.events.model import StatusChange
from swiftcache.instances.allowed_networks import AllowedNetworks
from swiftcache.instances.items import instance_item
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import Target
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.items import instance_key, organization_key
from swiftcache.pool.model import POOL, parse_pool_targets
from swiftcache.pool.ports import PoolNews
from swiftcache.stream.records import generation_in, pool_change_in
from swiftcache.stream.service import pool_news, start_work
from tests.fakes.provisioning import FakeWorkflows
from tests.samples import AT, an_instance

TARGETS = parse_pool_targets("512=2")
SMALL = 100 * MIB
OWNED = an_instance(max_memory=SMALL)
MEMBER = replace(OWNED, organization_id=POOL)
READY = replace(MEMBER, status=Status.RUNNING)
FAILED = replace(MEMBER, status=Status.ERROR)
CLAIMED = replace(OWNED, claimed=True)
LEAVING = replace(MEMBER, status=Status.DELETING)

Change = tuple[Instance | None, Instance | None]


def test_a_member_that_was_taken_over_is_counted() -> None:
    assert pool_news([(READY, None)], TARGETS) == PoolNews(taken_over=1)


@pytest.mark.parametrize("status", [Status.RUNNING, Status.ERROR, Status.DELETING])
def test_the_pool_has_work_as_soon_as_a_claim_has_ended(status: Status) -> None:
    assert pool_news([(CLAIMED, replace(CLAIMED, status=status))], TARGETS) == PoolNews(work=True)


def test_what_becomes_of_a_claimed_instance_later_is_not_the_pools() -> None:
    running = replace(CLAIMED, status=Status.RUNNING)
    assert pool_news([(running, replace(running, status=Status.DELETING)), (running, running)], TARGETS) == PoolNews()


@pytest.mark.parametrize("change", [(MEMBER, READY), (MEMBER, FAILED), (READY, FAILED)])
def test_a_member_that_runs_or_failed_leaves_something_to_do(change: Change) -> None:
    assert pool_news([change], TARGETS) == PoolNews(work=True)


@pytest.mark.parametrize(
    "change", [(None, MEMBER), (READY, LEAVING), (LEAVING, None), (FAILED, LEAVING), (READY, READY)]
)
def test_other_changes_of_members_are_the_reconcilers_own_or_none(change: Change) -> None:
    assert pool_news([change], TARGETS) == PoolNews()


def test_a_creation_that_would_have_taken_a_member_over_has_missed_it() -> None:
    assert pool_news([(None, OWNED)], TARGETS) == PoolNews(missed=1)


@pytest.mark.parametrize(
    "created",
    [
        replace(OWNED, claimed=True),
        replace(OWNED, persistence=True),
        replace(OWNED, max_memory=1000 * MIB),
        replace(OWNED, engine=EngineName.VALKEY),
        replace(OWNED, allowed_networks=AllowedNetworks(("10.1.0.0/16",))),
    ],
)
def test_a_creation_that_took_a_member_over_or_never_could_has_missed_none(created: Instance) -> None:
    assert pool_news([(None, created)], TARGETS) == PoolNews()


def test_without_a_pool_nothing_is_missed() -> None:
    assert pool_news([(None, OWNED)], ()) == PoolNews()


def test_a_record_of_the_stream_concerns_the_pool_if_it_is_a_members_past_or_present_or_a_creation() -> None:
    def record(organization_id: str, **images: Instance) -> dict[str, Any]:
        change = {
            name: instance_item(replace(image, organization_id=organization_id)) for name, image in images.items()
        }
        return {"dynamodb": {"Keys": instance_key(organization_id, "inst_a1"), **change}}

    running = replace(OWNED, status=Status.RUNNING)
    assert pool_change_in(record("org_1", OldImage=OWNED, NewImage=running)) is None
    assert pool_change_in(record("org_1", OldImage=running)) is None
    assert pool_change_in(record("org_1", NewImage=OWNED)) == (None, OWNED)
    assert pool_change_in(record(POOL, OldImage=MEMBER, NewImage=READY)) == (MEMBER, READY)
    assert pool_change_in(record(POOL, OldImage=READY)) == (READY, None)
    claimed = replace(running, claimed=True)
    assert pool_change_in(record("org_1", OldImage=CLAIMED, NewImage=claimed)) == (CLAIMED, claimed)
    assert pool_change_in({"dynamodb": {"Keys": organization_key("org_1")}}) is None


def test_changes_that_come_together_are_told_together() -> None:
    changes: list[Change] = [(READY, None), (None, OWNED), (READY, None), (MEMBER, READY)]
    assert pool_news(changes, TARGETS) == PoolNews(taken_over=2, missed=1, work=True)


@pytest.mark.parametrize("organization_id", ["org_1", POOL])
def test_every_creation_is_provisioned_and_the_pools_as_well(organization_id: str) -> None:
    workflows = FakeWorkflows()
    change = StatusChange("evt_1", "inst_a1", organization_id, None, "PROVISIONING", AT, None, "CREATED", "request-1")
    start_work(change, workflows)
    assert workflows.started == [("provision", Target(organization_id, "inst_a1", "request-1"))]


@pytest.mark.parametrize(("after", "started"), [(replace(OWNED, generation=7), 7), (OWNED, 0), (None, 0)])
def test_work_is_started_for_the_life_that_the_record_has(after: Instance | None, started: int) -> None:
    image = {"NewImage": instance_item(after)} if after else {}
    record = {"dynamodb": {"Keys": instance_key("org_1", "inst_a1"), **image}}
    change = StatusChange("evt_1", "inst_a1", "org_1", "RUNNING", "DELETING", AT, None, "DELETE_REQUESTED", "request-1")
    workflows = FakeWorkflows()
    start_work(change, workflows, generation=generation_in(record))
    assert workflows.started == [("delete", Target("org_1", "inst_a1", "request-1", started), 0)]
