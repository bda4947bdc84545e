"""The API's part of the matrix: the function dies before or after each of its calls to AWS, and a retry repairs it.

What repairs is the same request again, with an Idempotency-Key where it makes something, and without where it need
not: the world must be as if it had come once. What that is, a request shows that nobody disturbs.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.api.idempotency_header import MUTATIONS
from swiftcache.api.routes import ACCESS
from swiftcache.organizations.model import DEFAULT_LIMITS
from swiftcache.organizations.service import create_organization
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import clock
from swiftcache.platform.tokens import sha256
from tests.api_world import Answer, deliver
from tests.faults.cells import Cell
from tests.faults.pace import bearable
from tests.faults.report import Row
from tests.faults.routes import REQUESTS, Asking, Request
from tests.faults.verdict import Complaint, Kind
from tests.faults.world import Delta, World
from tests.integration.mortal_api import LATER
from tests.receiver import receiving
from tests.samples import a_caller
from tests.statemachine.cloud import Cloud
from tests.statemachine.deaths import Deaths, Died
from tests.statemachine.tenants import tenant

MOMENTS = ("before", "after")
GROUP = "api"
SAYING_SO = ("CHANGE_IN_PROGRESS", "NOT_AUTHENTICATED", "NOT_FOUND")


def cells() -> list[Cell]:
    """Each request that writes, at both moments. Raises LookupError for a route without a request."""
    writing = [route for route in ACCESS if route.partition(" ")[0] in MUTATIONS]
    for route in writing:
        if not any(name.partition(": ")[0] == route for name in REQUESTS):
            raise LookupError(f"{route}: tests/faults/routes.py has no request for this route")
    return [Cell(GROUP, name, moment) for name in REQUESTS for moment in MOMENTS]


@dataclass(frozen=True)
class Reference:
    """What an undisturbed request calls, answers and changes."""

    calls: list[str]
    status: int
    delta: Delta


class Api:
    """The API of a running service. Not for use by several threads."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._deaths = Deaths(cloud)
        self._world = World(cloud)
        self._ahead = timedelta()
        self._number = 0
        self._ending = ExitStack()
        self._receiver = self._ending.enter_context(receiving())
        patch = self._ending.enter_context(pytest.MonkeyPatch.context())
        patch.setitem(cloud.injector.given, clock, lambda: datetime.now(UTC) + self._ahead)
        made = create_organization(
            accounts(cloud.injector), a_caller(), "Operator", DEFAULT_LIMITS, Role.OPERATOR, datetime.now(UTC)
        )
        # So that no request has to note that this key was used; its owner's, which is new each time, has to.
        accounts(cloud.injector).record_use(sha256(made.plain_key), "9999")
        self._operator = made.plain_key

    def close(self) -> None:
        self._deaths.close()
        self._ending.close()

    def reference(self, name: str) -> Reference:
        with self._prepared(name) as request:
            before = self._world.items()
            answer = self._send(request)
            calls = list(self._deaths.calls)
            self._world.settle(before, None)
            return Reference(calls, answer.status, self._world.delta(before))

    def run(self, cell: Cell) -> list[Row]:
        """The function dies at each call of a request, at the cell's moment."""
        reference = self.reference(cell.state)
        numbers = range(len(reference.calls))
        return [self.one(cell.state, reference, number, cell.fault) for number in numbers]

    def one(self, name: str, reference: Reference, number: int, moment: str) -> Row:
        """It dies at one call."""
        complaints = self._complaints(name, reference, number, moment)
        return Row(GROUP, name, f"{number} {reference.calls[number]}", moment, tuple(complaints))

    def _complaints(self, name: str, reference: Reference, number: int, moment: str) -> list[Complaint]:
        with self._prepared(name) as request:
            before = self._world.items()
            with self._deaths.at(number, moment):
                try:
                    answer = self._send(request)
                except Died:
                    pass
                else:
                    return [Complaint(Kind.UNREACHED, f"it answered {answer.status} after {self._deaths.calls}")]
            self._ahead += LATER
            answer = self._send(request)
            self._world.settle(before, reference.delta)
            return [*self._answered(request, reference, answer), *self._world.compare(before, reference.delta)]

    def _answered(self, request: Request, reference: Reference, answer: Answer) -> Iterator[Complaint]:
        # Without a key nobody knows that the same one has asked before: what is gone is not there, nor is the account
        # key of an organization that is gone, what has begun is under way, and the answer says so.
        told = request.key is None and answer.body.get("code") in SAYING_SO
        if answer.status != reference.status and not told:
            yield Complaint(
                Kind.STATUS, f"the retry is answered {answer.status}, not {reference.status}: {answer.text}"
            )
        for plain in plain_keys(answer.body):
            if not self._world.holds(sha256(plain)):
                yield Complaint(Kind.STATUS, "the key that the retry shows is not stored")

    def _send(self, request: Request) -> Answer:
        headers = {"authorization": f"Bearer {request.token}", "idempotency-key": request.key}
        body = json.dumps(request.body) if request.body is not None else None
        changes: dict[str, Any] = {"queryStringParameters": request.query} if request.query else {}
        if request.cookie:
            headers["sec-fetch-site"], changes["cookies"] = "same-origin", [request.cookie]
        with self._deaths.watching():
            raw = deliver(
                self._cloud.injector,
                "create_instance",
                request.path,
                request.method,
                headers=headers,
                body=body,
                **changes,
            )
        return Answer(raw)

    @contextmanager
    def _prepared(self, name: str) -> Iterator[Request]:
        """A request of somebody new, with all that it needs."""
        self._number += 1
        asking = Asking(tenant(self._cloud), self._operator, self._receiver.url, self._send, f"key-{self._number}")
        with bearable():
            request = REQUESTS[name](asking)
            self._world.settle(self._world.items(), None)
            yield request
            asking.leave()


def plain_keys(body: Any) -> Iterator[str]:
    """Every plain key that an answer shows."""
    if isinstance(body, dict):
        if "plainTextKey" in body:
            yield body["plainTextKey"]
        for inner in body.values():
            yield from plain_keys(inner)
