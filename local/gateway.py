"""API Gateway's HTTP API on 127.0.0.1: turns requests into events, and the functions' results into responses."""

import json
import re
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError, Future
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.aws import FunctionError
from local.errors import StartupError
from local.http_event import HttpRequest, HttpResponse, Routes, event, message, response
from local.http_head import Input, fault_of
from local.template import Route

BODY_LIMIT = 10 * 1024 * 1024  # bytes
INTEGRATION_LIMIT = 30.0  # seconds
_HOP_BY_HOP = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}

_MOST_TRAILERS = 100
_CHUNK_LINE = re.compile(rb"([0-9a-fA-F]{1,8})[ \t]*(;[^\r\n]*)?\r\n")

Submit = Callable[[str, bytes], Future[bytes]]


class Gateway:
    """Serves the routes of a template at a port."""

    def __init__(self, port: int) -> None:
        """Takes the port; clients that come before `start` wait. Raises StartupError if it is taken."""
        try:
            self._server = _Server(port)
        except OSError as error:
            raise StartupError(
                f"port {port} of 127.0.0.1 cannot be used ({error.strerror}); choose another: make run PORT={port + 1}"
            ) from error
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self, routes: Iterable[Route], submit: Submit, integration_limit: float = INTEGRATION_LIMIT) -> None:
        """Answers in the background. `submit` runs a function, JSON in, JSON out; limit in seconds."""
        self._server.answer = _Answer(Routes(routes), submit, integration_limit)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="gateway", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes no more requests and frees the port."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread = None
        self._server.server_close()


class _Answer:
    """From request to response, without the wire."""

    def __init__(self, routes: Routes, submit: Submit, limit: float) -> None:
        self._routes = routes
        self._submit = submit
        self._limit = limit

    def __call__(self, request: HttpRequest, request_id: str) -> HttpResponse:
        found = self._routes.find(request.method, request.path)
        if found is None:
            return message(404, "Not Found")
        route, parameters = found
        payload = json.dumps(event(request, route, parameters, request_id)).encode()
        running = self._submit(route.function, payload)
        try:
            return response(running.result(timeout=self._limit))
        except FunctionError:
            return message(500, "Internal Server Error")
        except (TimeoutError, CancelledError):
            return message(503, "Service Unavailable")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    answer: Callable[[HttpRequest, str], HttpResponse]

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)

    def server_bind(self) -> None:
        # Without HTTPServer's look-up of the host's name, which may ask the network.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


class _BadRequestError(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.response = message(status, text)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # a response leaves in one packet
    timeout = 60  # seconds of silence

    def setup(self) -> None:
        super().setup()
        self._input = Input(self.rfile)
        self.rfile: Any = self._input

    def __getattr__(self, name: str) -> Any:
        """Every method is served alike: the base class looks for `do_GET` and so on."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        request_id = str(uuid.uuid4())
        try:
            self._check_head()
            request = HttpRequest(
                method=self.command,
                target=self.path,
                headers=tuple((name.lower(), value.strip()) for name, value in self.headers.items()),
                body=self._body(),
                source_ip=str(self.client_address[0]),
            )
            answer = self.server.answer(request, request_id)
        except _BadRequestError as error:
            self.close_connection = True
            self.request_version = self.protocol_version  # else a request line without one gets no status line
            answer = error.response
        self._respond(answer, request_id)
        if self.close_connection:
            self._linger()

    def handle_one_request(self) -> None:
        self._input.begin()
        super().handle_one_request()

    def _check_head(self) -> None:
        fault = fault_of(self._input.end())
        if fault is not None:
            raise _BadRequestError(fault, HTTPStatus(fault).phrase)

    def _respond(self, answer: HttpResponse, request_id: str) -> None:
        self.send_response_only(answer.status)
        self.send_header("date", self.date_time_string())
        for name, value in answer.headers:
            if name not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("apigw-requestid", request_id)
        if self.close_connection:
            self.send_header("connection", "close")
        bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        if not bodiless:
            self.send_header("content-length", str(len(answer.body)))
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def _body(self) -> bytes:
        encodings = self.headers.get_all("transfer-encoding", [])
        lengths = self.headers.get_all("content-length", [])
        if len(encodings) + len(lengths) > 1:
            raise _BadRequestError(400, "Bad Request")
        if encodings:
            if encodings[0].lower() != "chunked":
                raise _BadRequestError(400, "Bad Request")
            return self._chunks()
        length = lengths[0] if lengths else "0"
        if not (length.isascii() and length.isdigit()):
            raise _BadRequestError(400, "Bad Request")
        return self._read(_number(length), 0)

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            body += self._read(size, len(body))
            if self.rfile.readline(3) != b"\r\n":
                raise _BadRequestError(400, "Bad Request")
        for _ in range(_MOST_TRAILERS):
            if self.rfile.readline(65537) in (b"\r\n", b""):
                return bytes(body)
        raise _BadRequestError(400, "Bad Request")

    def _chunk_size(self) -> int:
        size = _CHUNK_LINE.fullmatch(self._input.readline(1025))
        if size is None:
            raise _BadRequestError(400, "Bad Request")
        return int(size[1], 16)

    def _read(self, size: int, already: int) -> bytes:
        if already + size > BODY_LIMIT:
            raise _BadRequestError(413, "Request Entity Too Large")
        content = self._input.read(size)
        if len(content) < size:
            raise ConnectionAbortedError
        return content

    def _linger(self) -> None:
        """Takes what still comes for a moment: a reset would make some clients miss the response."""
        try:
            self.connection.shutdown(socket.SHUT_WR)
            self.connection.settimeout(1)
            for _ in range(1024):
                if not self.connection.recv(1 << 16):
                    return
        except OSError:
            return

    def handle_expect_100(self) -> bool:
        """Asks for a body only if it may come."""
        length = self.headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and _number(length) > BODY_LIMIT:
            return True
        allowed = super().handle_expect_100()
        self.wfile.flush()
        return allowed

    def send_error(self, code: int, message_text: str | None = None, explain: str | None = None) -> None:
        """What the base class finds wrong with a request line or headers."""
        self.close_connection = True
        self.request_version = self.protocol_version  # else a request line without one gets no status line
        self._respond(message(code, HTTPStatus(code).phrase), str(uuid.uuid4()))

    def log_message(self, *_: object) -> None:
        """Nothing: the functions have logs of their own."""


def _number(digits: str) -> int:
    """An integer, without the work of one that is longer than any body."""
    return int(digits) if len(digits) < 18 else BODY_LIMIT + 1
