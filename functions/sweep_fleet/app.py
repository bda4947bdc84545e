"""SweepFleet: every minute, ends the instances that expire, and has configured what could not be so far."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.fleet.wiring import sweep
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 100
"""Of a pass at most. The function's time-out is longer, and the next pass begins after a minute in any case."""

logger = Logger()


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    end = now(injector)() + timedelta(seconds=SECONDS)
    for swept in sweep(injector).run(f"sweep-{context.aws_request_id}", end):
        if swept.error:
            logger.error("not swept", instance_id=swept.instance_id, exc_info=swept.error)
        else:
            logger.info("swept", instance_id=swept.instance_id, work=swept.work)
