"""API Gateway's HTTP API on 127.0.0.1: turns requests into events, and the functions' results into responses.

uvicorn serves it; a request that waits for its function takes no thread.
"""

import asyncio
import json
import os
import socket
import threading
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from http import HTTPStatus
from typing import TYPE_CHECKING

from uvicorn.config import Config
from uvicorn.server import Server

from local.aws import FunctionError
from local.cors import Cors, is_preflight
from local.errors import StartupError
from local.http_event import HttpRequest, HttpResponse, Routes, event, message, response
from local.http_head import StrictProtocol
from local.template import Route

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope

BODY_LIMIT = 10 * 1024 * 1024  # bytes
INTEGRATION_LIMIT = 30.0  # seconds
SILENCE_LIMIT = 5.0  # seconds without a part of a body that is to come
_KEEP_ALIVE = 60  # seconds
_STOP_LIMIT = 1  # second

Submit = Callable[[str, bytes], Future[bytes]]


class Gateway:
    """Serves the routes of a template at a port."""

    def __init__(self, port: int) -> None:
        """Takes the port; clients that come before `start` wait. Raises StartupError if it is taken."""
        try:
            self._socket = socket.create_server(("127.0.0.1", port), backlog=128)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise StartupError(
                f"port {port} of 127.0.0.1 cannot be used ({reason}); choose another: make run PORT={port + 1}"
            ) from error
        # asyncio does this for sockets that say they are TCP; else a response waits 40 ms for an acknowledgement.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server: Server | None = None
        self._thread: threading.Thread | None = None
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def start(
        self,
        routes: Iterable[Route],
        submit: Submit,
        integration_limit: float = INTEGRATION_LIMIT,
        silence_limit: float = SILENCE_LIMIT,
        cors: Cors | None = None,
    ) -> None:
        """Answers in the background. `submit` runs a function, JSON in, JSON out; limits in seconds."""
        config = Config(
            _App(_Answer(Routes(routes), submit, integration_limit, cors), silence_limit),
            http=StrictProtocol,
            ws="none",
            interface="asgi3",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=_STOP_LIMIT,
        )
        self._server = Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="gateway", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Takes no more requests, frees the port, and gives what is being answered a second."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join()
            self._server = self._thread = None
        self._socket.close()


class _Answer:
    """From request to response, without the wire."""

    def __init__(self, routes: Routes, submit: Submit, limit: float, cors: Cors | None) -> None:
        self._routes = routes
        self._submit = submit
        self._limit = limit
        self._cors = cors

    async def __call__(self, request: HttpRequest, request_id: str) -> HttpResponse:
        answer = await self._of_route(request, request_id)
        return answer if self._cors is None else self._cors.answered(request, answer)

    async def _of_route(self, request: HttpRequest, request_id: str) -> HttpResponse:
        found = self._routes.find(request.method, request.path)
        if found is None:
            # Not where a route takes OPTIONS, as $default does: there it is the function's to answer.
            return HttpResponse(204, (), b"") if self._cors and is_preflight(request) else message(404, "Not Found")
        route, parameters = found
        payload = json.dumps(event(request, route, parameters, request_id)).encode()
        running = asyncio.wrap_future(self._submit(route.function, payload))
        try:
            # The shield: a function goes on when the gateway no longer waits for it.
            return response(await asyncio.wait_for(asyncio.shield(running), self._limit))
        except FunctionError:
            return message(500, "Internal Server Error")
        except (TimeoutError, asyncio.CancelledError):
            return message(503, "Service Unavailable")


class _DisconnectedError(Exception):
    pass


class _App:
    """The ASGI application."""

    def __init__(self, answer: _Answer, silence_limit: float) -> None:
        self._answer = answer
        self._silence_limit = silence_limit

    async def __call__(self, scope: "Scope", receive: "ASGIReceiveCallable", send: "ASGISendCallable") -> None:
        assert scope["type"] == "http"
        request_id = str(uuid.uuid4())
        try:
            answer = await self._serve(scope, receive, request_id)
        except TimeoutError:
            answer = message(408, "Request Timeout", ("connection", "close"))
        except _DisconnectedError:
            return
        await _respond(answer, request_id, send)

    async def _serve(self, scope: "HTTPScope", receive: "ASGIReceiveCallable", request_id: str) -> HttpResponse:
        headers = tuple((name.decode(), value.decode("latin-1")) for name, value in scope["headers"])
        body = await self._body(int(dict(headers).get("content-length", "0")), receive)
        if body is None:
            # uvicorn takes what still comes: some clients only listen when they have sent all.
            return message(413, "Request Entity Too Large")
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        source_ip, _ = scope["client"] or ("", 0)
        return await self._answer(HttpRequest(scope["method"], target.decode(), headers, body, source_ip), request_id)

    async def _body(self, length: int, receive: "ASGIReceiveCallable") -> bytes | None:
        """None if it is too large. Raises TimeoutError if it does not come, _DisconnectedError."""
        body = bytearray()
        while max(length, len(body)) <= BODY_LIMIT:
            part = await asyncio.wait_for(receive(), self._silence_limit)
            if part["type"] != "http.request":
                raise _DisconnectedError
            body += part["body"]
            if not part["more_body"] and len(body) <= BODY_LIMIT:
                return bytes(body)
        return None


async def _respond(answer: HttpResponse, request_id: str, send: "ASGISendCallable") -> None:
    headers = [*answer.headers, ("apigw-requestid", request_id)]
    bodiless = answer.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if not bodiless:
        headers.append(("content-length", str(len(answer.body))))
    encoded = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded, "trailers": False})
    await send({"type": "http.response.body", "body": b"" if bodiless else answer.body, "more_body": False})
