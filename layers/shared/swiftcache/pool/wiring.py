"""What pool is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.certificates.wiring import certificate_record
from swiftcache.instances.stores import domain, instances
from swiftcache.platform.aws import dynamodb, lambda_client, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import makes_private_tasks

if TYPE_CHECKING:
    from swiftcache.pool.claims import WarmPool
    from swiftcache.pool.model import PoolTarget
    from swiftcache.pool.ports import PoolReconcileTrigger, PoolRecord, ReadyMembers
    from swiftcache.pool.service import PoolReconciler


@provider
def warm_pool(injector: Injector) -> "WarmPool":
    from swiftcache.pool.claims import WarmPool

    return WarmPool(pool_targets(injector), lambda: ready_members(injector), makes_private_tasks(injector))


@provider
def ready_members(injector: Injector) -> "ReadyMembers":
    from swiftcache.pool.ready_table import DynamoDBReadyMembers

    return DynamoDBReadyMembers(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def pool_targets(injector: Injector) -> "tuple[PoolTarget, ...]":
    """How large the warm pool is to be."""
    from swiftcache.pool.model import parse_pool_targets

    return parse_pool_targets(injector.environment["WARM_POOL"])


@provider
def pool_record(injector: Injector) -> "PoolRecord":
    from swiftcache.pool.table import DynamoDBPoolRecord

    return DynamoDBPoolRecord(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def pool_reconciler(injector: Injector) -> "PoolReconciler":
    from swiftcache.pool.planning import Edition
    from swiftcache.pool.service import PoolReconciler

    image, certificates, time = injector.environment["REDIS_IMAGE"], certificate_record(injector), now(injector)
    private = makes_private_tasks(injector)
    return PoolReconciler(
        pool_record(injector),
        instances(injector),
        pool_targets(injector),
        lambda: Edition(image, certificates.state().current, time(), private),
        domain(injector),
        time,
    )


@provider
def pool_reconcile_trigger(injector: Injector) -> "PoolReconcileTrigger":
    from swiftcache.pool.invoke import LambdaPoolReconcileTrigger

    return LambdaPoolReconcileTrigger(lambda_client(injector), injector.environment["KEEP_POOL_FUNCTION"])
