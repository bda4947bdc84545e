"""The transport before real sockets: what is heard, what is lost, and what is not trusted."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
import trustme

from swiftcache_cli import transfer
from swiftcache_cli.errors import CliError
from swiftcache_cli.http import HttpTransport
from swiftcache_cli.transport import NotTrustedError, ReplyLostError

NOW = datetime.now(UTC)

DIGEST = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
"""The SHA-256 of `hello`."""


class Handler(BaseHTTPRequestHandler):
    """Tells what it was asked, or breaks off."""

    def do_GET(self) -> None:
        if self.path == "/broken":
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.path == "/silent":
            self.rfile.read(1)
            return
        if self.path == "/elsewhere":
            self._answer(302, b"", ("Location", "https://elsewhere.example.com"))
            return
        if self.path == "/file":
            self._answer(200, b"hello")
            return
        self._answer(429, self.headers["user-agent"].encode(), ("Retry-After", "7"))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self._answer(200 if body == b"hello" and "authorization" not in self.headers else 403, b"")

    def _answer(self, status: int, body: bytes, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Length", str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: it is a test."""


class Server(HTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: that a client does not trust us, or goes away, is what is tested."""


@contextmanager
def serving(secure: Callable[[socket.socket], socket.socket] = lambda plain: plain) -> Iterator[int]:
    """The port of a server."""
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = secure(server.socket)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever proxy this computer has."""
    monkeypatch.setenv("no_proxy", "*")


@pytest.fixture
def url() -> Iterator[str]:
    with serving() as port:
        yield f"http://127.0.0.1:{port}"


def test_status_headers_and_body_are_heard_and_who_asks_is_said(url: str) -> None:
    reply = HttpTransport(url, None).send("GET", "/any", {}, None)
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")
    assert reply.body.startswith(b"swiftcache-cli/")


def test_the_key_is_carried_to_no_other_address(url: str) -> None:
    assert HttpTransport(url, None).send("GET", "/elsewhere", {"Authorization": "Bearer x"}, None).status == 302


def test_a_connection_that_breaks_is_a_lost_reply(url: str) -> None:
    with pytest.raises(ReplyLostError, match="the connection broke before the answer"):
        HttpTransport(url, None).send("GET", "/broken", {}, None)


def test_an_answer_that_does_not_come_is_a_lost_reply(url: str) -> None:
    transport = HttpTransport(url, None, read_seconds=0.1)
    with pytest.raises(ReplyLostError, match="did not answer in time"):
        transport.send("GET", "/silent", {}, None)


def test_where_nobody_listens_the_systems_own_words_are_told() -> None:
    with serving() as port:
        pass
    with pytest.raises(ReplyLostError, match="Connection refused"):
        HttpTransport(f"http://127.0.0.1:{port}", None).send("GET", "/", {}, None)


def test_a_proxy_of_the_environment_is_used_as_other_programs_use_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("no_proxy")
    monkeypatch.setenv("http_proxy", url)
    assert HttpTransport("http://api.invalid", None).send("GET", "/any", {}, None).status == 429


def test_a_certificate_is_trusted_by_the_file_that_was_given_and_not_without_it(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(lambda plain: context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)) as port:
        url = f"https://127.0.0.1:{port}"
        assert HttpTransport(url, str(tmp_path / "ca.pem")).send("GET", "/", {}, None).status == 429
        with pytest.raises(NotTrustedError, match="certificate verify failed"):
            HttpTransport(url, None).send("GET", "/", {}, None)


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [(None, NOW - timedelta(days=1), "expired"), (NOW + timedelta(days=1), None, "not yet valid")],
    ids=["a clock that is ahead", "a clock that is behind"],
)
def test_a_clock_that_is_off_is_a_certificate_that_is_not_trusted(
    tmp_path: Path, begins: datetime | None, ends: datetime | None, said: str
) -> None:
    authority = trustme.CA()
    context = SSLContext(PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", not_before=begins, not_after=ends).configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with (
        serving(lambda plain: context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False)) as port,
        pytest.raises(NotTrustedError, match=said),
    ):
        HttpTransport(f"https://127.0.0.1:{port}", str(tmp_path / "ca.pem")).send("GET", "/", {}, None)


def test_a_file_is_there_when_all_of_it_is_and_right(url: str, tmp_path: Path) -> None:
    target = tmp_path / "backup.rdb"
    assert transfer.download(f"{url}/file", DIGEST, target) == 5
    assert target.read_bytes() == b"hello"


@pytest.mark.parametrize(
    ("path", "digest", "code"),
    [
        ("/file", "0" * 64, "WRONG_FILE"),
        ("/elsewhere", DIGEST, "TRANSFER_REFUSED"),
        ("/any", DIGEST, "TRANSFER_REFUSED"),
        ("/broken", DIGEST, "TRANSFER_BROKEN"),
    ],
)
def test_a_file_that_is_not_the_backup_is_not_there(
    url: str, tmp_path: Path, path: str, digest: str, code: str
) -> None:
    with pytest.raises(CliError) as caught:
        transfer.download(url + path, digest, tmp_path / "backup.rdb")
    assert caught.value.code == code
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_put_without_an_account_key(url: str, tmp_path: Path) -> None:
    (tmp_path / "old.rdb").write_bytes(b"hello")
    transfer.upload(f"{url}/bucket", tmp_path / "old.rdb")


def test_a_file_that_the_storage_refuses_is_an_error(url: str, tmp_path: Path) -> None:
    (tmp_path / "old.rdb").write_bytes(b"other")
    with pytest.raises(CliError, match="the storage answered 403"):
        transfer.upload(f"{url}/bucket", tmp_path / "old.rdb")
