"""Answers to CloudFormation over real HTTP, and requests to the API: taken, refused, lost, led elsewhere."""

import json
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from swiftcache.declarations.http_answer import HttpStackAnswers
from swiftcache.declarations.http_api import HttpInstanceApi
from swiftcache.declarations.model import AnswerRefused, DeclarationRefused, InstanceBusy
from swiftcache.platform.errors import DependencyUnavailable
from tests.fakes.declarations import an_instance_body
from tests.receiver import Behaviour, Receiver, answers, receiving
from tests.samples import ORGANIZATION

SIGNED = "?X-Amz-Signature=secret"
KEY = "sk_live_0123"


@pytest.fixture
def bucket() -> Iterator[Receiver]:
    with receiving() as bucket:
        yield bucket


def send(url: str) -> None:
    HttpStackAnswers("amazonaws.com", ["127.0.0.0/8"]).send(url, b'{"Status": "SUCCESS"}')


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def hangs_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def says(status: int, body: object) -> Behaviour:
    def behave(handler: BaseHTTPRequestHandler) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(text)))
        handler.end_headers()
        handler.wfile.write(text)

    return behave


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_is_put_as_it_was_signed_for(bucket: Receiver, status: int) -> None:
    bucket.otherwise = answers(status)
    send(f"{bucket.url}%2Fa%7Cb{SIGNED}")
    [message] = bucket.messages
    assert message.path == f"/hook%2Fa%7Cb{SIGNED}"
    assert (message.headers["content-type"], message.body) == ("", b'{"Status": "SUCCESS"}')


@pytest.mark.parametrize("status", [400, 403, 404])
def test_an_answer_that_comes_too_late_is_refused_and_not_tried_again(bucket: Receiver, status: int) -> None:
    bucket.otherwise = answers(status)
    with pytest.raises(AnswerRefused, match=str(status)):
        send(bucket.url + SIGNED)


@pytest.mark.parametrize(
    "behave", [answers(500), answers(503), answers(429), answers(307, Location="http://x/"), hangs_up]
)
def test_an_answer_of_which_nobody_knows_whether_it_was_taken_can_be_sent_again(
    bucket: Receiver, behave: Behaviour
) -> None:
    bucket.behaviours = [behave]
    with pytest.raises(DependencyUnavailable) as error:
        send(bucket.url + SIGNED)
    assert "secret" not in str(error.value)
    send(bucket.url + SIGNED)
    assert len(bucket.messages) == 2


def test_an_address_where_nobody_is_can_be_tried_again_and_is_not_told() -> None:
    with pytest.raises(DependencyUnavailable) as error:
        send(f"http://127.0.0.1:{unused_port()}/{SIGNED}")
    assert "secret" not in f"{error.value!r} {error.value.__cause__}"


BUCKET = "cloudformation-custom-resource-response-eucentral1"


@pytest.mark.parametrize(
    "url",
    [
        f"https://{BUCKET}.s3.eu-central-1.amazonaws.com/x",
        f"https://{BUCKET}.s3-eu-central-1.amazonaws.com/x",
        f"https://{BUCKET}.s3.amazonaws.com/x",
        "http://127.0.0.1:9/x",
    ],
)
def test_cloudformations_buckets_are_answered(url: str) -> None:
    HttpStackAnswers("amazonaws.com", ["127.0.0.0/8"]).check(url)


@pytest.mark.parametrize(
    "url",
    [
        f"http://{BUCKET}.s3.eu-central-1.amazonaws.com/x",
        "https://example.com/x",
        f"https://{BUCKET}.s3.eu-central-1.amazonaws.com.example.com/x",
        f"https://{BUCKET}.s3.eu-central-1.example.com/x",
        "https://my-bucket.s3.eu-central-1.amazonaws.com/x",
        "https://sqs.eu-central-1.amazonaws.com/x",
        f"https://example.com/{BUCKET}.s3.amazonaws.com",
        f"https://user@example.com\\@{BUCKET}.s3.amazonaws.com",
        "http://127.0.0.1:9001/2018-06-01/runtime/invocation",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "",
    ],
)
def test_nobody_else_is_answered(url: str) -> None:
    with pytest.raises(AnswerRefused):
        HttpStackAnswers("amazonaws.com").check(url)


class Api:
    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver
        self.client = HttpInstanceApi(receiver.url.removesuffix("/hook"), lambda _: KEY)

    def answers(self, status: int, body: object) -> None:
        self.receiver.otherwise = says(status, body)


@pytest.fixture
def api(bucket: Receiver) -> Api:
    return Api(bucket)


def test_a_creation_is_a_post_with_its_own_idempotency_key(api: Api) -> None:
    api.answers(201, {"instance": {"id": "inst_a1"}, "createdDefaultKey": {"plainTextKey": "sc_live_1"}})
    made = api.client.create(ORGANIZATION, "request-1", {"name": "x"})
    assert (made.instance_id, made.plain_key, "sc_live" in repr(made)) == ("inst_a1", "sc_live_1", False)
    [message] = api.receiver.messages
    assert (message.path, json.loads(message.body)) == ("/api/v1/instances", {"name": "x"})
    assert message.headers["idempotency-key"] == "request-1"
    assert message.headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (422, {"code": "INVALID_VALUE", "detail": "maxMemory is in bytes"}, DeclarationRefused),
        (401, {"code": "NOT_AUTHENTICATED", "detail": "x"}, DeclarationRefused),
        (409, {"code": "DELETION_PROTECTED", "detail": "x"}, DeclarationRefused),
        (429, {"code": "LIMIT_EXCEEDED", "detail": "x"}, DeclarationRefused),
        (409, {"code": "CHANGE_IN_PROGRESS", "detail": "x"}, InstanceBusy),
        (429, {"code": "RATE_LIMITED", "detail": "x"}, DependencyUnavailable),
        (409, {"code": "IDEMPOTENT_REQUEST_IN_PROGRESS", "detail": "x"}, DependencyUnavailable),
        (500, {"code": "INTERNAL_ERROR", "detail": "x"}, DependencyUnavailable),
        (503, {"message": "Service Unavailable"}, DependencyUnavailable),
        (404, {"message": "Not Found"}, DependencyUnavailable),
        (302, {"code": "X"}, DependencyUnavailable),
        (200, b"<html>", DependencyUnavailable),
    ],
)
def test_what_passes_by_itself_is_told_from_what_does_not(
    api: Api, status: int, body: Any, kind: type[Exception]
) -> None:
    api.answers(status, body)
    with pytest.raises(kind) as error:
        api.client.change(ORGANIZATION, "inst_a1", {"name": "x"})
    assert type(error.value) is kind
    assert KEY not in str(error.value)


def test_an_api_that_hangs_up_can_be_asked_again(api: Api) -> None:
    api.receiver.otherwise = hangs_up
    with pytest.raises(DependencyUnavailable, match="the API did not answer"):
        api.client.get(ORGANIZATION, "inst_a1")


def test_an_instance_that_is_not_there_or_another_organizations_is_none(api: Api) -> None:
    api.answers(404, {"code": "NOT_FOUND", "detail": "x"})
    assert api.client.get(ORGANIZATION, "inst_a1") is None
    api.client.delete(ORGANIZATION, "inst_a1", "none")
    api.answers(200, {"instance": an_instance_body(organizationId="org_other")})
    assert api.client.get(ORGANIZATION, "inst_a1") is None
    api.answers(200, {"instance": an_instance_body()})
    assert api.client.get(ORGANIZATION, "inst_a1") == an_instance_body()


def test_a_404_of_what_stands_before_the_api_says_nothing_of_an_instance(api: Api) -> None:
    api.answers(404, {"message": "Not Found"})
    with pytest.raises(DependencyUnavailable):
        api.client.get(ORGANIZATION, "inst_a1")
    with pytest.raises(DependencyUnavailable):
        api.client.delete(ORGANIZATION, "inst_a1", "none")
