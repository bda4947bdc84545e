"""What downloads are made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.wiring import backups, object_store
from swiftcache.platform.aws import now
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.backups.transfer import TransferService


@provider
def transfer_service(injector: Injector) -> "TransferService":
    from swiftcache.backups.transfer import TransferService

    return TransferService(backups(injector), object_store(injector), now(injector))
