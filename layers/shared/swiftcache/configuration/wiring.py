"""What configuration is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import domain, fleet, instances
from swiftcache.metrics.wiring import metrics
from swiftcache.platform.aws import dynamodb, now, session
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials

if TYPE_CHECKING:
    from swiftcache.configuration.key_service import KeyService
    from swiftcache.configuration.ports import Configurations, Configurator
    from swiftcache.configuration.rotation import Rotation
    from swiftcache.configuration.service import Configure


@provider
def configurations(injector: Injector) -> "Configurations":
    from swiftcache.configuration.table import DynamoDBConfigurations

    return DynamoDBConfigurations(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def configurator(injector: Injector) -> "Configurator":
    from botocore.config import Config

    from swiftcache.configuration.invoke import LambdaConfigurator

    # It is done all the same if we do not wait for its end, and the API must answer in its 10 seconds.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaConfigurator(
        session(injector).client("lambda", config=once), injector.environment["CONTROL_REDIS_FUNCTION"]
    )


@provider
def configure(injector: Injector) -> "Configure":
    from swiftcache.configuration.redis import RedisServerControl
    from swiftcache.configuration.service import Configure

    return Configure(
        instances(injector),
        configurations(injector),
        credentials(injector),
        RedisServerControl(),
        domain(injector),
        now(injector),
    )


@provider
def key_service(injector: Injector) -> "KeyService":
    from swiftcache.configuration.key_service import KeyService

    return KeyService(
        instances(injector), configurations(injector), configurator(injector), metrics(injector), now(injector)
    )


@provider
def rotation(injector: Injector) -> "Rotation":
    from swiftcache.configuration.rotation import Rotation

    return Rotation(fleet(injector), configure(injector), now(injector))
