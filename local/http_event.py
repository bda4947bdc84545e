"""API Gateway's HTTP API in plain data: routes, events of payload format 2.0, and the rules for a response."""

import base64
import binascii
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

from local.template import ACCOUNT, Route

_TEXT = re.compile(r"(?i)^(text/|application/(.*\+)?(json|xml|javascript|x-www-form-urlencoded)\b)")

_OF_THE_CONNECTION = {"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding", "upgrade"}
"""Headers that are the gateway's own to send."""


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came: `target` is the raw path and query; header names are in lower case."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        """The decoded path: HTTP APIs match routes with it, and hand it to functions."""
        return unquote(self.target.partition("?")[0])


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What goes back to the client."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Routes:
    """Finds the route of a request: the most specific one, as API Gateway does."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._routes = sorted(((_pattern(route), route) for route in routes), key=lambda pair: _rank(pair[1]))

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its path parameters, or None."""
        for pattern, route in self._routes:
            if route.method in (method, "ANY") and (match := pattern.fullmatch(path)):
                return route, match.groupdict()
        return None


def _pattern(route: Route) -> re.Pattern[str]:
    if route.path == "$default":
        return re.compile(".*", re.DOTALL)
    parts = re.split(r"\{(\w+)(\+?)\}", route.path)
    pattern = re.escape(parts[0])
    for name, greedy, literal in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        pattern += f"(?P<{name}>{'.+' if greedy else '[^/]+'})" + re.escape(literal)
    return re.compile(pattern, re.DOTALL)


def _rank(route: Route) -> tuple[bool, bool, str, bool]:
    """Sorts `$default` last, greedy paths before it, literal segments before variables, verbs before ANY."""
    shape = re.sub(r"[^/{}+]+", "a", route.path).replace("{", "~")
    return route.path == "$default", "+}" in route.path, shape, route.method == "ANY"


def event(request: HttpRequest, route: Route, parameters: dict[str, str], request_id: str) -> dict[str, Any]:
    """The event that the route's function gets."""
    query = request.target.partition("?")[2]
    headers = _joined((name, value) for name, value in request.headers if name != "cookie")
    # Whatever the client says: API Gateway sets it itself, there always to https.
    headers["x-forwarded-proto"] = "http"
    cookies = [cookie.strip() for name, value in request.headers if name == "cookie" for cookie in value.split(";")]
    key = "$default" if route.path == "$default" else f"{route.method} {route.path}"
    now = time.time()
    made: dict[str, Any] = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": request.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": headers.get("host", ""),
            "domainPrefix": "local",
            "http": {
                "method": request.method,
                "path": request.path,
                "protocol": "HTTP/1.1",
                "sourceIp": request.source_ip,
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": key,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    if cookies:
        made["cookies"] = cookies
    if query:
        made["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if parameters:
        made["pathParameters"] = parameters
    if request.body:
        made["body"], made["isBase64Encoded"] = _body(request.body, headers.get("content-type", ""))
    return made


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> tuple[str, bool]:
    if _TEXT.match(content_type):
        try:
            return body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(body).decode(), True


def message(status: int, text: str, *headers: tuple[str, str]) -> HttpResponse:
    """A response of API Gateway itself."""
    body = json.dumps({"message": text}, separators=(",", ":")).encode()
    return HttpResponse(status, (("content-type", "application/json"), *headers), body)


def response(payload: bytes) -> HttpResponse:
    """The response that a function's result stands for; a result that is none is a 500."""
    try:
        return _response(json.loads(payload))
    except (ValueError, TypeError, AttributeError, binascii.Error):
        return message(500, "Internal Server Error")


def _response(result: Any) -> HttpResponse:
    if not (isinstance(result, dict) and "statusCode" in result):
        plain = result if isinstance(result, str) else json.dumps(result)
        return HttpResponse(200, (("content-type", "application/json"),), plain.encode())
    status = int(result["statusCode"])
    if not 200 <= status <= 599:
        raise ValueError(f"no status of a response: {status}")
    given = [(name.lower(), _text(value)) for name, value in (result.get("headers") or {}).items()]
    headers = [(name, value) for name, value in given if name not in _OF_THE_CONNECTION]
    if not any(name == "content-type" for name, _ in headers):
        headers.append(("content-type", "text/plain;charset=UTF-8"))
    headers += [("set-cookie", cookie) for cookie in result.get("cookies") or []]
    if any("\n" in value or "\r" in value for _, value in headers):
        raise ValueError("a header holds a line break")
    text = cast(str, result.get("body") or "")
    body = base64.b64decode(text, validate=True) if result.get("isBase64Encoded") else text.encode()
    return HttpResponse(status, tuple(headers), body)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
