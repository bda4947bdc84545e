"""The API, as one who asks patiently: the same request again while it may still help, and the last answer explained."""

import json
import random
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from swiftcache_cli.credentials import Credentials
from swiftcache_cli.errors import CliError, UnreachableError
from swiftcache_cli.problems import error_of
from swiftcache_cli.transport import NotTrustedError, Reply, ReplyLostError, Transport

Json = dict[str, Any]

BASE = "/api/v1"
PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds between the tries, at most: half of each by chance, so that many clients do not come back together."""
LONGEST_PAUSE = 60.0
"""What an answer may ask us to wait. Beyond it a person would rather hear of it."""

_TRANSIENT = frozenset({500, 502, 503, 504})
_AGAIN = frozenset({"RATE_LIMITED", "IDEMPOTENT_REQUEST_IN_PROGRESS"})


class Client:
    """Requests with an account key. What changes something has one Idempotency-Key over all its tries."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        sleep: Callable[[float], None],
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.credentials = credentials
        self._transport = transport
        self._sleep = sleep
        self._chance = chance

    def get(self, path: str, **query: object) -> Json:
        return self.request("GET", path, query)

    def post(self, path: str, body: Json | None = None) -> Json:
        return self.request("POST", path, body=body)

    def patch(self, path: str, body: Json) -> Json:
        return self.request("PATCH", path, body=body)

    def delete(self, path: str, **query: object) -> Json:
        return self.request("DELETE", path, query)

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Json | None = None,
        idempotency_key: str | None = None,
    ) -> Json:
        """The answer's body. Raises CliError; UnreachableError if it may have been done without our hearing of it."""
        return self.replayable(method, path, query, body, idempotency_key)[0]

    def replayable(
        self,
        method: str,
        path: str,
        query: Mapping[str, object] | None = None,
        body: Json | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[Json, bool]:
        """The same, and whether it is the answer to an earlier request with this idempotency key."""
        headers = {"Authorization": f"Bearer {self.credentials.api_key}", "Accept": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = idempotency_key or str(uuid4())
        if body is not None:
            headers["Content-Type"] = "application/json"
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        target = BASE + path + (f"?{urlencode(asked)}" if asked else "")
        reply = self._send(method, target, headers, None if body is None else json.dumps(body).encode())
        if reply.status >= 300:
            raise error_of(reply, self.credentials)
        return _json(reply, self.credentials), reply.headers.get("idempotent-replay") == "true"

    def _send(self, method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> Reply:
        for pause in (*PAUSES, None):
            reply, lost = self._try(method, target, headers, body)
            if reply is not None and not _comes_again(reply):
                return reply
            wait = None if pause is None else self._pause(pause, reply)
            if wait is None:
                break
            self._sleep(wait)
        if reply is not None:
            return reply
        raise UnreachableError(
            f"the API at {self.credentials.api_url} cannot be reached: {lost}",
            code="API_UNREACHABLE",
            hint=f"Is the address right, and the network up? It is from {self.credentials.source}",
        )

    def _try(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[Reply | None, str]:
        try:
            return self._transport.send(method, target, headers, body), ""
        except ReplyLostError as error:
            return None, str(error)
        except NotTrustedError as error:
            raise CliError(
                f"the certificate of {self.credentials.api_url} is not trusted: {error}",
                code="NOT_TRUSTED",
                hint="No key was sent. Is this computer's clock right (date)? Is the address that of your API?",
            ) from None

    def _pause(self, most: float, reply: Reply | None) -> float | None:
        """None if the answer wants a longer one than anybody has patience for."""
        asked = _retry_after(reply) if reply else None
        if asked is None:
            return most * (0.5 + self._chance() / 2)
        return asked if asked <= LONGEST_PAUSE else None


def _comes_again(reply: Reply) -> bool:
    return reply.status in _TRANSIENT or (reply.status in (409, 429) and _code(reply) in _AGAIN)


def _code(reply: Reply) -> str:
    """A 429 without a code is API Gateway's own, of its throttle."""
    try:
        return str(json.loads(reply.body)["code"])
    except (ValueError, KeyError, TypeError):
        return "RATE_LIMITED" if reply.status == 429 else ""


def _retry_after(reply: Reply) -> float | None:
    text = reply.headers.get("retry-after", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _json(reply: Reply, credentials: Credentials) -> Json:
    if not reply.body:
        return {}
    try:
        found = json.loads(reply.body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise UnreachableError(
            f"what answers at {credentials.api_url} is no SwiftCache API: it sends no JSON",
            code="NOT_AN_API",
            hint=f"The address is from {credentials.source}",
        )
    return found
