"""A path that API Gateway reads otherwise than we do gives nobody what another route's permission guards."""

import json

import pytest

from functions.api import app as api
from swiftcache.access.identity import Role
from tests.api_world import EVENTS, INSTANCE, ORGANIZATION, TOKEN, Answer, Context, World
from tests.samples import an_account

VIEWER = "sk_live_viewer"


def taken_for(world: World, route: str, method: str, path: str, token: str | None) -> Answer:
    """The answer where API Gateway has taken this path for that route."""
    event = json.loads((EVENTS / "get_instance.json").read_text())
    event["routeKey"], event["rawPath"] = route, path
    event["requestContext"]["http"] |= {"method": method, "path": path}
    event["headers"] = {} if token is None else {"authorization": f"Bearer {token}"}
    return Answer(api.handler(event, Context(), world.injector))


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_route_that_the_gateway_has_not_found_is_not_found_by_us_either(world: World, method: str) -> None:
    world.with_instance()
    assert taken_for(world, "$default", method, f"/api/v1/instances/{INSTANCE}", None).status == 404
    assert world.instances.stored


def test_whoever_asked_before_lends_nobody_his_rights(world: World) -> None:
    world.with_instance()
    assert world.send("create_instance", body="{").status == 400
    assert taken_for(world, "$default", "GET", f"/api/v1/instances/{INSTANCE}", None).status == 404


@pytest.mark.parametrize(
    "path",
    [f"/api/v1/instances/{INSTANCE}/receipt", f"/api/v1/organizations/{ORGANIZATION}", "/docs"],
)
def test_a_path_of_another_route_than_the_one_that_was_permitted_is_not_there(world: World, path: str) -> None:
    world.with_instance()
    an_account(world.accounts, ORGANIZATION, VIEWER, Role.VIEWER)
    for token in (VIEWER, TOKEN):
        answer = taken_for(world, "GET /api/v1/instances/{instanceId}", "GET", path, token)
        assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
