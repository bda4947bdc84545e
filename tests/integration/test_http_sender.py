"""Sending to real receivers on this machine: good, slow, broken and hostile ones."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import trustme
from standardwebhooks import Webhook as Verifier

from swiftcache.webhooks.model import AttemptError
from swiftcache.webhooks.ports import Sent
from swiftcache.webhooks.sender import HttpSender
from swiftcache.webhooks.signature import new_signing_secret, signed_headers
from swiftcache.webhooks.target_guard import TargetGuard, networks_of
from tests.receiver import Receiver, answers, receiving

HOST = "hooks.example.com"
LOOPBACK = networks_of("127.0.0.0/8")


def to_loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


def sender(seconds: float = 5.0) -> HttpSender:
    return HttpSender(TargetGuard(LOOPBACK, to_loopback), seconds)


def send(url: str, seconds: float = 5.0) -> Sent:
    return sender(seconds).send(url, {}, b"{}")


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """The only authority that the sender trusts."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return authority


def server_tls(authority: trustme.CA, host: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(host).configure_cert(context)
    return context


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def test_a_message_arrives_as_the_convention_says(receiver: Receiver) -> None:
    secret, body = new_signing_secret(), b'{"type": "instance.status_changed"}'
    headers = signed_headers(secret, "evt_1", int(time.time()), body)
    sent = sender().send(receiver.url, headers, body)
    assert (sent.status_code, sent.error) == (204, None)
    [message] = receiver.messages
    assert (message.path, message.body) == ("/hook", body)
    assert message.headers["content-type"] == "application/json"
    assert message.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert Verifier(secret).verify(message.body, message.headers) == {"type": "instance.status_changed"}


def test_tls_is_verified_for_the_name_although_the_address_is_called(authority: trustme.CA) -> None:
    with receiving(tls=server_tls(authority, HOST), host=HOST) as receiver:
        assert send(receiver.url).status_code == 204
        [message] = receiver.messages
        assert message.headers["host"] == f"{HOST}:{receiver.port}"


def test_a_certificate_for_another_name_is_refused(authority: trustme.CA) -> None:
    with receiving(tls=server_tls(authority, "other.example.com"), host=HOST) as receiver:
        assert send(receiver.url).error is AttemptError.TLS_FAILED
        assert receiver.messages == []


def test_a_certificate_of_an_unknown_authority_is_refused(authority: trustme.CA) -> None:
    with receiving(tls=server_tls(trustme.CA(), HOST), host=HOST) as receiver:
        assert send(receiver.url).error is AttemptError.TLS_FAILED
        assert receiver.messages == []


def test_a_name_is_resolved_once_so_that_it_cannot_change_its_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    """DNS rebinding: an allowed address for the check, and another for the connection."""
    given = iter([["127.0.0.1"], ["127.0.0.2"]])
    looked_up: list[object] = []
    system = socket.getaddrinfo

    def watched(host: Any, *arguments: Any, **named: Any) -> Any:
        looked_up.append(host)
        return system(host, *arguments, **named)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    with receiving(host=HOST) as receiver:
        sent = HttpSender(TargetGuard(LOOPBACK, lambda *_: next(given))).send(receiver.url, {}, b"{}")
        assert (sent.status_code, len(receiver.messages)) == (204, 1)
    assert looked_up == ["127.0.0.1"]


def test_a_target_that_became_private_is_not_called() -> None:
    with receiving(host=HOST) as receiver:
        assert HttpSender(TargetGuard(resolve=to_loopback)).send(receiver.url, {}, b"{}").error is (
            AttemptError.TARGET_FORBIDDEN
        )
        assert receiver.messages == []


def test_the_next_address_is_tried_where_the_first_takes_no_connection(receiver: Receiver) -> None:
    guard = TargetGuard(LOOPBACK, lambda *_: ["127.0.0.9", "127.0.0.1"])
    assert HttpSender(guard).send(receiver.url, {}, b"{}").status_code == 204


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: Receiver, status: int) -> None:
    with receiving() as elsewhere:
        receiver.otherwise = answers(status, Location=elsewhere.url)
        sent = send(receiver.url)
        assert (sent.status_code, sent.error) == (status, AttemptError.STATUS_NOT_2XX)
        assert elsewhere.messages == []


@pytest.mark.parametrize("status", [400, 410, 429, 500, 503])
def test_only_a_2xx_delivers(receiver: Receiver, status: int) -> None:
    receiver.otherwise = answers(status)
    sent = send(receiver.url)
    assert (sent.status_code, sent.error) == (status, AttemptError.STATUS_NOT_2XX)


def test_a_receiver_that_is_not_there_is_an_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/").error is AttemptError.CONNECTION_FAILED


def test_a_receiver_that_hangs_up_is_an_error(receiver: Receiver) -> None:
    receiver.otherwise = lambda handler: handler.connection.shutdown(socket.SHUT_RDWR)
    assert send(receiver.url).error is AttemptError.CONNECTION_FAILED


def test_what_is_not_http_is_an_error(receiver: Receiver) -> None:
    def speak_otherwise(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"-ERR unknown command 'POST'\r\n")

    receiver.otherwise = speak_otherwise
    assert send(receiver.url).error is AttemptError.NOT_HTTP


def test_a_receiver_that_does_not_answer_is_not_waited_for(receiver: Receiver) -> None:
    def say_nothing(_: BaseHTTPRequestHandler) -> None:
        receiver.closing.wait(10)

    receiver.otherwise = say_nothing
    sent = send(receiver.url, seconds=0.2)
    assert (sent.status_code, sent.error) == (None, AttemptError.TIMED_OUT)
    assert sent.duration_ms >= 200


def test_a_receiver_that_answers_byte_by_byte_is_not_waited_for(receiver: Receiver) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not receiver.closing.wait(0.02):
            handler.wfile.write(b"X-Drip: x\r\n")

    receiver.otherwise = drip
    assert send(receiver.url, seconds=0.3).error is AttemptError.TIMED_OUT


def test_a_tls_handshake_that_never_ends_is_not_waited_for(authority: trustme.CA) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"https://{HOST}:{silent.getsockname()[1]}/"
        assert send(url, seconds=0.2).error is AttemptError.TIMED_OUT


def test_a_huge_answer_is_not_read(receiver: Receiver) -> None:
    written: list[int] = []

    def flood(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        block = b"x" * 1024 * 1024
        for _ in range(1024):
            handler.wfile.write(block)
            written.append(len(block))

    receiver.otherwise = flood
    sent = send(receiver.url)
    assert (sent.status_code, sent.error) == (200, None)
    assert sum(written) < 100 * 1024 * 1024


def test_endless_headers_are_an_error(receiver: Receiver) -> None:
    def talk(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n" + b"X-More: x\r\n" * 1000 + b"\r\n")

    receiver.otherwise = talk
    assert send(receiver.url).error is AttemptError.NOT_HTTP
