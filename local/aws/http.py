"""The substitutes over HTTP, for functions, the AWS CLI and tests in other processes.

A server of our own and not moto's: on one connection it answers about twice as many requests a second
(440 against 240 GetItem), and it starts without Flask. Both lead to the same moto.
"""

import contextlib
import json
import re
import socket
import socketserver
import sys
import threading
import traceback
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote

from botocore.awsrequest import AWSPreparedRequest
from botocore.compat import HTTPHeaders

from local.aws import links
from local.aws.dispatch import Dispatcher, Response

METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
HOSTS = {"route53": "route53.amazonaws.com", "iam": "iam.amazonaws.com"}
"""The services with one address for the whole world."""


class Endpoint:
    """Listens on one address until it is closed."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        port: int,
        host: str = "127.0.0.1",
        within: AbstractContextManager[None] | None = None,
    ) -> None:
        """`within` is the network that has the host, if not this one.

        Raises OSError when the port is taken, or the host is not there.
        """
        methods = {f"do_{method}": _Handler.answer for method in METHODS}
        handler = type("Handler", (_Handler,), {"dispatcher": dispatcher, **methods})
        with within or nullcontext():
            self._server = _Server((host, port), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True)
        self._thread.start()
        self.url = f"http://{host}:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        super().__init__(address, handler)

    def server_bind(self) -> None:
        """Without the look-up of the name that the address has, for which there may be nobody to ask."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.socket.getsockname()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the connections that clients keep open, too: they would reach the next stack's state."""
        super().server_close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # one write for head and body: without it, each answer waits for the client's ACK
    dispatcher: Dispatcher

    def answer(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            ended = links.refusal(self.path, datetime.now(UTC))
            response = ended or self.dispatcher.respond(self._to_aws(content))
        except Exception as error:
            response = _failure(error)
        self.send_response_only(response.status)
        length = str(len(response.body))
        for name, value in response.headers.items():
            if name.lower() == "content-length" and self.command == "HEAD":
                length = value  # of what a GET would answer
            elif name.lower() not in ("content-length", "connection"):
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def _to_aws(self, content: bytes) -> AWSPreparedRequest:
        """The request as it would go to AWS: the service is the one that its signature is for, which a link has in its
        query."""
        authorization = self.headers.get("Authorization", "") or unquote(self.path)
        try:
            _, _, region, service, _ = re.split("[,&]", authorization.split("Credential=")[1])[0].split("/")
        except (IndexError, ValueError):
            raise LookupError("the request is not signed (with any credentials), so names no service") from None
        if self.headers.get("X-Amz-Target", "").startswith("DynamoDBStreams"):
            service = "streams.dynamodb"
        host = HOSTS.get(service, f"{service}.{region}.amazonaws.com")
        headers = HTTPHeaders()
        for name, value in self.headers.items():
            if name.lower() != "host":
                headers[name] = value
        return AWSPreparedRequest(self.command, f"https://{host}{self.path}", headers, content, False)


def _failure(error: Exception) -> Response:
    """What a client gets for an error that is not AWS's: 501 where moto lacks something, 500 for a defect."""
    status = 501 if isinstance(error, NotImplementedError | LookupError) else 500
    if status == 500:
        traceback.print_exception(error)
    body = json.dumps({"__type": "LocalStackError", "message": f"{type(error).__name__}: {error}"})
    return Response(status, {"Content-Type": "application/x-amz-json-1.1"}, body.encode())
