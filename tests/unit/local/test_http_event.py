"""What a function gets for a request, and what a client gets for its result."""

import base64
import json
from typing import Any

import pytest

from local.http_event import HttpRequest, HttpResponse, Routes, event, response
from local.template import Route


def request(
    method: str = "GET", target: str = "/", headers: tuple[tuple[str, str], ...] = (), body: bytes = b""
) -> HttpRequest:
    return HttpRequest(method, target, headers, body, "127.0.0.1")


def event_of(sent: HttpRequest, route: Route | None = None, **parameters: str) -> dict[str, Any]:
    return event(sent, route or Route("GET", "/", "F"), parameters, "request-1")


def answer(result: object) -> HttpResponse:
    return response(json.dumps(result).encode())


ROUTES = Routes(
    [
        Route("ANY", "$default", "Default"),
        Route("GET", "/things/{id}", "One"),
        Route("ANY", "/things/{id}", "AnyOne"),
        Route("GET", "/things/latest", "Latest"),
        Route("GET", "/things/{proxy+}", "Greedy"),
        Route("GET", "/things/{id}/parts/{part}", "Part"),
    ]
)


@pytest.mark.parametrize(
    ("method", "path", "function", "parameters"),
    [
        ("GET", "/things/latest", "Latest", {}),
        ("GET", "/things/7", "One", {"id": "7"}),
        ("DELETE", "/things/7", "AnyOne", {"id": "7"}),
        ("GET", "/things/7/parts/8", "Part", {"id": "7", "part": "8"}),
        ("GET", "/things/7/8/9", "Greedy", {"proxy": "7/8/9"}),
        ("GET", "/things/", "Default", {}),
        ("PUT", "/", "Default", {}),
    ],
)
def test_the_most_specific_route_is_found(method: str, path: str, function: str, parameters: dict[str, str]) -> None:
    found = ROUTES.find(method, path)

    assert found is not None
    assert (found[0].function, found[1]) == (function, parameters)


def test_a_path_without_a_route_is_not_found() -> None:
    assert Routes([Route("GET", "/things", "F")]).find("GET", "/things/") is None


def test_a_method_without_a_route_is_not_found() -> None:
    assert Routes([Route("GET", "/things", "F")]).find("HEAD", "/things") is None


def test_a_dot_in_a_path_stands_for_itself() -> None:
    assert Routes([Route("GET", "/a.b", "F")]).find("GET", "/axb") is None


def test_an_event_has_the_shape_of_payload_format_2() -> None:
    sent = request("GET", "/things/a%20b?x=1", (("host", "api.test"), ("user-agent", "curl/8")))

    made = event_of(sent, Route("GET", "/things/{id}", "F"), id="a b")

    http = {
        "method": "GET",
        "path": "/things/a b",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "curl/8",
    }
    assert made["version"] == "2.0"
    assert made["routeKey"] == made["requestContext"]["routeKey"] == "GET /things/{id}"
    assert made["rawPath"] == "/things/a b"
    assert made["pathParameters"] == {"id": "a b"}
    assert made["requestContext"]["http"] == http
    assert made["requestContext"]["requestId"] == "request-1"
    assert made["requestContext"]["stage"] == "$default"
    assert isinstance(made["requestContext"]["timeEpoch"], int)


def test_repeated_headers_are_joined_with_a_comma() -> None:
    assert event_of(request(headers=(("x-a", "1"), ("x-a", "2"))))["headers"]["x-a"] == "1,2"


def test_cookies_leave_the_headers() -> None:
    made = event_of(request(headers=(("cookie", "a=1; b=2"), ("cookie", "c=3"))))

    assert made["cookies"] == ["a=1", "b=2", "c=3"]
    assert "cookie" not in made["headers"]


def test_how_a_request_came_is_said_by_the_gateway_and_not_by_the_client() -> None:
    made = event_of(request(headers=(("x-forwarded-proto", "https"), ("x-forwarded-proto", "https"))))

    assert made["headers"]["x-forwarded-proto"] == "http"


def test_query_parameters_are_decoded_and_joined() -> None:
    made = event_of(request(target="/?a=1&a=2&b=%26&c="))

    assert made["rawQueryString"] == "a=1&a=2&b=%26&c="
    assert made["queryStringParameters"] == {"a": "1,2", "b": "&", "c": ""}


def test_what_a_request_lacks_is_not_in_the_event() -> None:
    assert event_of(request()).keys().isdisjoint({"body", "cookies", "pathParameters", "queryStringParameters"})


@pytest.mark.parametrize("content_type", ["application/json", "application/problem+json; charset=utf-8", "text/plain"])
def test_a_text_body_is_passed_as_text(content_type: str) -> None:
    made = event_of(request(headers=(("content-type", content_type),), body="ü".encode()))

    assert (made["body"], made["isBase64Encoded"]) == ("ü", False)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [("application/octet-stream", b"text"), ("", b"text"), ("text/plain", b"\xff")],
)
def test_a_body_that_is_no_text_is_encoded(content_type: str, body: bytes) -> None:
    made = event_of(request(headers=(("content-type", content_type),), body=body))

    assert (base64.b64decode(made["body"]), made["isBase64Encoded"]) == (body, True)


def test_a_result_with_a_status_is_the_response() -> None:
    result = {"statusCode": 201, "headers": {"X-A": 1, "Content-Type": "text/html"}, "body": "é"}

    assert answer(result) == HttpResponse(201, (("x-a", "1"), ("content-type", "text/html")), "é".encode())


def test_a_response_without_a_type_is_plain_text() -> None:
    assert answer({"statusCode": 204}).headers == (("content-type", "text/plain;charset=UTF-8"),)


def test_each_cookie_is_a_header_of_its_own() -> None:
    headers = answer({"statusCode": 200, "cookies": ["a=1", "b=2"]}).headers

    assert [value for name, value in headers if name == "set-cookie"] == ["a=1", "b=2"]


def test_an_encoded_body_is_decoded() -> None:
    assert answer({"statusCode": 200, "body": "/w==", "isBase64Encoded": True}).body == b"\xff"


@pytest.mark.parametrize(("result", "body"), [({"a": 1}, b'{"a": 1}'), ("text", b"text"), ([1], b"[1]")])
def test_a_result_without_a_status_is_a_json_body(result: object, body: bytes) -> None:
    assert answer(result) == HttpResponse(200, (("content-type", "application/json"),), body)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": "no number"},
        {"statusCode": 42},
        {"statusCode": 200, "body": {"not": "text"}},
        {"statusCode": 200, "body": "%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": {"x-a": "1\r\nx-b: 2"}},
        {"statusCode": 200, "headers": ["x-a"]},
    ],
)
def test_a_result_that_is_no_response_is_an_internal_error(result: object) -> None:
    assert answer(result) == HttpResponse(
        500, (("content-type", "application/json"),), b'{"message":"Internal Server Error"}'
    )
