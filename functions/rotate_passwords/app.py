"""RotatePasswords: every hour, takes old control passwords one stage on. Reads and writes secret values."""

import time
from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.configuration.wiring import rotation
from swiftcache.platform.injector import PROCESS, Injector

LIMIT = 100
"""Turns of a pass. A rotation takes four, so 600 instances are done in a day, and 18,000 in the age of a password."""

SECONDS = 90.0
"""For all turns to begin. The function's time-out is longer."""

logger = Logger()


def handler(_: dict[str, Any], __: object, injector: Injector = PROCESS) -> None:
    end = time.monotonic() + SECONDS
    for turn in rotation(injector)(LIMIT, lambda: time.monotonic() > end):
        if turn.error:
            logger.error("not rotated", instance_id=turn.instance_id, exc_info=turn.error)
        else:
            logger.info("rotated", instance_id=turn.instance_id, done=turn.done)
