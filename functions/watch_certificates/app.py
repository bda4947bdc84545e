"""WatchCertificates: every quarter of an hour, has instances replaced whose certificate ends, once there is another."""

from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.maintenance.wiring import certificate_watch
from swiftcache.platform.aws import now
from swiftcache.platform.injector import PROCESS, Injector

SECONDS = 90
"""Of a pass at most. The function's time-out is longer."""

logger = Logger()


def handler(_: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    end = now(injector)() + timedelta(seconds=SECONDS)
    result = certificate_watch(injector).run(f"watch-{context.aws_request_id}", end)
    for instance_id, error in result.errors.items():
        logger.error("not to be replaced yet", instance_id=instance_id, exc_info=error)
    if result.required:
        logger.info("certificates end", instances=result.required)
    for error in result.errors.values():
        raise error  # counted by Lambda; the next pass does what this one could not
