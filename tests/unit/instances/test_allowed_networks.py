"""Which networks may reach an instance: what is taken, where, and what is refused."""

from dataclasses import replace

import pytest

from swiftcache.instances.allowed_networks import AllowedNetworks, OwnGroup, networks_of
from swiftcache.instances.items import instance_item, instance_of
from swiftcache.platform.errors import AllowedCidrsNotPossible, DependencyUnavailable, InvalidRequest
from swiftcache.pool.model import parse_pool_targets, pool_target_for
from swiftcache.provisioning.step_input import group_of
from tests.samples import a_caller, a_request, an_instance
from tests.unit.instances.test_service import World

NETWORK = "10.1.0.0/16"


def test_networks_keep_their_order_and_stand_once() -> None:
    assert networks_of(["10.2.0.0/16", NETWORK, "10.2.0.0/16"]) == ("10.2.0.0/16", NETWORK)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("10.1.0.0", "a single address is 10.1.0.0/32"),
        ("10.1.2.3/16", "has host bits set"),
        ("10.1.0.0/33", "is no IPv4 network"),
        ("fd00::/8", "is no IPv4 network"),
        ("office/24", "is no IPv4 network"),
    ],
)
def test_what_is_no_network_is_refused_by_its_place(given: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        networks_of([NETWORK, given])
    assert refused.value.pointer == "/allowedCidrs/1"


def test_an_instance_of_a_private_network_is_made_with_networks_of_its_own() -> None:
    world = World()
    service = replace(world.service, is_private=True)
    made = service.create(a_caller(), a_request(allowed_cidrs=(NETWORK,))).instance
    assert made.allowed_networks == AllowedNetworks((NETWORK,), 1)
    assert not made.networks_in_force
    assert instance_of(instance_item(made)) == made


def test_in_a_public_network_an_instance_with_networks_of_its_own_is_refused_and_nothing_is_stored() -> None:
    world = World()
    with pytest.raises(AllowedCidrsNotPossible, match="groups only add"):
        world.service.create(a_caller(), a_request(allowed_cidrs=(NETWORK,)))
    assert world.instances.stored == {}
    assert world.service.create(a_caller(), a_request()).instance.networks_in_force


def test_no_member_of_the_pool_is_taken_for_an_instance_with_networks_of_its_own() -> None:
    targets = parse_pool_targets("512=2")
    assert pool_target_for(a_request(max_memory=256 * 1024**2), targets)
    assert pool_target_for(a_request(max_memory=256 * 1024**2, allowed_cidrs=(NETWORK,)), targets) is None


def test_the_next_task_gets_the_instances_own_group_or_is_not_started() -> None:
    limited = an_instance(allowed_networks=AllowedNetworks((NETWORK,)))
    assert group_of(an_instance()) == ""
    assert group_of(replace(limited, own_group=OwnGroup("sg-1", 1))) == "sg-1"
    with pytest.raises(DependencyUnavailable, match="no security group of its own"):
        group_of(limited)
