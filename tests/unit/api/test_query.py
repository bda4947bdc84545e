"""A query parameter that a route does not declare is refused, and does nothing; so is one that is there twice."""

from urllib.parse import urlencode

import pytest

from swiftcache.access.identity import Role, allows
from swiftcache.api.names import unknown
from swiftcache.api.routes import ACCESS
from tests.api_world import INSTANCE, ORGANIZATION, Answer, World
from tests.unit.api.declared import query_parameters
from tests.unit.api.test_isolation import Everything
from tests.unit.api.test_isolation import everything as everything
from tests.unit.api.test_roles import SAMPLES, authorization
from tests.unit.api.test_roles import changes as changes
from tests.unit.api.test_roles import peopled as peopled
from tests.unit.backups.test_routes import kept as kept
from tests.unit.metrics.test_routes import metrics as metrics
from tests.unit.webhooks.test_routes import hooks as hooks


def ask(world: World, route: str, query: str) -> Answer:
    """As somebody who may."""
    permission = ACCESS[route]
    role = next(role for role in Role if permission is None or allows(role, permission))
    return world.send(SAMPLES[route], rawQueryString=query, headers={"authorization": authorization(role.value)})


def faults(answer: Answer) -> dict[str, str]:
    assert (answer.status, answer.body["code"]) == (422, "INVALID_VALUE"), answer.text
    return {fault["pointer"]: fault["detail"] for fault in answer.body["errors"]}


@pytest.mark.parametrize("route", list(ACCESS))
def test_no_route_takes_a_parameter_that_it_does_not_declare(everything: Everything, route: str) -> None:
    before = everything.state()
    found = faults(ask(everything.world, route, "nonsense=1"))
    assert list(found) == ["/nonsense"]
    assert found["/nonsense"].startswith("this parameter is not known; ")
    assert everything.state() == before


def test_what_has_an_id_that_none_can_be_is_not_there_whatever_the_query(everything: Everything) -> None:
    path = f"/api/v1/organizations/{ORGANIZATION}/webhooks/\x10\u00ea5/deliveries"
    owner = {"authorization": authorization(Role.OWNER.value)}
    answer = everything.world.send("list_deliveries", rawPath=path, rawQueryString="limit=9", headers=owner)
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND"), answer.text


@pytest.mark.parametrize(
    ("query", "name", "meant"),
    [
        ("statuss=ERROR", "statuss", "status"),
        ("status[]=ERROR", "status[]", "status"),
        ("status%5B%5D=ERROR", "status[]", "status"),
        ("STATUS=ERROR", "STATUS", "status"),
        ("limt=1", "limt", "limit"),
        ("Name=x", "Name", "name"),
        ("organisationId=org_1", "organisationId", "organizationId"),
        ("organization_id=org_1", "organization_id", "organizationId"),
        ("nmae", "nmae", "name"),
    ],
)
def test_a_misspelt_filter_lists_nothing_and_is_told_the_nearest_name(
    world: World, query: str, name: str, meant: str
) -> None:
    world.with_instance()
    answer = world.send("list_instances", rawQueryString=f"organizationId={ORGANIZATION}&{query}")
    assert faults(answer) == {f"/{name}": f"this parameter is not known; did you mean {meant}?"}
    assert answer.body["detail"] == f"{name}: this parameter is not known; did you mean {meant}?"
    assert INSTANCE not in answer.text


def test_a_misspelt_wait_is_not_answered_as_if_it_were_over(world: World) -> None:
    world.with_instance()
    answer = world.send("get_instance", rawQueryString="waitfor=&timeOut=3")
    assert faults(answer) == {
        "/waitfor": "this parameter is not known; did you mean waitFor?",
        "/timeOut": "this parameter is not known; did you mean timeout?",
    }


def test_a_deletion_with_a_parameter_deletes_nothing(world: World) -> None:
    world.with_instance()
    answer = world.send("delete_instance", rawQueryString="dryRun=true")
    assert faults(answer) == {"/dryRun": "this parameter is not known; known are finalBackup"}
    assert world.send("get_instance").body["instance"]["status"] == "PROVISIONING"


def test_the_misspelt_name_is_told_before_what_is_missing_because_of_it(world: World) -> None:
    answer = world.send("list_instances", rawQueryString="organisationId=org_123")
    assert list(faults(answer)) == ["/organisationId"]


def test_a_name_that_is_like_none_is_told_all_that_there_are() -> None:
    assert unknown("parameter", "zzz", {"limit", "cursor"}) == "this parameter is not known; known are cursor, limit"


def test_a_stranger_learns_no_parameters(world: World) -> None:
    assert world.send("get_instance", rawQueryString="a=1", headers={"authorization": None}).status == 401


def test_the_name_of_a_parameter_is_in_its_pointer_as_json_pointers_have_it(world: World) -> None:
    answer = world.send("list_regions", rawQueryString=urlencode({"a/b~c": "1"}))
    assert list(faults(answer)) == ["/a~1b~0c"]


@pytest.mark.parametrize(
    ("sample", "query"),
    [
        ("list_instances", "organizationId=org_123&limit=1&limit=2"),
        ("list_instances", "organizationId=org_123&status=ERROR&status=ERROR"),
        ("list_instances", "organizationId=org_123&organizationId=org_123"),
        ("wait_for_instance", "waitFor=RUNNING&waitFor="),
    ],
)
def test_a_parameter_that_is_there_twice_is_refused_in_plain_words(world: World, sample: str, query: str) -> None:
    world.with_instance()
    answer = world.send(sample, rawQueryString=query)
    [found] = faults(answer).values()
    assert found == "this parameter is there 2 times; send it once, with one value"


@pytest.mark.parametrize(("route", "name"), query_parameters())
def test_every_parameter_of_the_document_is_taken(everything: Everything, route: str, name: str) -> None:
    answer = ask(everything.world, route, f"{name}=x")
    assert "is not known" not in answer.text
