"""What the last act of a deletion, and undoing it, are made of."""

from typing import TYPE_CHECKING

from swiftcache.backups.hold_wiring import final_backup_record
from swiftcache.backups.wiring import backup_starter, backups
from swiftcache.instances.stores import instances
from swiftcache.platform.aws import now
from swiftcache.platform.injector import Injector, provider
from swiftcache.provisioning.wiring import workflows

if TYPE_CHECKING:
    from swiftcache.backups.final import DeletionSettler, FinalBackupService
    from swiftcache.backups.undelete import UndeleteService


@provider
def deletion_settler(injector: Injector) -> "DeletionSettler":
    from swiftcache.backups.final import DeletionSettler

    return DeletionSettler(instances(injector), backups(injector), final_backup_record(injector), now(injector))


@provider
def final_backups(injector: Injector) -> "FinalBackupService":
    from swiftcache.backups.final import FinalBackupService

    return FinalBackupService(
        instances(injector),
        final_backup_record(injector),
        backup_starter(injector),
        deletion_settler(injector),
        now(injector),
    )


@provider
def undelete_service(injector: Injector) -> "UndeleteService":
    from swiftcache.backups.undelete import UndeleteService

    return UndeleteService(
        instances(injector), backups(injector), final_backup_record(injector), workflows(injector), now(injector)
    )
