"""TakeBackup: one try to copy what an instance's Redis holds to S3. Reads our own password; answers nothing."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from swiftcache.backups.executions import backup_target_of
from swiftcache.backups.wiring import backup_taker
from swiftcache.platform.injector import PROCESS, Injector


def handler(event: dict[str, Any], context: LambdaContext, injector: Injector = PROCESS) -> None:
    seconds = context.get_remaining_time_in_millis() / 1000
    backup_taker(injector).take(backup_target_of(event), seconds)
