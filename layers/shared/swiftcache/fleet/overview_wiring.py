"""What looking at the fleet is made of."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.pool.wiring import pool_record, pool_targets

if TYPE_CHECKING:
    from swiftcache.fleet.overview import OverviewService
    from swiftcache.fleet.ports import ReconcileCheckpoints


@provider
def reconcile_checkpoints(injector: Injector) -> "ReconcileCheckpoints":
    from swiftcache.fleet.checkpoint_table import DynamoDBReconcileCheckpoints

    return DynamoDBReconcileCheckpoints(dynamodb(injector), injector.environment["TABLE_NAME"], now(injector))


@provider
def overview_service(injector: Injector) -> "OverviewService":
    from swiftcache.fleet.overview import OverviewService

    return OverviewService(reconcile_checkpoints(injector), pool_record(injector), pool_targets(injector))
