"""What rollouts are made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.engines.wiring import engine_offers
from swiftcache.instances.stores import fleet
from swiftcache.maintenance.wiring import maintenance_service
from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.rollouts.keeping import RolloutKeeper
    from swiftcache.rollouts.ports import RolloutRecord
    from swiftcache.rollouts.service import RolloutService


@provider
def rollout_record(injector: Injector) -> "RolloutRecord":
    from swiftcache.rollouts.table import DynamoDBRollouts

    return DynamoDBRollouts(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def rollout_service(injector: Injector) -> "RolloutService":
    from swiftcache.rollouts.service import RolloutService

    return RolloutService(rollout_record(injector), now(injector))


@provider
def rollout_keeper(injector: Injector) -> "RolloutKeeper":
    from swiftcache.rollouts.keeping import RolloutKeeper

    return RolloutKeeper(
        rollout_record(injector),
        fleet(injector),
        maintenance_service(injector),
        engine_offers(injector),
        now(injector),
    )
