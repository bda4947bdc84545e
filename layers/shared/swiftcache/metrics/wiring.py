"""What metrics is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, lambda_client, now, patient_lambda_client
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, reach

if TYPE_CHECKING:
    from swiftcache.metrics.bucket_pass import BucketStore
    from swiftcache.metrics.ports import Inspector, Metrics, ObservedTasks, Shards
    from swiftcache.metrics.scraper import Inspection, Scraper
    from swiftcache.metrics.service import MetricsService


@provider
def metrics(injector: Injector) -> "Metrics":
    from swiftcache.metrics.table import DynamoDBMetrics

    return DynamoDBMetrics(dynamodb(injector), injector.environment["TABLE_NAME"], now(injector))


@provider
def inspector(injector: Injector) -> "Inspector":
    from swiftcache.metrics.invoke import LambdaInspector

    return LambdaInspector(lambda_client(injector), injector.environment["INSPECT_FUNCTION"])


@provider
def shards(injector: Injector) -> "Shards":
    from swiftcache.metrics.invoke import LambdaShards

    return LambdaShards(patient_lambda_client(injector), injector.environment["SCRAPE_FUNCTION"])


@provider
def observed_tasks(injector: Injector) -> "ObservedTasks":
    from swiftcache.metrics.observed_table import DynamoDBObservedTasks

    return DynamoDBObservedTasks(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def scraper(injector: Injector) -> "Scraper":
    from swiftcache.metrics.redis_info import RedisFigures
    from swiftcache.metrics.scraper import Scraper

    return Scraper(RedisFigures(reach(injector)), credentials(injector), now(injector))


@provider
def inspection(injector: Injector) -> "Inspection":
    from swiftcache.metrics.scraper import Inspection

    return Inspection(instances(injector), scraper(injector), metrics(injector))


@provider
def bucket_store(injector: Injector) -> "BucketStore":
    from swiftcache.metrics.bucket_pass import BucketStore

    return BucketStore(metrics(injector), scraper(injector), now(injector))


@provider
def metrics_service(injector: Injector) -> "MetricsService":
    from swiftcache.metrics.service import MetricsService

    return MetricsService(instances(injector), metrics(injector), inspector(injector), now(injector))
