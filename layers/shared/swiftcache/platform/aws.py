"""The one place that builds clients of AWS, and tells the time."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ecs import ECSClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_route53 import Route53Client
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_stepfunctions import SFNClient


@provider
def clock(_: Injector) -> Callable[[], datetime]:
    """The time, with its zone."""
    return lambda: datetime.now(UTC)


@provider
def now(injector: Injector) -> Callable[[], datetime]:
    """The same, but while a request that may come again is worked on, all that it does happens at one time."""
    from swiftcache.platform.unit_of_work import current_work

    tell = clock(injector)

    def told() -> datetime:
        work = current_work()
        return work.at if work else tell()

    return told


@provider
def epoch(_: Injector) -> Callable[[], float]:
    """The time, in seconds since 1970."""
    import time

    return time.time


@provider
def sleep(_: Injector) -> Callable[[float], None]:
    """Lets so many seconds pass."""
    import time

    return time.sleep


@provider
def session(_: Injector) -> "Session":
    import boto3
    import botocore.session

    from swiftcache.platform.botocore_models import ServiceModels

    core = botocore.session.get_session()
    core.register_component("data_loader", ServiceModels())
    return boto3.session.Session(botocore_session=core)


@provider
def config(_: Injector) -> "Config":
    from botocore.config import Config

    # A call that hangs takes 8 seconds at most, so that the API can still answer in its time.
    return Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
        # As many as a pass of metrics has workers.
        max_pool_connections=32,
    )


@provider
def quick_config(_: Injector) -> "Config":
    from botocore.config import Config

    # For reads that are repeated anyway: one that hangs takes 1.5 seconds at most.
    return Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1}, tcp_keepalive=True)


@provider
def dynamodb(injector: Injector) -> "DynamoDBClient":
    return session(injector).client("dynamodb", config=config(injector))


@provider
def stepfunctions(injector: Injector) -> "SFNClient":
    return session(injector).client("stepfunctions", config=config(injector))


@provider
def secretsmanager(injector: Injector) -> "SecretsManagerClient":
    return session(injector).client("secretsmanager", config=config(injector))


@provider
def ecs(injector: Injector) -> "ECSClient":
    return session(injector).client("ecs", config=config(injector))


@provider
def ec2(injector: Injector) -> Any:
    return session(injector).client("ec2", config=config(injector))


@provider
def lambda_client(injector: Injector) -> "LambdaClient":
    return session(injector).client("lambda", config=config(injector))


@provider
def impatient_lambda_client(injector: Injector) -> "LambdaClient":
    """For what is done all the same if we do not wait for its end: the API must answer in its 10 seconds."""
    from botocore.config import Config

    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return session(injector).client("lambda", config=once)


@provider
def patient_lambda_client(injector: Injector) -> "LambdaClient":
    from botocore.config import Config

    # For what takes most of a minute. It is done once: the next minute's pass makes up for it.
    once = Config(
        connect_timeout=1,
        read_timeout=48,
        retries={"total_max_attempts": 1},
        tcp_keepalive=True,
        max_pool_connections=64,
    )
    return session(injector).client("lambda", config=once)


@provider
def route53(injector: Injector) -> "Route53Client":
    from botocore.config import Config

    # Its requests are counted, so none is made that nobody asked for.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return session(injector).client("route53", config=once)


@provider
def s3(injector: Injector) -> "S3Client":
    from botocore.config import Config

    patient = Config(
        # So that a link is to the region's own address, and signed as every region takes it.
        signature_version="s3v4",
        # A part of an upload takes its time, and so does the last word on one of thousands.
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 4},
    )
    return session(injector).client("s3", config=config(injector).merge(patient))
