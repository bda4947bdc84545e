"""An instance that serves a certificate which is about to end is replaced, once there is another."""

from dataclasses import replace
from datetime import timedelta

import pytest

from swiftcache.access.audit import Action
from swiftcache.certificates.model import CertificateState
from swiftcache.instances.certificate import Certificate
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.maintenance.watch import FleetPass
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from swiftcache.pool.model import POOL
from tests.fakes.certificates import FakeCertificateRecord
from tests.samples import NOW, ORGANIZATION
from tests.unit.maintenance.maintenance_world import OTHER_TASK, TASK
from tests.unit.maintenance.watching import NEW, Watching

ENDS = NOW + timedelta(days=30)
OLD = Certificate(timestamp(ENDS), "old")


@pytest.fixture
def world() -> Watching:
    world = Watching()
    world.running(observed=ObservedTask(TASK, certificate=OLD))
    return world


def test_it_is_to_be_replaced_when_two_thirds_of_what_is_left_are_over(world: Watching) -> None:
    assert world.watch().required == ["inst_a1"]
    [one] = world.found().maintenance
    assert (one.reason, one.deadline) == (ChangeReason.CERTIFICATE, timestamp(NOW + timedelta(days=20)))
    [told] = world.told(Action.INSTANCE_MAINTENANCE_SCHEDULED)
    assert told["reason"] == "CERTIFICATE"


def test_what_is_required_already_is_not_read_again(world: Watching, monkeypatch: pytest.MonkeyPatch) -> None:
    world.watch()
    monkeypatch.setattr(world.instances, "get", None)
    world.time += timedelta(days=1)
    assert world.watch() == FleetPass()


def test_one_that_serves_the_certificate_of_now_stays(world: Watching) -> None:
    world.becomes(observed=ObservedTask(TASK, certificate=Certificate(NEW.not_after, NEW.sha256_fingerprint)))
    assert world.watch() == FleetPass()


def test_one_whose_certificate_has_long_to_go_stays_though_there_is_another(world: Watching) -> None:
    later = Certificate(timestamp(ENDS + timedelta(days=1)), "old")
    world.becomes(observed=ObservedTask(TASK, certificate=later))
    assert world.watch() == FleetPass()


def test_of_a_task_that_has_not_been_seen_nothing_is_known(world: Watching) -> None:
    world.becomes(endpoint=Endpoint("203.0.113.11", 6379, OTHER_TASK))
    assert world.watch() == FleetPass()


def test_without_a_certificate_that_is_known_nothing_is_to_be_done(world: Watching) -> None:
    world.certificates = FakeCertificateRecord(CertificateState())
    assert world.watch() == FleetPass()


def test_members_of_the_pool_are_the_pool_s(world: Watching) -> None:
    member = replace(world.found(), id="inst_b2", organization_id=POOL)
    world.instances.stored[POOL, member.id] = member
    assert world.watch().required == ["inst_a1"]


def test_one_that_cannot_be_required_does_not_keep_the_others_waiting(
    world: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.running(id="inst_b2", observed=ObservedTask(TASK, certificate=OLD))
    get = world.instances.get

    def failing(organization_id: str, instance_id: str) -> object:
        if instance_id == "inst_a1":
            raise DependencyUnavailable("DynamoDB does not answer")
        return get(organization_id, instance_id)

    monkeypatch.setattr(world.instances, "get", failing)
    result = world.watch()
    assert (result.required, list(result.errors)) == (["inst_b2"], ["inst_a1"])


def test_a_pass_that_is_out_of_time_leaves_the_rest_to_the_next(world: Watching) -> None:
    assert world.watch(seconds=-1) == FleetPass()
    assert world.watch().required == ["inst_a1"]
    assert world.instances.get(ORGANIZATION, "inst_a1") is not None
