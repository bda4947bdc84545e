"""What pausing an instance's writes for its final backup is made of."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, reach

if TYPE_CHECKING:
    from swiftcache.backups.final import WriteHold
    from swiftcache.backups.final_ports import FinalBackupRecord


@provider
def final_backup_record(injector: Injector) -> "FinalBackupRecord":
    from swiftcache.backups.final_table import DynamoDBFinalBackupRecord

    return DynamoDBFinalBackupRecord(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def write_hold(injector: Injector) -> "WriteHold":
    from swiftcache.backups.final import WriteHold
    from swiftcache.backups.pause import RedisWritePause

    return WriteHold(
        instances(injector),
        final_backup_record(injector),
        credentials(injector),
        RedisWritePause(reach(injector)),
        now(injector),
    )
