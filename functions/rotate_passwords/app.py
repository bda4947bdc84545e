"""RotatePasswords: every hour, takes old control passwords one stage on. Reads and writes secret values."""

import time
from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.configuration.wiring import rotation
from swiftcache.platform.injector import PROCESS, Injector

LIMIT = 100
"""Steps of a pass. A rotation takes four, so 600 instances are done in a day, and 18,000 in the age of a password."""

SECONDS = 90.0
"""For all steps to begin. The function's time-out is longer."""

logger = Logger()


def handler(_: dict[str, Any], __: object, injector: Injector = PROCESS) -> None:
    end = time.monotonic() + SECONDS
    for step in rotation(injector).run(LIMIT, lambda: time.monotonic() > end):
        if step.error:
            logger.error("not rotated", instance_id=step.instance_id, exc_info=step.error)
        else:
            logger.info("rotated", instance_id=step.instance_id, done=step.done)
