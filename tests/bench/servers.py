"""Servers, and how to run one in a process of its own: what it does then takes nothing from what is measured."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parents[2]


class Server(ThreadingHTTPServer):
    """At a free port of 127.0.0.1, in the background, with a `state` for its handlers."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler], state: Any) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.state = state
        self.address = f"127.0.0.1:{self.server_port}"
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed is no news."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers over connections that stay open, each answer in one packet."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: Server

    def get(self) -> None:
        """For a server that answers such requests."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def post(self) -> None:
        """For a server that answers such requests."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def put(self) -> None:
        """For a server that answers such requests."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def head(self) -> None:
        """For a server that answers such requests."""
        self.send_error(HTTPStatus.NOT_IMPLEMENTED)

    def do_GET(self) -> None:
        self.get()

    def do_POST(self) -> None:
        self.post()

    def do_PUT(self) -> None:
        self.put()

    def do_HEAD(self) -> None:
        self.head()

    def content(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def respond(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def serving(module: str, *arguments: str) -> Iterator[str]:
    """Runs `python -m tests.bench.<module>`; gives the line that it prints once it serves. Ended with the block.

    Raises RuntimeError if it ends before it serves.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.bench.{module}", *arguments],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"tests.bench.{module} did not come to serve")
        yield line
    finally:
        # The end of its input is its sign to end; so it ends with us, too, whatever becomes of us.
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def serve(line: str) -> None:
    """In the server's process: says that it serves, and returns when it is to end."""
    print(line, flush=True)
    sys.stdin.read()
