"""Refuses requests beyond AWS's quotas, as AWS does, in whichever form the service's clients expect."""

import json
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from xml.sax.saxutils import escape

from local.aws.quotas import QUOTAS, Quota, Refusal, TokenBucket

_BODIES: Mapping[str, str] = {
    "route53": (
        '<ErrorResponse xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><Error><Type>Sender</Type>'
        "<Code>{code}</Code><Message>{message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
    ),
    "ec2": (
        "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
        "<RequestID>{request}</RequestID></Response>"
    ),
}
"""Of the services whose errors are XML; the others have a JSON protocol."""


class Throttle:
    """An account's buckets, full at the beginning. `now` gives seconds. For any number of threads.

    `calls` and `refused` count, by the quota's name, what was asked for and what was refused.
    """

    def __init__(self, now: Callable[[], float], quotas: tuple[Quota, ...] = QUOTAS) -> None:
        self._buckets = {quota: TokenBucket(quota.burst, quota.rate, now) for quota in quotas}
        self._covering: dict[tuple[str, str], list[Quota]] = {}
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def request(self, service: str, operation: str) -> Refusal | None:
        """Counts a request; what it is refused with. One that is refused takes no token of any other quota."""
        with self._lock:
            covering = self._covering_quotas(service, operation)
            self.calls.update(quota.name for quota in covering)
            for quota in covering:
                if not self._buckets[quota].ready:
                    self.refused[quota.name] += 1
                    return quota.refusal
            for quota in covering:
                self._buckets[quota].take()
            return None

    def _covering_quotas(self, service: str, operation: str) -> list[Quota]:
        key = (service, operation)
        if key not in self._covering:
            self._covering[key] = [quota for quota in self._buckets if quota.covers(service, operation)]
        return self._covering[key]


def body(service: str, refusal: Refusal) -> tuple[str, bytes]:
    """The refusal's content type and body, in the service's protocol."""
    if service not in _BODIES:
        error = {"__type": refusal.code, "message": refusal.message}
        return "application/x-amz-json-1.1", json.dumps(error).encode()
    text = _BODIES[service].format(code=refusal.code, message=escape(refusal.message), request=uuid.uuid4())
    return "text/xml", text.encode()
