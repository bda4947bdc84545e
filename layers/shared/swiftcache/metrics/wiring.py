"""What metrics is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, lambda_client, now
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials

if TYPE_CHECKING:
    from swiftcache.metrics.collector import Collector, Scraper
    from swiftcache.metrics.ports import Inspector, Metrics
    from swiftcache.metrics.service import MetricsService


@provider
def metrics(injector: Injector) -> "Metrics":
    from swiftcache.metrics.table import DynamoDBMetrics

    return DynamoDBMetrics(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def inspector(injector: Injector) -> "Inspector":
    from swiftcache.metrics.invoke import LambdaInspector

    return LambdaInspector(lambda_client(injector), injector.environment["INSPECT_FUNCTION"])


@provider
def scraper(injector: Injector) -> "Scraper":
    from swiftcache.metrics.collector import Scraper
    from swiftcache.metrics.redis_info import RedisFigures

    return Scraper(RedisFigures(), credentials(injector))


@provider
def collector(injector: Injector) -> "Collector":
    from swiftcache.metrics.collector import Collector

    return Collector(metrics(injector), scraper(injector), now(injector))


@provider
def metrics_service(injector: Injector) -> "MetricsService":
    from swiftcache.metrics.service import MetricsService

    return MetricsService(instances(injector), metrics(injector), inspector(injector), now(injector))
