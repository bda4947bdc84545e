"""HEAD: what the public may read answers as GET does; API Gateway leaves the body away."""

import pytest

from swiftcache.api.routes import ACCESS
from tests.api_world import World
from tests.unit.api.test_roles import SAMPLES


@pytest.mark.parametrize("route", [route for route, needed in ACCESS.items() if needed is None])
def test_a_public_route_answers_head_as_get(world: World, route: str) -> None:
    assert route.startswith("GET ")
    sample, public = SAMPLES[route], {"authorization": None}
    answer = world.raw(sample, method="HEAD", headers=public)
    assert answer == world.raw(sample, headers=public)
    assert answer["statusCode"] == 200


def test_a_head_with_a_parameter_that_is_not_declared_is_refused_as_get_is(world: World) -> None:
    assert world.send("list_regions", method="HEAD", rawQueryString="nonsense=1").status == 422


def test_a_head_of_what_is_not_public_is_no_method_of_it(world: World) -> None:
    world.with_instance()
    answer = world.send("get_instance", method="HEAD")
    assert (answer.status, answer.headers["allow"]) == (405, "DELETE, GET, PATCH")
