"""What every record of rollouts, and every fleet that they read, does: in DynamoDB, and in memory for other tests."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import boto3
import pytest

from swiftcache.access.audit import Action
from swiftcache.engines.model import EngineName
from swiftcache.instances.fleet_index import DynamoDBFleet
from swiftcache.instances.ports import Instances
from swiftcache.instances.status import Status
from swiftcache.instances.table import DynamoDBInstances
from swiftcache.organizations.ports import Accounts
from swiftcache.organizations.table import DynamoDBAccounts
from swiftcache.platform.errors import RecordChanged
from swiftcache.rollouts.model import Rollout, RolloutStatus, Trouble, TroubleKind, Why, WhyCode
from swiftcache.rollouts.ports import Fleet, RolloutRecord
from swiftcache.rollouts.table import DynamoDBRollouts
from tests.fakes.instances import FakeInstances
from tests.fakes.organizations import FakeAccounts
from tests.fakes.rollouts import FakeLasting, FakeRollouts
from tests.samples import AT, NOW, ORGANIZATION, an_account, an_entry, an_instance
from tests.tables import audited, create_table

FAILED = Trouble(TroubleKind.FAILED, "inst_a1", "chg_1", "REDIS_STOPPED", known=True)
WORSE = Trouble(TroubleKind.WORSE, "inst_b2", "chg_2", "OUT_OF_MEMORY")
ROLLOUT = Rollout(
    *("rol_1", EngineName.REDIS, "7.2.16", RolloutStatus.STOPPED, AT, AT, AT, 2, AT, "inst_a1", 100, 3, 5),
    troubles=(FAILED, WORSE),
    why=Why(WhyCode.CANARY_IN_TROUBLE, "the canary is worse"),
)
LATER = "2026-01-03T03:04:05.678Z"


@dataclass
class World:
    accounts: Accounts
    instances: Instances
    fleet: Fleet
    record: RolloutRecord
    audited: Callable[[], list[str]]


def in_memory() -> World:
    accounts = FakeAccounts()
    instances = FakeInstances(accounts)
    record = FakeRollouts()
    return World(
        accounts, instances, FakeLasting(instances), record, lambda: [entry.action.value for entry in record.audit]
    )


def in_dynamodb() -> World:
    client = boto3.client("dynamodb", region_name="eu-central-1")
    create_table(client, "table")
    return World(
        DynamoDBAccounts(client, "table"),
        DynamoDBInstances(client, "table", lambda: NOW),
        DynamoDBFleet(client, "table"),
        DynamoDBRollouts(client, "table"),
        lambda: audited(client, "table", ORGANIZATION),
    )


@pytest.fixture(params=[in_memory, in_dynamodb], ids=["memory", "dynamodb"])
def world(request: pytest.FixtureRequest) -> World:
    made: World = request.param()
    return made


def test_at_first_there_is_no_rollout(world: World) -> None:
    assert world.record.current() is None
    assert world.record.ended() == []


def test_a_rollout_is_found_as_it_was_stored_with_its_next_revision(world: World) -> None:
    kept = world.record.store(ROLLOUT)
    assert world.record.current() == kept == replace(ROLLOUT, revision=1)
    less = world.record.store(replace(kept, wave_ended_at=None, canary=None, troubles=(), why=None))
    assert world.record.current() == less
    assert less.revision == 2


def test_a_second_rollout_is_refused_while_there_is_one(world: World) -> None:
    kept = world.record.store(ROLLOUT)
    with pytest.raises(RecordChanged):
        world.record.store(replace(ROLLOUT, id="rol_2"))
    assert world.record.current() == kept


def test_what_somebody_else_has_stored_since_is_not_written_over(world: World) -> None:
    first = world.record.store(ROLLOUT)
    second = world.record.store(first)
    with pytest.raises(RecordChanged):
        world.record.store(first)
    with pytest.raises(RecordChanged):
        world.record.end(first)
    assert (world.record.current(), world.record.ended()) == (second, [])


def test_one_that_has_ended_makes_room_for_the_next_and_is_kept(world: World) -> None:
    first = world.record.store(ROLLOUT)
    world.record.end(first)
    assert (world.record.current(), world.record.ended()) == (None, [first])
    second = world.record.store(replace(ROLLOUT, id="rol_2", started_at=LATER))
    world.record.end(second)
    assert world.record.ended() == [second, first]


def test_one_that_has_ended_cannot_be_stored_or_ended_again(world: World) -> None:
    kept = world.record.store(ROLLOUT)
    world.record.end(kept)
    for write in (world.record.store, world.record.end):
        with pytest.raises(RecordChanged):
            write(kept)
    assert world.record.current() is None


def test_one_that_has_ended_is_current_again_once_it_is_reopened(world: World) -> None:
    kept = world.record.store(ROLLOUT)
    world.record.end(kept)
    again = world.record.reopen(replace(kept, status=RolloutStatus.UNDOING), an_entry())
    assert (world.record.current(), world.record.ended()) == (again, [])
    assert (again.status, again.revision) == (RolloutStatus.UNDOING, 2)
    world.record.end(again)
    assert world.record.ended() == [again]


def test_none_is_reopened_while_another_goes_on_or_that_is_not_among_the_ended(world: World) -> None:
    kept = world.record.store(ROLLOUT)
    world.record.end(kept)
    other = world.record.store(replace(ROLLOUT, id="rol_2", started_at=LATER))
    with pytest.raises(RecordChanged):
        world.record.reopen(kept, an_entry())
    assert (world.record.current(), world.record.ended()) == (other, [kept])
    world.record.end(other)
    with pytest.raises(RecordChanged):
        world.record.reopen(replace(kept, id="rol_3"), an_entry())
    assert world.record.current() is None


def test_what_is_audited_is_in_the_log_with_the_write_and_not_without(world: World) -> None:
    first = world.record.store(ROLLOUT, an_entry(Action.ROLLOUT_RESUMED, id="audit_1"))
    with pytest.raises(RecordChanged):
        world.record.store(ROLLOUT, an_entry(Action.ROLLOUT_ABANDONED, id="audit_2"))
    world.record.end(first)
    world.record.reopen(first, an_entry(Action.ROLLOUT_UNDOING, id="audit_3"))
    with pytest.raises(RecordChanged):
        world.record.reopen(first, an_entry(Action.ROLLOUT_UNDOING, id="audit_4"))
    assert world.audited() == ["rollout.resumed", "rollout.undoing"]


def test_the_fleet_has_who_serves_and_who_has_come_to_an_error_of_all_organizations(world: World) -> None:
    for number, organization_id in enumerate(["org_1", "org_2"]):
        an_account(world.accounts, organization_id, f"sk_live_{number}")
        for status in Status:
            name = f"inst_{number}{status.lower()}"
            world.instances.create(an_instance(id=name, organization_id=organization_id, status=status), an_entry())
    assert sorted(instance.id for instance in world.fleet.lasting()) == [
        *("inst_0error", "inst_0running", "inst_1error", "inst_1running")
    ]
