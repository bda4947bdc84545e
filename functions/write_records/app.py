"""WriteRecords: makes the queued changes of records in Route 53, unless another does. Every minute, and when asked."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.dns.wiring import new_writer
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 780.0
"""For a run. Whoever asks for a change next, or the next minute, starts another. The time-out is 15 minutes."""

logger = Logger()


def handler(_: dict[str, Any], __: object, injector: Injector = PROCESS) -> None:
    if new_writer(injector)().run(SECONDS):
        logger.info("time is up; the next run goes on")
