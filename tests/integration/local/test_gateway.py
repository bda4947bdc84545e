"""The gateway, spoken to over its socket."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
import requests

from local.aws import FunctionError
from local.cors import Cors
from local.errors import StartupError
from local.gateway import BODY_LIMIT, Gateway
from local.template import Route

Answer = Callable[[dict[str, Any]], object]


class Functions:
    """Stands for the Lambda host: `answer` makes a result of an event, or raises."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.answer: Answer = lambda event: {"statusCode": 200, "body": event.get("body", "")}

    def submit(self, function: str, payload: bytes) -> Future[bytes]:
        event = json.loads(payload) | {"function": function}
        self.events.append(event)
        running: Future[bytes] = Future()
        try:
            running.set_result(json.dumps(self.answer(event)).encode())
        except FunctionError as error:
            running.set_exception(error)
        return running


@pytest.fixture
def functions() -> Functions:
    return Functions()


@pytest.fixture
def url(functions: Functions) -> Iterator[str]:
    gateway = Gateway(0)
    routes = [Route("GET", "/things/{id}", "One"), Route("ANY", "/echo", "Echo")]
    gateway.start(routes, functions.submit, silence_limit=0.5)
    yield gateway.url
    gateway.stop()


LAST = b"Host: a\r\nConnection: close"
"""The headers of a request after which the gateway hangs up."""


def say(url: str, *parts: bytes) -> bytes:
    """Sends raw bytes and returns all that comes back until the gateway hangs up."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_request_reaches_its_function(url: str, functions: Functions) -> None:
    reply = requests.get(f"{url}/things/7?a=1", headers={"X-Tag": "T"}, timeout=10)

    [event] = functions.events
    assert reply.status_code == 200
    assert (event["function"], event["pathParameters"]) == ("One", {"id": "7"})
    assert (event["queryStringParameters"], event["headers"]["x-tag"]) == ({"a": "1"}, "T")
    assert reply.headers["apigw-requestid"] == event["requestContext"]["requestId"]


def test_a_path_without_a_route_is_not_found(url: str) -> None:
    reply = requests.get(f"{url}/none", timeout=10)

    assert (reply.status_code, reply.json()) == (404, {"message": "Not Found"})


def test_a_failing_function_is_an_internal_error(url: str, functions: Functions) -> None:
    def fail(_: dict[str, Any]) -> object:
        raise FunctionError("KeyError", "secret detail")

    functions.answer = fail

    reply = requests.get(f"{url}/echo", timeout=10)

    assert (reply.status_code, reply.json()) == (500, {"message": "Internal Server Error"})


def test_a_function_that_takes_too_long_is_unavailable() -> None:
    gateway = Gateway(0)
    gateway.start([Route("ANY", "/", "Slow")], lambda _function, _event: Future(), integration_limit=0.05)

    reply = requests.get(gateway.url, timeout=10)

    assert (reply.status_code, reply.json()) == (503, {"message": "Service Unavailable"})
    gateway.stop()


@pytest.fixture
def opened(functions: Functions) -> Iterator[str]:
    """A gateway with a route for each method but OPTIONS, and with CORS."""
    gateway = Gateway(0)
    cors = Cors(("https://a.test",), ("GET",), ("authorization",), ("location",), 60)
    gateway.start([Route("GET", "/things", "Things")], functions.submit, cors=cors)
    yield gateway.url
    gateway.stop()


def test_a_preflight_that_no_route_takes_is_the_gateways_own_to_answer(opened: str, functions: Functions) -> None:
    asks = {"Origin": "https://a.test", "Access-Control-Request-Method": "GET"}

    reply = requests.options(f"{opened}/things", headers=asks, timeout=10)

    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (204, "https://a.test")
    assert not functions.events


def test_options_without_an_origin_are_no_preflight(opened: str) -> None:
    assert requests.options(f"{opened}/things", timeout=10).status_code == 404


def test_an_answer_to_an_allowed_page_has_the_gateways_headers(opened: str) -> None:
    reply = requests.get(f"{opened}/things", headers={"Origin": "https://a.test"}, timeout=10)

    assert (reply.status_code, reply.headers["access-control-allow-origin"]) == (200, "https://a.test")


def test_a_head_request_gets_no_body(url: str, functions: Functions) -> None:
    functions.answer = lambda _: {"statusCode": 200, "body": "four"}

    reply = requests.head(f"{url}/echo", timeout=10)

    assert (reply.content, reply.headers["content-length"]) == (b"", "4")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_is_served(url: str, functions: Functions, method: str) -> None:
    assert requests.request(method, f"{url}/echo", timeout=10).status_code == 200
    assert functions.events[0]["requestContext"]["http"]["method"] == method


def test_a_connection_serves_many_requests(url: str) -> None:
    request = b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"

    assert say(url, request * 2, request.replace(b"Host: a", LAST)).count(b"HTTP/1.1 200 OK") == 3


def test_a_chunked_body_arrives_whole(url: str) -> None:
    chunks = iter([b"first ", b"second"])

    reply = requests.post(f"{url}/echo", data=chunks, headers={"content-type": "text/plain"}, timeout=10)

    assert reply.text == "first second"


def test_a_body_that_comes_in_drips_arrives_whole(url: str) -> None:
    head = b"POST /echo HTTP/1.1\r\n" + LAST + b"\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\n"

    assert say(url, head[:9], head[9:], b"d", b"r", b"i", b"p").endswith(b"drip")


def test_a_body_over_the_limit_is_refused(url: str, functions: Functions) -> None:
    reply = requests.post(f"{url}/echo", data=b"x" * (BODY_LIMIT + 1), timeout=30)

    assert (reply.status_code, reply.json()) == (413, {"message": "Request Entity Too Large"})
    assert not functions.events


def test_a_chunked_body_over_the_limit_is_refused(url: str) -> None:
    chunks = (b"x" * (1 << 20) for _ in range(11))

    assert requests.post(f"{url}/echo", data=chunks, timeout=30).status_code == 413


def test_a_body_of_exactly_the_limit_is_taken(url: str) -> None:
    headers = {"content-type": "text/plain"}

    assert len(requests.post(f"{url}/echo", data=b"x" * BODY_LIMIT, headers=headers, timeout=30).text) == BODY_LIMIT


def test_a_client_may_ask_before_it_sends(url: str) -> None:
    reply = say(url, asking(2), b"hi")

    assert reply.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert reply.endswith(b"hi")


def test_a_client_that_asks_whether_it_may_send_too_much_is_not_told_to(url: str) -> None:
    assert say(url, asking(BODY_LIMIT + 1)).startswith(b"HTTP/1.1 413 ")


def asking(length: int) -> bytes:
    headers = b"Content-Type: text/plain\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n" % length
    return b"POST /echo HTTP/1.1\r\n" + LAST + b"\r\n" + headers


HOST = b"Host: a\r\n"


def get(rest: bytes) -> bytes:
    return b"GET /echo HTTP/1.1\r\n" + HOST + rest


def post(rest: bytes) -> bytes:
    return b"POST /echo HTTP/1.1\r\n" + HOST + rest


def chunked(rest: bytes) -> bytes:
    return post(b"Transfer-Encoding: chunked\r\n\r\n" + rest)


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n" + HOST + b"\r\n",
        b"GET /echo HTTP/1.1\r\n\r\n",
        b"GET /\xe9 HTTP/1.1\r\n" + HOST + b"\r\n",
        post(b"Content-Length: -1\r\n\r\n"),
        post(b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        post(b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        post(b"Transfer-Encoding: gzip\r\n\r\n"),
        chunked(b"zz\r\n"),
        chunked(b"1\r\nabc\r\n"),
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /" + b"a" * 70_000,
        get(b"X-A: b\r\n" * 2000 + b"\r\n"),
        get(b"X-A: " + b"b" * 10_240 + b"\r\n\r\n"),
        b"GET /echo\r\n" + HOST + b"\r\n",
        b"G(T /echo HTTP/1.1\r\n" + HOST + b"\r\n",
        b"GET /echo HTTP/1.1\nHost: a\n\n",
        get(b"X-A: b\nX-B: c\r\n\r\n"),
        get(b"X-A: b\rX-B: c\r\n\r\n"),
        get(b"X-A: b\r\n c\r\n\r\n"),
        b"GET /echo HTTP/1.1\r\n X-A: b\r\n" + HOST + b"\r\n",
        get(b"X-A : b\r\n\r\n"),
        get(b"X-A: \x00\r\n\r\n"),
        get(b"X-A: \x1b\r\n\r\n"),
        get(b"X-\xe9: b\r\n\r\n"),
        get(b"nonsense\r\nContent-Length: 4\r\n\r\nGET "),
        get(b": b\r\n\r\n"),
        get(HOST + b"\r\n"),
        post(b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na"),
        post(b"Content-Length: 1, 1\r\n\r\na"),
        post(b"Content-Length: " + b"9" * 30 + b"\r\n\r\na"),
        post(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"),
        chunked(b"0x1\r\na\r\n0\r\n\r\n"),
        chunked(b"1\na\r\n0\r\n\r\n"),
        chunked(b"2\n{}\n0\n\n"),
        chunked(b"ffffffff\r\n{}\r\n0\r\n\r\n"),
        chunked(b"0\r\n" + b"X-A: b\r\n" * 200),
        post(b"Content-Length: 10\r\n\r\nhalf"),
    ],
    ids=lambda value: repr(value[:70]),
)
def test_a_malformed_request_is_answered_and_ended(url: str, functions: Functions, request_bytes: bytes) -> None:
    head, _, body = say(url, request_bytes).rpartition(b"\r\n\r\n")

    assert head.split(b" ")[1][:1] == b"4"
    assert set(json.loads(body)) == {"message"}
    assert not functions.events


@pytest.mark.parametrize(
    "request_bytes",
    [b"GET /echo HTTP/1.1\r\nHost", post(b"Content-Length: 10\r\n\r\nhalf")],
    ids=["in the head", "in the body"],
)
def test_a_client_that_leaves_halfway_does_no_harm(url: str, functions: Functions, request_bytes: bytes) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(request_bytes)

    assert requests.get(f"{url}/echo", timeout=10).status_code == 200
    assert len(functions.events) == 1


@pytest.mark.parametrize("size", [1, 7])
def test_a_head_may_come_in_parts(url: str, size: int) -> None:
    request = b"GET /echo HTTP/1.1\r\n" + LAST + b"\r\nX-A: b\r\n\r\n"

    parts = (request[start : start + size] for start in range(0, len(request), size))

    assert say(url, *parts).startswith(b"HTTP/1.1 200 OK\r\n")


def test_many_that_wait_keep_nobody_from_an_answer() -> None:
    gateway = Gateway(0)
    waiting: list[Future[bytes]] = []

    def submit(function: str, _event: bytes) -> Future[bytes]:
        running: Future[bytes] = Future()
        if function == "Wait":
            waiting.append(running)
        else:
            running.set_result(b'"quick"')
        return running

    gateway.start([Route("GET", "/wait", "Wait"), Route("POST", "/", "Quick")], submit)
    with ThreadPoolExecutor(40) as clients:
        replies = [clients.submit(requests.get, f"{gateway.url}/wait", timeout=30) for _ in range(40)]
        while len(waiting) < len(replies):
            time.sleep(0.01)

        assert requests.post(gateway.url, timeout=5).text == "quick"
        assert not any(reply.done() for reply in replies)
        for running in waiting:
            running.set_result(b'"waited"')
        assert {reply.result().text for reply in replies} == {"waited"}
    gateway.stop()


def test_who_still_waits_at_the_end_is_told_that_the_service_is_unavailable() -> None:
    gateway = Gateway(0)
    asked = threading.Event()

    def submit(_function: str, _event: bytes) -> Future[bytes]:
        asked.set()
        return Future()

    gateway.start([Route("ANY", "/", "Slow")], submit)
    with ThreadPoolExecutor(1) as clients:
        reply = clients.submit(requests.get, gateway.url, timeout=30)
        assert asked.wait(10)
        gateway.stop()

        assert reply.result().status_code == 503
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", int(gateway.url.rpartition(":")[2])), timeout=1)


def test_a_body_does_not_wait_for_an_acknowledgement_of_its_head(url: str, functions: Functions) -> None:
    functions.answer = lambda _: {"statusCode": 200, "body": "four"}
    took = []
    with requests.Session() as session:
        for _ in range(40):
            began = time.perf_counter()
            session.get(f"{url}/echo", timeout=10)
            took.append(time.perf_counter() - began)

    # Linux puts an acknowledgement off for 40 ms, after the first few of a connection.
    assert min(took[20:]) < 0.035


def test_a_taken_port_says_which_to_choose(url: str) -> None:
    port = int(url.rpartition(":")[2])

    with pytest.raises(StartupError, match=f"port {port} .*PORT={port + 1}"):
        Gateway(port)
