"""Under which domains the reconciler looks for records in the zone, and what it does with those that nobody has."""

import pytest

from swiftcache.fleet.orphans import CloudResource, ResourceKind
from swiftcache.fleet.removal import NOBODY
from swiftcache.instances.ports import Target
from swiftcache.instances.status import Status
from swiftcache.pool.model import POOL
from tests.fakes.pool import a_member
from tests.samples import DOMAIN, ORGANIZATION, an_entry, an_instance
from tests.unit.fleet.reconcile_world import ORPHAN, World, resource

OLD = "old.example.com"


@pytest.fixture
def world() -> World:
    return World()


def record(domain: str, owner: str = ORPHAN) -> CloudResource:
    return resource(ResourceKind.DNS_RECORD, owner, f"{owner.removeprefix('inst_')}.redis.{domain}")


def test_a_record_is_its_instances_whatever_domain_new_ones_get(world: World) -> None:
    world.holding(dns_name=f"a1.redis.{OLD}")
    world.dns_records.resources = [record(OLD, "inst_a1")]
    assert (world.run(), world.later().run(), world.workflows.started) == (set(), set(), [])
    assert world.dns_records.listed == [[DOMAIN, OLD]] * 2


def test_an_instance_that_is_older_than_the_keeping_of_names_has_its_hostnames_domain(world: World) -> None:
    world.holding(hostname=f"a1.redis.{OLD}")
    world.run()
    assert world.dns_records.listed == [[DOMAIN, OLD]]


def test_a_member_of_the_warm_pool_has_a_domain_too(world: World) -> None:
    world.instances.stored[POOL, "inst_m1"] = a_member(dns_name=f"m1.redis.{OLD}")
    world.run()
    assert world.dns_records.listed == [[DOMAIN, OLD]]


@pytest.mark.parametrize("domain", [DOMAIN, OLD])
def test_an_orphan_goes_by_a_deletion_that_is_told_its_name(world: World, domain: str) -> None:
    world.holding(dns_name=f"a1.redis.{OLD}")
    world.dns_records.resources = [record(domain)]
    assert world.run() == {("dns_record", ORPHAN, "wait")}
    assert world.later().run() == {("dns_record", ORPHAN, "deprovision")}
    name = f"orphan.redis.{domain}"
    assert world.workflows.started == [("delete", Target(NOBODY, ORPHAN, "reconcile-1"), 0, name)]


def test_what_is_to_go_under_a_domain_goes_although_its_last_instance_has_gone_before(world: World) -> None:
    last = world.holding(dns_name=f"a1.redis.{OLD}")
    world.dns_records.resources = [record(OLD)]
    world.run()
    del world.instances.stored[ORGANIZATION, last.id]
    assert ("dns_record", ORPHAN, "deprovision") in world.later().run()
    world.dns_records.resources = []
    world.run()
    world.run()
    assert world.dns_records.listed[-1] == [DOMAIN]


def test_records_under_a_domain_that_no_instance_has_are_somebody_elses(world: World) -> None:
    world.dns_records.resources = [record("another.example.com")]
    assert (world.run(), world.later().run()) == (set(), set())


@pytest.mark.parametrize(("domain", "started"), [(OLD, True), ("another.example.com", False)])
def test_a_failed_instances_record_is_found_at_once_by_its_name(world: World, domain: str, started: bool) -> None:
    failed = an_instance(status=Status.ERROR, dns_name=f"a1.redis.{OLD}")
    world.instances.create(failed, an_entry())
    world.dns_records.resources = [record(domain, failed.id)]
    assert world.one.run(Target(ORGANIZATION, failed.id, "request-1")) is started
