"""The stores of instances, for whoever needs the record and not the service."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import clock, dynamodb
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.instances.fleet_index import DynamoDBFleet
    from swiftcache.instances.ports import Instances, Receipts


@provider
def instances(injector: Injector) -> "Instances":
    from swiftcache.instances.table import DynamoDBInstances

    return DynamoDBInstances(dynamodb(injector), injector.environment["TABLE_NAME"], clock(injector))


@provider
def domain(injector: Injector) -> str:
    """The domain under which new instances get their names. Those that are there have theirs in the record."""
    return injector.environment["DOMAIN_NAME"]


@provider
def fleet(injector: Injector) -> "DynamoDBFleet":
    from swiftcache.instances.fleet_index import DynamoDBFleet

    return DynamoDBFleet(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def receipts(injector: Injector) -> "Receipts":
    from swiftcache.instances.receipts_table import DynamoDBReceipts

    return DynamoDBReceipts(dynamodb(injector), injector.environment["TABLE_NAME"])
