"""Which web pages may call the API: none unless they are named, and those as much as any other client."""

import json
import re
from typing import Any

import pytest

from local.openapi import document
from swiftcache.api.routes import ACCESS, HEADS
from tests.expanded import expanded

DOCUMENT = json.loads(document())
OPERATIONS = [operation for path in DOCUMENT["paths"].values() for operation in path.values()]
PARAMETER = expanded().parameters["AllowedOrigins"]


def cors() -> dict[str, Any]:
    written = expanded().cors
    assert written is not None
    condition, allowed, otherwise = written["Fn::If"]
    assert (condition, otherwise) == ("HasAllowedOrigins", {"Ref": "AWS::NoValue"})
    found: dict[str, Any] = allowed
    return found


def test_no_page_is_allowed_by_default() -> None:
    assert PARAMETER["Default"] == ""


def test_a_page_may_use_every_method_of_the_routes_and_no_other() -> None:
    assert set(cors()["allowMethods"]) == {route.partition(" ")[0] for route in (*ACCESS, *HEADS)}


def test_a_page_may_send_every_header_that_a_route_reads() -> None:
    read = {
        parameter["name"].lower()
        for operation in OPERATIONS
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "header"
    }
    assert set(cors()["allowHeaders"]) == read | {"authorization", "content-type"}


def test_a_page_may_read_the_headers_that_tell_what_to_do_next() -> None:
    documented = {
        name.lower()
        for operation in OPERATIONS
        for answer in operation["responses"].values()
        for name in answer.get("headers", {})
    }
    # No page may read a cookie of this header, and one of elsewhere has no use for it.
    assert set(cors()["exposeHeaders"]) == documented - {"set-cookie"} | {"allow", "location", "retry-after"}


def test_browsers_send_no_cookies() -> None:
    assert "allowCredentials" not in cors()


@pytest.mark.parametrize(
    "value", ["", "https://a.test", "http://localhost:3000", "https://a.test,https://b-c.test:8443"]
)
def test_origins_are_taken_as_browsers_send_them(value: str) -> None:
    assert re.fullmatch(PARAMETER["AllowedPattern"], value)


@pytest.mark.parametrize(
    "value",
    ["*", "a.test", "https://a.test/", "https://*.a.test", "https://A.test", "https://a.test, https://b.test", ","],
)
def test_what_no_browser_sends_as_an_origin_is_refused(value: str) -> None:
    assert not re.fullmatch(PARAMETER["AllowedPattern"], value)
