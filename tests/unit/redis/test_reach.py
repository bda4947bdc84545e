"""By which of its addresses a task is reached, from outside of its network and from inside."""

import pytest

from swiftcache.instances.model import Endpoint
from swiftcache.redis.reach import Reach, from_inside, from_outside
from swiftcache.redis.wiring import reach
from tests.fakes.injector import FakeInjector

BOTH = Endpoint("203.0.113.1", 6379, "task-1", "folder", "10.0.0.1")


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("public", from_outside),
        ("public-from-inside", from_inside),
        ("public-to-private", from_inside),
        ("private", from_inside),
    ],
)
def test_what_speaks_to_redis_is_outside_of_a_public_network_unless_port_6380_is_closed(
    mode: str, expected: Reach
) -> None:
    assert reach(FakeInjector({"NETWORK_MODE": mode})) is expected


def test_from_outside_it_is_reached_as_clients_reach_it() -> None:
    assert from_outside(BOTH) == BOTH


def test_from_inside_it_is_reached_by_its_private_address() -> None:
    assert from_inside(BOTH) == Endpoint("10.0.0.1", 6379, "task-1", "folder", "10.0.0.1")


def test_a_record_of_before_has_one_address_for_all() -> None:
    of_before = Endpoint("10.0.0.1", 6379, "task-1")
    assert from_inside(of_before) == of_before
