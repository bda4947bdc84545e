"""WatchRetirements: hears from AWS Health which tasks are to be stopped, and has them replaced before."""

from typing import Any

from aws_lambda_powertools import Logger

from swiftcache.maintenance.health_event import retirement_of
from swiftcache.maintenance.wiring import retirement_watch
from swiftcache.platform.injector import PROCESS, Injector

logger = Logger()


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    if retirement := retirement_of(event):
        found = list(retirement_watch(injector).notice(retirement))
        logger.warning("tasks are retired", tasks=len(retirement.tasks), at=retirement.at.isoformat(), instances=found)
