"""Lets the function die before or after one of the calls to AWS that this thread makes."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.integration.mortal_api import Died
from tests.statemachine.cloud import Cloud

SERVICES = ("dynamodb", "stepfunctions", "secretsmanager", "events", "kms", "lambda")

__all__ = ["Deaths", "Died"]


class Deaths:
    """`calls` are those of the last request. What another function calls, invoked in this thread, is not among them."""

    def __init__(self, cloud: Cloud) -> None:
        self.calls: list[str] = []
        self._planned: tuple[int, str] | None = None
        self._thread: int | None = None
        self._inside: str | None = None
        self._clients = [cloud.client(service) for service in SERVICES]
        for client in self._clients:
            client.meta.events.register("before-call", self._before)
            client.meta.events.register("after-call", self._after)

    def close(self) -> None:
        for client in self._clients:
            client.meta.events.unregister("before-call", self._before)
            client.meta.events.unregister("after-call", self._after)

    @contextmanager
    def at(self, number: int, moment: str) -> Iterator[None]:
        """In here the function dies before or after its call of this number, from 0."""
        self._planned = (number, moment)
        try:
            yield
        finally:
            self._planned = None

    @contextmanager
    def watching(self) -> Iterator[None]:
        """One request, in this thread."""
        self.calls = []
        self._inside = None
        self._thread = threading.get_ident()
        try:
            yield
        finally:
            self._thread = None

    def _before(self, model: Any, **_: Any) -> None:
        if threading.get_ident() != self._thread or self._inside:
            return
        self.calls.append(model.name)
        self._die("before")
        self._inside = model.name

    def _after(self, model: Any, **_: Any) -> None:
        if threading.get_ident() == self._thread and self._inside == model.name:
            self._inside = None
            self._die("after")

    def _die(self, moment: str) -> None:
        if self._planned == (len(self.calls) - 1, moment):
            raise Died
