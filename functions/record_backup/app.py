"""The steps of a backup that change the record: FailBackup, SettleDeletion. No Redis and no password is in reach."""

from typing import Any

from swiftcache.backups.executions import backup_target_of
from swiftcache.backups.final_wiring import deletion_settler
from swiftcache.backups.wiring import backup_failer
from swiftcache.platform.injector import PROCESS, Injector
from swiftcache.provisioning.step_input import first_error_of


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    target = backup_target_of(event)
    match event["step"]:
        case "FailBackup":
            backup_failer(injector).fail(target, first_error_of(event))
        case "SettleDeletion":
            deletion_settler(injector).settle(target.organization_id, event["instanceId"], target.backup_id)
        case unknown:
            raise ValueError(f"there is no step {unknown}")
