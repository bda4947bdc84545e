"""What instances is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.access.wiring import rates
from swiftcache.backups.final_wiring import final_backups
from swiftcache.backups.proof_wiring import backup_restores
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.stores import domain, instances, receipts
from swiftcache.platform.aws import clock, now, quick_config, session
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import is_private
from swiftcache.pool.wiring import warm_pool
from swiftcache.provisioning.wiring import workflows

if TYPE_CHECKING:
    from swiftcache.instances.long_poll import LongPoll
    from swiftcache.instances.service import InstanceService


@provider
def instance_service(injector: Injector) -> "InstanceService":
    from swiftcache.instances.service import InstanceService

    return InstanceService(
        instances(injector),
        workflows(injector),
        warm_pool(injector),
        backup_restores(injector),
        final_backups(injector),
        engine_offers(injector),
        domain(injector),
        now(injector),
        is_private(injector),
    )


@provider
def long_poll(injector: Injector) -> "LongPoll":
    import time

    from swiftcache.instances.long_poll import LongPoll
    from swiftcache.instances.table import DynamoDBInstances

    quick = DynamoDBInstances(
        session(injector).client("dynamodb", config=quick_config(injector)),
        injector.environment["TABLE_NAME"],
        clock(injector),
    )
    return LongPoll(
        instances(injector), quick, receipts(injector), rates(injector), now(injector), time.monotonic, time.sleep
    )
