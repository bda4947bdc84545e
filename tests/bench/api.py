"""The API function in this process, with its clients led to a server of the bench."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from swiftcache import wiring
from tests.bench.records import NAME
from tests.samples import a_lambda_context

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:bench"

_MACHINES = ("PROVISION", "DEPROVISION", "RESIZE", "RECOVER", "DELIVER")


def environment(endpoint_url: str) -> dict[str, str]:
    """What template.yaml sets for ApiFunction, as far as its requests here need it, and the address of AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "POWERTOOLS_SERVICE_NAME": "swiftcache",
        "TABLE_NAME": NAME,
        "WARM_POOL": "",
        **{f"{name}_STATE_MACHINE_ARN": MACHINE for name in _MACHINES},
    }


@contextmanager
def api_at(endpoint_url: str) -> Iterator["Api"]:
    with patch.dict(os.environ, environment(endpoint_url)):
        _forget_wiring()
        # Imported here, as a function's process does: its logger reads the environment.
        from functions.api import app

        try:
            yield Api(app.handler)
        finally:
            _forget_wiring()


class Api:
    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises AssertionError if it is refused."""
        # Whatever number of requests is measured, none is one too many.
        wiring.rates.cache_clear()
        answer: dict[str, Any] = self._handler(event, _CONTEXT)
        assert answer["statusCode"] < 300, answer
        return answer


def _forget_wiring() -> None:
    for made in vars(wiring).values():
        if hasattr(made, "cache_clear"):
            made.cache_clear()


_CONTEXT = a_lambda_context("api", 29)
