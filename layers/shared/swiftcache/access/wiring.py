"""What access is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import dynamodb
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.access.rate_limiter import Rates
    from swiftcache.access.rate_limits import Counts


@provider
def counts(injector: Injector) -> "Counts":
    from swiftcache.access.rate_counters import DynamoDBCounts

    return DynamoDBCounts(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def rates(injector: Injector) -> "Rates":
    from swiftcache.access.rate_limiter import Rates

    return Rates(lambda: counts(injector))
