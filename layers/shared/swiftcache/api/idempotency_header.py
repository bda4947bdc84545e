"""The header Idempotency-Key: what it may look like, what makes a request the same, and which answers are kept."""

import hashlib
import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from swiftcache.api.body_guard import Refused
from swiftcache.api.routes import NEVER_REPLAYED
from swiftcache.platform.tokens import sha256

if TYPE_CHECKING:
    from swiftcache.api.idempotency import Idempotency

HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replay"
MUTATIONS = frozenset({"DELETE", "PATCH", "POST", "PUT"})
MAX_KEY_LENGTH = 255

_KEY = re.compile(rf"[!-~]{{1,{MAX_KEY_LENGTH}}}")

Answer = dict[str, Any]
"""As API Gateway takes it: `statusCode`, `headers`, `body`."""


def key_of(event: dict[str, Any]) -> str | None:
    """The key of a mutation (an event of API Gateway, payload format 2.0); None if it has none. Raises Refused."""
    if event["requestContext"]["http"]["method"] not in MUTATIONS or event["routeKey"] in NEVER_REPLAYED:
        return None
    key: str | None = event.get("headers", {}).get(HEADER.lower())
    if key is not None and not _KEY.fullmatch(key):
        raise Refused(
            HTTPStatus.BAD_REQUEST,
            "INVALID_IDEMPOTENCY_KEY",
            f"{HEADER} must be 1 to {MAX_KEY_LENGTH} visible ASCII characters, such as a UUID",
        )
    return key


def answer_once(
    service: "Idempotency",
    event: dict[str, Any],
    account_key_id: str,
    key: str,
    seconds: float,
    resolve: Callable[[], Answer],
) -> Answer:
    """What `resolve` answers, or answered to the same request before; `seconds` are left to answer.

    Raises what `Idempotency.answer` raises.
    """
    # Few requests have a key.
    from swiftcache.api.idempotency import Done
    from swiftcache.api.idempotency_ports import IdempotentRequest

    def work() -> Done:
        answer = resolve()
        return Done(json.dumps(answer).encode(), is_kept(answer["statusCode"]))

    response = service.answer(IdempotentRequest(account_key_id, sha256(key), _fingerprint(event)), seconds, work)
    answer: Answer = json.loads(response.content)
    if response.replayed:
        answer["headers"] = {**answer.get("headers", {}), REPLAY_HEADER: "true"}
    return answer


def is_kept(status: int) -> bool:
    """Whether an answer of this status is given again; one that may pass by itself is worked out anew."""
    return status < HTTPStatus.INTERNAL_SERVER_ERROR and status != HTTPStatus.TOO_MANY_REQUESTS


def _fingerprint(event: dict[str, Any]) -> str:
    parts = [
        event["requestContext"]["http"]["method"],
        event["rawPath"],
        event.get("rawQueryString", ""),
        event.get("body") or "",
        event.get("isBase64Encoded", False),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
