"""CheckImport: a file that was uploaded is what an RDB must be, and goes to where backups are kept; answers nothing."""

from typing import Any

from swiftcache.backups.executions import backup_target_of
from swiftcache.backups.transfer_wiring import import_check
from swiftcache.platform.injector import PROCESS, Injector


def handler(event: dict[str, Any], _: object, injector: Injector = PROCESS) -> None:
    import_check(injector).check(backup_target_of(event))
