"""What downloads and imports are made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.proof_wiring import engines
from swiftcache.backups.wiring import backup_starter, backups, object_store
from swiftcache.engines.wiring import engine_offers
from swiftcache.platform.aws import now
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.backups.importing import ImportCheck, ImportWatch
    from swiftcache.backups.transfer import TransferService


@provider
def transfer_service(injector: Injector) -> "TransferService":
    from swiftcache.backups.transfer import TransferService

    return TransferService(backups(injector), object_store(injector), now(injector))


@provider
def import_watch(injector: Injector) -> "ImportWatch":
    from swiftcache.backups.importing import ImportWatch

    return ImportWatch(backups(injector), object_store(injector), backup_starter(injector), now(injector))


@provider
def import_check(injector: Injector) -> "ImportCheck":
    from swiftcache.backups.importing import ImportCheck

    return ImportCheck(
        backups(injector), object_store(injector), engines(injector), engine_offers(injector), now(injector)
    )
