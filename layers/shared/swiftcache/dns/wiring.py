"""What changing records is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.callbacks.wiring import callback_service
from swiftcache.platform.aws import dynamodb, epoch, lambda_client, route53, sleep
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from swiftcache.dns.model import RecordChange, Result
    from swiftcache.dns.ports import RecordQueue, WriterStart
    from swiftcache.dns.service import RecordService
    from swiftcache.dns.writer import RecordWriter


@provider
def record_queue(injector: Injector) -> "RecordQueue":
    from swiftcache.dns.queue_table import DynamoDBRecordQueue

    return DynamoDBRecordQueue(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def writer_start(injector: Injector) -> "WriterStart":
    from swiftcache.dns.writer_start import LambdaWriterStart

    return LambdaWriterStart(lambda_client(injector), injector.environment["WRITE_RECORDS_FUNCTION"])


@provider
def record_service(injector: Injector) -> "RecordService":
    from swiftcache.dns.service import RecordService

    return RecordService(record_queue(injector), writer_start(injector), epoch(injector))


@provider
def teller(injector: Injector) -> "Callable[[Sequence[Result]], Sequence[RecordChange]]":
    from swiftcache.dns.telling import ParallelTeller

    return ParallelTeller(callback_service(injector))


@provider
def new_writer(injector: Injector) -> "Callable[[], RecordWriter]":
    """Each run has its own."""
    from swiftcache.dns.route53_zone import Route53Zone
    from swiftcache.dns.writer import RecordWriter

    queue, tell = record_queue(injector), teller(injector)
    zone = Route53Zone(route53(injector), injector.environment["HOSTED_ZONE_ID"])
    # One a second is the reconciler's.
    interval = 1 / (int(injector.environment["ROUTE53_REQUESTS_PER_SECOND"]) - 1)
    return lambda: RecordWriter(queue, zone, interval, tell, epoch(injector), sleep(injector))
