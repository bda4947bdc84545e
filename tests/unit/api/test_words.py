"""What a request is told of a value that is not taken: in our words, whichever route, field or parameter it is."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from local.openapi import document
from swiftcache.access.identity import Role
from swiftcache.api.body import RequestBody
from swiftcache.api.words import words
from swiftcache.changes.contract import ChangeInstanceRequest
from swiftcache.instances.contract import InstanceBody
from swiftcache.organizations.contract import (
    ChangeMemberRequest,
    ChangeOrganizationRequest,
    MemberBody,
    OrganizationBody,
)
from swiftcache.webhooks.contract import ChangeWebhookRequest, WebhookBody
from tests.api_world import World, valid
from tests.unit.api.declared import query_parameters
from tests.unit.api.test_roles import SAMPLES, authorization
from tests.unit.api.test_roles import changes as changes
from tests.unit.api.test_roles import peopled as peopled
from tests.unit.backups.test_routes import kept as kept
from tests.unit.metrics.test_routes import metrics as metrics
from tests.unit.webhooks.test_routes import hooks as hooks

WRONG: list[Any] = [
    None,
    True,
    -1,
    2**80,
    1.5,
    "",
    "x y",
    "x" * 5000,
    "2024-13-01",
    "2024-01-01T00:00:00",
    [],
    [1],
    [""],
    {},
]

PYDANTICS = re.compile(r"Input |should |Value error|valid |Field required|Extra inputs")


def with_a_body() -> dict[str, dict[str, Any]]:
    """The schema of the body of each route that has one."""
    schemas = json.loads(document())["components"]["schemas"]
    return {
        f"{method.upper()} {path}": schemas[
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        ]
        for path, operations in json.loads(document())["paths"].items()
        for method, operation in operations.items()
        if "requestBody" in operation
    }


def details(peopled: World, route: str, **changes: Any) -> Iterator[str]:
    for role in (Role.OWNER, Role.OPERATOR):
        answer = peopled.send(SAMPLES[route], headers={"authorization": authorization(role.value)}, **changes)
        for error in answer.body.get("errors", []):
            yield error["detail"]


@pytest.mark.parametrize(
    ("route", "field"), [(route, field) for route, schema in with_a_body().items() for field in schema["properties"]]
)
def test_a_field_with_a_wrong_value_is_told_in_our_words(peopled: World, route: str, field: str) -> None:
    found = [said for wrong in WRONG for said in details(peopled, route, body=json.dumps({field: wrong}))]
    assert found
    assert [said for said in found if PYDANTICS.search(said)] == []


@pytest.mark.parametrize(("route", "parameter"), query_parameters())
def test_a_parameter_with_a_wrong_value_is_told_in_our_words(peopled: World, route: str, parameter: str) -> None:
    query = [{parameter: wrong} for wrong in ("", "x y", "x" * 5000, "-1", "1e400", "9" * 5000)]
    found = [said for wrong in query for said in details(peopled, route, queryStringParameters=wrong)]
    assert [said for said in found if PYDANTICS.search(said)] == []


def test_a_missing_parameter_is_no_field(world: World) -> None:
    answer = world.send("list_instances", queryStringParameters={})
    assert answer.body["errors"] == [{"pointer": "/organizationId", "detail": "this parameter is required"}]


def test_an_error_that_we_have_no_words_for_is_told_all_the_same() -> None:
    assert words({"type": "url_type", "loc": ("body", "url"), "msg": "URL input"}) == "URL input"


@pytest.mark.parametrize("route", list(with_a_body()))
def test_an_unknown_field_is_told_the_nearest_one(peopled: World, route: str) -> None:
    field = next(iter(with_a_body()[route]["properties"]))
    said = set(details(peopled, route, body=json.dumps({f"{field}s": 1})))
    assert said == {f"this field is not known; did you mean {field}?"}


def test_an_unknown_field_inside_a_field_is_named_with_its_place(peopled: World) -> None:
    body = {"name": "x", "limits": {"instances": 1, "memoryy": 1}}
    answer = peopled.send(
        "create_organization",
        body=json.dumps(body),
        headers={"authorization": authorization(Role.OPERATOR.value)},
    )
    assert answer.body["errors"] == [
        {"pointer": "/limits/memoryy", "detail": "this field is not known; did you mean memory?"}
    ]


CHANGES: list[tuple[type[RequestBody], type[BaseModel], str]] = [
    (ChangeInstanceRequest, InstanceBody, "change_instance"),
    (ChangeInstanceRequest, InstanceBody, "plan_change"),
    (ChangeOrganizationRequest, OrganizationBody, "change_organization"),
    (ChangeMemberRequest, MemberBody, "change_member"),
    (ChangeWebhookRequest, WebhookBody, "change_webhook"),
]


@pytest.mark.parametrize(
    ("sample", "field"),
    [
        (sample, to_camel(name))
        for taken, shown, sample in CHANGES
        for name in shown.model_fields
        if name not in taken.model_fields
    ],
)
def test_what_is_shown_and_cannot_be_changed_is_told_so(peopled: World, sample: str, field: str) -> None:
    answer = peopled.send(
        sample, body=json.dumps({field: "x"}), headers={"authorization": authorization(Role.OWNER.value)}
    )
    [error] = answer.body["errors"]
    assert (answer.status, error["pointer"]) == (422, f"/{field}")
    assert error["detail"].startswith("this field cannot be changed: ")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("region", "an instance stays in its region. Create another one as you want it, copy the data, and delete"),
        ("persistence", "an instance has a volume from its creation on, or none. Create another one as you want it"),
        ("organizationId", "an instance stays in its organization. Create another one"),
        ("apiKeys", "POST …/keys makes a key"),
        ("status", "the service sets it"),
    ],
)
def test_an_instance_s_fixed_field_is_told_what_to_do_instead(peopled: World, field: str, said: str) -> None:
    [detail] = set(details(peopled, "PATCH /api/v1/instances/{instanceId}", body=json.dumps({field: True})))
    assert detail.startswith(f"this field cannot be changed: {said}")


def test_every_fixed_field_is_told_at_once(peopled: World) -> None:
    body = json.dumps({"region": "eu-central", "persistence": True, "maxMemory": 1})
    answer = peopled.send("change_instance", body=body, headers={"authorization": authorization(Role.OWNER.value)})
    assert [error["pointer"] for error in answer.body["errors"]] == ["/region", "/persistence"]


@pytest.mark.parametrize("sample", ["change_instance", "plan_change"])
def test_a_change_of_nothing_is_told_what_can_be_changed(peopled: World, sample: str) -> None:
    answer = peopled.send(sample, body="{}", headers={"authorization": authorization(Role.OWNER.value)})
    [error] = answer.body["errors"]
    taken = [to_camel(name) for name in ChangeInstanceRequest.model_fields if name != "allow_eviction"]
    assert (answer.status, error) == (422, {"pointer": "", "detail": f"send at least one of {', '.join(taken)}"})


@pytest.mark.parametrize("sample", ["create_instance", "change_instance"])
def test_a_byte_order_mark_is_told_as_what_it_is(peopled: World, sample: str) -> None:
    body = "\ufeff" + json.dumps(valid())
    answer = peopled.send(sample, body=body, headers={"authorization": authorization(Role.OWNER.value)})
    assert (answer.status, answer.body["code"]) == (400, "MALFORMED_JSON")
    assert answer.body["detail"] == "the body begins with a byte order mark (U+FEFF); send it as UTF-8 without one"
