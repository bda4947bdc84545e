"""A receiver on this machine of webhooks, and of answers to CloudFormation, which answers as a test tells it."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Message:
    """A request as it arrived; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes


def answers(status: int, **headers: str) -> Behaviour:
    """An answer with an empty body."""

    def behave(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return behave


@dataclass
class Receiver:
    """`behaviours` are used up one a message; then `otherwise` is what it does."""

    url: str
    port: int
    messages: list[Message] = field(default_factory=list)
    behaviours: list[Behaviour] = field(default_factory=list)
    otherwise: Behaviour = field(default_factory=lambda: answers(204))
    heard: threading.Condition = field(default_factory=threading.Condition)
    closing: threading.Event = field(default_factory=threading.Event)

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        message = Message(handler.path, headers, handler.rfile.read(length))
        with self.heard:
            self.messages.append(message)
            behave = self.behaviours.pop(0) if self.behaviours else self.otherwise
            self.heard.notify_all()
        behave(handler)

    def wait(self, count: int, seconds: float = 20) -> list[Message]:
        """All messages, once there are so many. Raises AssertionError."""
        with self.heard:
            enough = self.heard.wait_for(lambda: len(self.messages) >= count, seconds)
            assert enough, f"only {len(self.messages)} of {count} messages after {seconds} s"
            return list(self.messages)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A sender that goes away in the middle is what some tests are about."""


@contextmanager
def receiving(address: str = "127.0.0.1", tls: ssl.SSLContext | None = None, host: str = "") -> Iterator[Receiver]:
    """A receiver on this address, and a free port; `host` stands in the URL instead of the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.take(self)

        def do_GET(self) -> None:
            receiver.take(self)

        def do_PUT(self) -> None:
            receiver.take(self)

        def do_PATCH(self) -> None:
            receiver.take(self)

        def do_DELETE(self) -> None:
            receiver.take(self)

        def log_message(self, *_: object) -> None:
            pass

    with _Server((address, 0), Handler) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        port = int(server.server_address[1])
        scheme = "https" if tls else "http"
        receiver = Receiver(f"{scheme}://{host or address}:{port}/hook", port)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            receiver.closing.set()
            server.shutdown()
            thread.join()
