"""What changes is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.configuration.wiring import configuration_store, configure_trigger
from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.stores import instances
from swiftcache.metrics.wiring import inspector, observed_tasks
from swiftcache.networks.wiring import network_trigger
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, reach

if TYPE_CHECKING:
    from swiftcache.changes.replacement import ReplacementService
    from swiftcache.changes.resize import Resizer
    from swiftcache.changes.service import ChangeService


@provider
def change_service(injector: Injector) -> "ChangeService":
    from swiftcache.changes.service import ChangeService

    return ChangeService(
        instances(injector),
        configuration_store(injector),
        configure_trigger(injector),
        network_trigger(injector),
        inspector(injector),
        engine_offers(injector),
        now(injector),
    )


@provider
def replacement_service(injector: Injector) -> "ReplacementService":
    from swiftcache.changes.replacement import ReplacementService

    return ReplacementService(instances(injector), configuration_store(injector), now(injector))


@provider
def resizer(injector: Injector) -> "Resizer":
    from swiftcache.changes.replication import RedisReplication
    from swiftcache.changes.resize import Resizer
    from swiftcache.changes.table import DynamoDBChanges

    changes = DynamoDBChanges(dynamodb(injector), injector.environment["TABLE_NAME"])
    return Resizer(
        instances(injector),
        changes,
        credentials(injector),
        RedisReplication(reach(injector)),
        observed_tasks(injector),
        engine_offers(injector),
        now(injector),
    )
