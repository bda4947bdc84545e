"""Leads every AWS request, from this process or over HTTP, to moto or to an operation that replaces moto's.

moto keeps its state in plain objects that were not made for threads: requests to one service pass one at a time.
An operation of ours (`replace`) runs outside that lock, as it may wait for processes and executions.
With a throttle, what is beyond AWS's quotas is refused before either sees it.
"""

import json
import re
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from xml.sax.saxutils import escape

import moto.backends
from botocore.awsrequest import AWSPreparedRequest
from moto.backend_index import backend_url_patterns
from moto.core.request import Request
from werkzeug.exceptions import HTTPException

from local.aws import throttling
from local.aws.throttling import Throttle

ACCOUNT = "123456789012"
REGION = "eu-central-1"

Parameters = dict[str, Any]
Operation = Callable[[Parameters], Mapping[str, object]]
PathOperation = Callable[[Request], "Response"]
Handler = Callable[[Request, str, Any], tuple[int, Mapping[str, Any], str | bytes]]


class ApiError(Exception):
    """A request that AWS refuses: `code` as boto3 shows it in ClientError."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Response:
    """What goes back to a client."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Dispatcher:
    """Answers requests. `prepare(service)` is called once for each service of moto, before its first request.

    Without a `throttle` there are no quotas.
    """

    def __init__(self, prepare: Callable[[str], None], throttle: Throttle | None = None) -> None:
        self._prepare = prepare
        self._throttle = throttle
        self._operations: dict[tuple[str, str], Operation] = {}
        self._paths: list[tuple[str, re.Pattern[str], PathOperation]] = []
        self._services: dict[str, str] = {}
        self._handlers: dict[str, list[tuple[re.Pattern[str], Handler]]] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._loading = threading.RLock()

    def replace(self, service: str, action: str, operation: Operation) -> None:
        """Let `operation` answer this action of a service with a JSON protocol. It may raise ApiError."""
        self._operations[service, action] = operation

    def replace_path(self, service: str, path: str, operation: PathOperation) -> None:
        """Let `operation` answer the requests of a service with a REST protocol whose path matches."""
        self._paths.append((service, re.compile(path), operation))

    def service_at(self, host: str) -> str:
        """moto's name of the service at an AWS host name. Raises LookupError for a host that is none."""
        if host not in self._services:
            url = f"https://{host}"
            found = next((name for name, pattern in backend_url_patterns if pattern.match(url)), None)
            if found is None:
                raise LookupError(f"no AWS service that the local stack knows has the address {host}")
            self._services[host] = found
        return self._services[host]

    def lock(self, service: str) -> threading.RLock:
        """The lock under which moto serves a service."""
        return self._locks.setdefault(service, threading.RLock())

    def respond(self, request: AWSPreparedRequest) -> Response:
        """Answer a request to an AWS address. Raises what moto raises when it has no answer."""
        parsed = Request.from_primitives(request.method, request.url, request.headers, request.body)
        service = self.service_at(parsed.host)
        target = parsed.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if self._throttle and (refusal := self._throttle.request(service, target or parsed.form.get("Action", ""))):
            kind, content = throttling.body(service, refusal)
            return Response(refusal.status, {"Content-Type": kind, "x-amzn-RequestId": str(uuid.uuid4())}, content)
        handlers = self._loaded(service)
        if operation := self._operations.get((service, target)):
            return _json_response(operation, parsed)
        for name, pattern, path_operation in self._paths:
            if name == service and pattern.fullmatch(parsed.path):
                return path_operation(parsed)
        with self.lock(service):
            response = _moto_response(handlers, parsed)
        if service == "cloudformation" and response.body.startswith(b"{"):
            return _as_cloudformation(response)
        return response

    def moto(self, service: str, action: str, parameters: Parameters) -> dict[str, Any]:
        """moto's own answer to an action of a service with a JSON protocol. Raises ApiError."""
        headers = {
            "X-Amz-Target": f"local.{action}",
            "Content-Type": "application/x-amz-json-1.1",
            "Authorization": f"AWS4-HMAC-SHA256 Credential=local/20260101/{REGION}/{service}/aws4_request",
        }
        host = f"{_ENDPOINTS.get(service, service)}.{REGION}.amazonaws.com"
        request = Request.from_primitives("POST", f"https://{host}/", headers, json.dumps(parameters))
        handlers = self._loaded(service)
        with self.lock(service):
            response = _moto_response(handlers, request)
        body: dict[str, Any] = json.loads(response.body or b"{}")
        if response.status >= 400:
            raise ApiError(body["__type"].rpartition("#")[2], body.get("message") or body.get("Message", ""))
        return body

    def _loaded(self, service: str) -> list[tuple[re.Pattern[str], Handler]]:
        if service not in self._handlers:
            with self._loading:
                self._prepare(service)
                self._handlers[service] = _handlers(service)
        return self._handlers[service]


_ENDPOINTS = {"stepfunctions": "states"}
"""The first label of an endpoint, where it is not moto's name of the service."""


def _handlers(service: str) -> list[tuple[re.Pattern[str], Handler]]:
    find = cast("Callable[[str], Mapping[str, Any]]", moto.backends.get_backend)
    regions = find(service)[ACCOUNT]
    backend = regions[REGION if REGION in regions else "aws"]
    return [(re.compile(url), handler) for url, handler in backend.urls.items()]


def _moto_response(handlers: list[tuple[re.Pattern[str], Handler]], request: Request) -> Response:
    url = request.raw_url.partition("?")[0]
    for pattern, handler in handlers:
        if pattern.match(url):
            try:
                status, headers, body = handler(request, request.raw_url, request.headers)
            except HTTPException as error:
                status, headers, body = error.code or 500, dict(error.get_headers()), error.get_body()
            content = body.encode() if isinstance(body, str) else body
            return Response(status, {key: str(value) for key, value in headers.items()}, content)
    raise NotImplementedError(f"moto has no operation at {request.method} {url}")


def _as_cloudformation(response: Response) -> Response:
    """Another service's error, as it refuses a resource of a template, in the form of CloudFormation's own."""
    error = json.loads(response.body)
    message = escape(f"{error.get('__type', '')}: {error.get('message', error.get('Message', ''))}")
    body = f"<ErrorResponse><Error><Code>ValidationError</Code><Message>{message}</Message></Error></ErrorResponse>"
    return Response(response.status, {**response.headers, "Content-Type": "text/xml"}, body.encode())


def _json_response(operation: Operation, request: Request) -> Response:
    request_id = str(uuid.uuid4())
    headers = {"Content-Type": "application/x-amz-json-1.1", "x-amzn-RequestId": request_id}
    try:
        body = operation(json.loads(request.get_data() or b"{}"))
    except ApiError as error:
        refusal = json.dumps({"__type": error.code, "message": error.message}).encode()
        return Response(400, headers, refusal)
    return Response(200, headers, json.dumps(body).encode())
