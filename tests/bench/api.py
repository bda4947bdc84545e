"""The API function in this process, with its clients led to a server of the bench."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from unittest.mock import patch

from local.stack import NO_IMAGE
from swiftcache.access.rate_limiter import Rates
from swiftcache.access.rate_limits import RateLimitKey
from swiftcache.access.wiring import counts, rates
from swiftcache.platform.injector import PROCESS
from tests.bench.records import NAME
from tests.fakes.injector import FakeInjector
from tests.samples import a_lambda_context

MACHINE = "arn:aws:states:eu-central-1:123456789012:stateMachine:bench"

_MACHINES = ("PROVISION", "DEPROVISION", "RESIZE", "RECOVER", "DELIVER", "BACKUP")


def environment(endpoint_url: str) -> dict[str, str]:
    """What template.yaml sets for ApiFunction, as far as its requests here need it, and the address of AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "POWERTOOLS_SERVICE_NAME": "swiftcache",
        "TABLE_NAME": NAME,
        "BACKUP_BUCKET": "bench",
        "WARM_POOL": "",
        "NETWORK_MODE": "public",
        "REDIS_IMAGE": NO_IMAGE,
        "VALKEY_IMAGE": "",
        "DOMAIN_NAME": "example.com",
        **{f"{name}_STATE_MACHINE_ARN": MACHINE for name in _MACHINES},
    }


@contextmanager
def api_at(endpoint_url: str) -> Iterator["Api"]:
    with patch.dict(os.environ, environment(endpoint_url)):
        # Imported here, as a function's process does: its logger reads the environment.
        from functions.api import app

        yield Api(app.handler)


class Api:
    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._injector = FakeInjector(os.environ, {rates: FirstOfAll(lambda: counts(PROCESS))})

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        """The answer to a request. Raises AssertionError if it is refused."""
        answer: dict[str, Any] = self._handler(event, _CONTEXT, self._injector)
        assert answer["statusCode"] < 300, answer
        return answer


class FirstOfAll(Rates):
    """Whatever number of requests is measured, none is one too many: each is counted as the first."""

    def count(self, limit_key: RateLimitKey, door: str, now: datetime) -> None:
        Rates(self._counts).count(limit_key, door, now)


_CONTEXT = a_lambda_context("api", 29)
