"""Instances of a public stack on their way to a private network: served, changed, replaced, recovered and deleted."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.maintenance.wiring import maintenance_service
from tests.integration.redis.writers import connector, lost, writing
from tests.statemachine.claims import a_pool
from tests.statemachine.claims import running as claimed
from tests.statemachine.cloud import Answer, Cloud, left_as_found, wait_for
from tests.statemachine.deletions import assert_no_failure
from tests.statemachine.moving import Move, moving
from tests.statemachine.recoveries import new_instance as new_mortal
from tests.statemachine.resizes import Resized, assert_gone, delete, new_instance
from tests.statemachine.test_silence import collect


@pytest.fixture(scope="module")
def shared_move(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Move]:
    yield from moving(tmp_path_factory.mktemp("moving"))


@pytest.fixture
def move(shared_move: Move) -> Iterator[Move]:
    with left_as_found(shared_move.cloud):
        yield shared_move


@pytest.fixture
def cloud(move: Move) -> Cloud:
    return move.cloud


def move_now(cloud: Cloud, instance_id: str) -> None:
    """It is found to have a public address, and its owner does not wait for the window."""
    cloud.invoke(cloud.stack.functions["WatchCertificatesFunction"].name, {})
    found = cloud.find(instance_id)
    assert found
    assert [one.reason for one in found.maintenance] == [ChangeReason.NETWORK]
    caller = replace(cloud.caller, request_id="request-move")
    maintenance_service(cloud.injector).begin_now(caller, instance_id, ChangeReason.NETWORK)


def named(instance: Instance | None) -> tuple[str, int]:
    assert instance
    assert instance.hostname
    assert instance.port
    return instance.hostname, instance.port


def test_an_instance_gets_a_private_address_under_the_same_name_and_no_acknowledged_write_is_lost(
    move: Move, cloud: Cloud
) -> None:
    with move.not_yet():
        new = NewInstance(cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central")
        created = instance_service(cloud.injector).create(cloud.caller, new)
        resized = Resized(cloud, created.instance.id)
        name = named(cloud.wait(resized.id, "RUNNING"))
        resized.write()
        cloud.quiet()
    connect = connector(*name, created.plain_key, str(cloud.ca_file))
    with writing(connect) as writers:
        move.assert_public(resized.id)
        resized.write()
        move_now(cloud, resized.id)
        wait_for(lambda: not cloud.changing(resized.id), seconds=60)
        cloud.quiet()
    with connect() as client:
        assert lost(client, writers) == []
    assert [refused for writer in writers for refused in writer.refused] == []
    change = resized.instance.change
    assert change
    assert change.reason is ChangeReason.NETWORK
    resized.assert_succeeded(change)
    assert named(move.assert_private(resized.id)) == name
    assert resized.instance.maintenance == ()
    cloud.invoke(cloud.stack.functions["WatchCertificatesFunction"].name, {})
    assert resized.instance.maintenance == ()
    delete(resized)


def test_on_the_way_functions_reach_a_public_task_by_its_private_address(move: Move, cloud: Cloud) -> None:
    with move.not_yet():
        mortal = new_mortal(cloud)
        move.assert_public(mortal.id)
    collect(mortal)
    assert mortal.instance.silence is None
    assert mortal.instance.version is not None
    mortal.assert_whole()
    delete(Resized(cloud, mortal.id))


def test_a_task_that_dies_on_the_way_is_followed_by_one_without_a_public_address(move: Move, cloud: Cloud) -> None:
    with move.not_yet():
        mortal = new_mortal(cloud)
        move.assert_public(mortal.id)
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()
    move.assert_private(mortal.id)
    delete(Resized(cloud, mortal.id))


def test_a_creation_that_functions_come_inside_in_the_middle_of_goes_on(move: Move, cloud: Cloud) -> None:
    inside = threading.Event()

    def once_inside(answer: Answer) -> object:
        assert inside.wait(20)
        return answer()

    cloud.faults.plan("VerifyRedis", once_inside)
    with move.not_yet():
        resized = Resized(cloud, cloud.create())
        wait_for(lambda: cloud.faults.happened == ["VerifyRedis"])
    inside.set()
    cloud.wait(resized.id, "RUNNING")
    cloud.quiet()
    move.assert_public(resized.id)
    delete(resized)


def test_a_deletion_while_it_goes_over_leaves_nothing(move: Move, cloud: Cloud) -> None:
    with move.not_yet():
        resized = new_instance(cloud, persistence=True)

    def while_deleting(answer: Answer) -> object:
        cloud.delete(resized.id)
        return answer()

    cloud.faults.plan("SwitchOver", while_deleting)
    move_now(cloud, resized.id)
    assert_gone(resized)
    assert cloud.faults.happened == ["SwitchOver"]
    assert_no_failure(cloud, resized.id)
    assert move.gateway.public == set()


def test_a_creation_on_the_way_has_no_public_address_though_a_member_of_the_pool_has_one(
    move: Move, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Its schedule would delete a member that it has not made.
    monkeypatch.setattr("functions.keep_pool.app.handler", lambda *_: None)
    with a_pool(cloud) as pool:
        with move.not_yet():
            member = pool.fill()
            assert member.endpoint
            assert member.endpoint.is_public
        instance = claimed(cloud, pool.create())
        assert instance.id != member.id
        move.assert_private(instance.id)
        cloud.quiet()
        delete(Resized(cloud, instance.id))


def test_a_record_of_the_release_before_is_changed_and_gets_its_private_address_from_the_reconciler(
    move: Move, cloud: Cloud
) -> None:
    with move.not_yet():
        resized = new_instance(cloud)
        move.make_older(resized.id)
        resized.assert_succeeded(resized.resize())
        kept = move.assert_public(resized.id).endpoint
        move.make_older(resized.id)
        cloud.invoke(cloud.stack.functions["ReconcileFleetFunction"].name, {})
        assert move.assert_public(resized.id).endpoint == kept
    resized.assert_succeeded(resized.replace())
    move.assert_private(resized.id)
    delete(resized)
