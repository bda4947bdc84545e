"""A client of the API, as README recommends one: a connection that stays open, and long polls."""

import threading
import time
from dataclasses import dataclass
from typing import Any, Self

import requests

from tests.e2e.api import MIB

ANSWER_SECONDS = 60.0
"""Until an answer is given up: twice what API Gateway takes."""

PATIENCE = 600.0
"""Seconds in which a request is sent again when it was not served: under load it has to wait."""

_COME_AGAIN = (409, 429, 500, 503)
"""Also 409: the first of two requests with the same Idempotency-Key is still at work."""


class Refused(Exception):
    """The API answered what it should not have."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A creation that was accepted. `key` is the plain instance key, `at` the clock's time when it was sent."""

    id: str
    key: str
    at: float


class Customer:
    """Holder of an account key; enter it to keep a connection open. Not for several threads."""

    def __init__(self, url: str, token: str, organization_id: str, stop: threading.Event | None = None) -> None:
        self.organization_id = organization_id
        self.put_off = 0
        """How many requests were told to come again, or met a server that gave up, and did come again."""
        self._stop = stop or threading.Event()
        self._instances = f"{url}/api/v1/instances"
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def create(self, key: str | None = None) -> Posted:
        """The smallest instance. With an Idempotency-Key it is made once, however often it is asked for.

        Raises Refused.
        """
        wanted = {
            "organizationId": self.organization_id,
            "name": "bench",
            "maxMemory": 10 * MIB,
            "region": "eu-central",
        }
        began = time.perf_counter()
        body = self._send("POST", "", 201, json=wanted, headers=key and {"Idempotency-Key": key}).json()
        return Posted(body["instance"]["id"], body["createdDefaultKey"]["plainTextKey"], began)

    def running(self, instance_id: str) -> dict[str, Any]:
        """The instance, as soon as the API says that it runs. Raises Refused if it will not."""
        while (instance := self._get(instance_id, "RUNNING"))["status"] == "PROVISIONING":
            continue
        if instance["status"] != "RUNNING":
            raise Refused(f"{instance_id} is {instance['status']}: {instance.get('error')}")
        return instance

    def delete(self, instance_id: str) -> None:
        """Returns when it is accepted, or it is gone: nobody may have heard of the answer. Raises Refused."""
        self._send("DELETE", f"/{instance_id}", 202, 404)

    def deleted(self, instance_id: str) -> None:
        """Returns when the API says that it is gone. Raises Refused."""
        while self._get(instance_id, "DELETED")["status"] != "DELETED":
            continue

    def find(self, instance_id: str) -> dict[str, Any] | None:
        """As it is now; None once it is gone."""
        answer = self._send("GET", f"/{instance_id}", 200, 404)
        found: dict[str, Any] | None = answer.json()["instance"] if answer.status_code == 200 else None
        return found

    def is_there(self, instance_id: str) -> bool:
        return self.find(instance_id) is not None

    def instances(self) -> list[dict[str, Any]]:
        """All of the organization's, in as few pages as there are."""
        found: list[dict[str, Any]] = []
        query: dict[str, Any] = {"organizationId": self.organization_id, "limit": 100}
        while True:
            page = self._send("GET", "", 200, params=query).json()
            found += page["instances"]
            if not page.get("nextCursor"):
                return found
            query["cursor"] = page["nextCursor"]

    def _get(self, instance_id: str, wanted: str) -> dict[str, Any]:
        answer = self._send("GET", f"/{instance_id}", 200, params={"waitFor": wanted, "timeout": 25})
        instance: dict[str, Any] = answer.json()["instance"]
        return instance

    def _send(self, method: str, path: str, *expected: int, **options: Any) -> requests.Response:
        """Comes again when told to, and when the server gave up."""
        deadline = time.monotonic() + PATIENCE
        while True:
            answer = self._session.request(method, self._instances + path, timeout=ANSWER_SECONDS, **options)
            if answer.status_code in expected:
                return answer
            over = time.monotonic() > deadline or self._stop.is_set()
            if answer.status_code not in _COME_AGAIN or over:
                raise Refused(f"{method} {path} was answered {answer.status_code}: {answer.text[:200]}")
            self.put_off += 1
            self._stop.wait(float(answer.headers.get("retry-after", 1)))
