"""What configuration is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import domain, fleet, instances
from swiftcache.metrics.wiring import metrics
from swiftcache.platform.aws import dynamodb, now, session
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, reach

if TYPE_CHECKING:
    from swiftcache.configuration.key_service import KeyService
    from swiftcache.configuration.ports import ConfigurationStore, ConfigureTrigger
    from swiftcache.configuration.rotation import Rotation
    from swiftcache.configuration.service import ConfigurationService


@provider
def configuration_store(injector: Injector) -> "ConfigurationStore":
    from swiftcache.configuration.table import DynamoDBConfigurationStore

    return DynamoDBConfigurationStore(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def configure_trigger(injector: Injector) -> "ConfigureTrigger":
    from botocore.config import Config

    from swiftcache.configuration.invoke import LambdaConfigureTrigger

    # It is done all the same if we do not wait for its end, and the API must answer in its 10 seconds.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaConfigureTrigger(
        session(injector).client("lambda", config=once), injector.environment["CONTROL_REDIS_FUNCTION"]
    )


@provider
def configuration_service(injector: Injector) -> "ConfigurationService":
    from swiftcache.configuration.redis import RedisServerControl
    from swiftcache.configuration.service import ConfigurationService

    return ConfigurationService(
        instances(injector),
        configuration_store(injector),
        credentials(injector),
        RedisServerControl(reach(injector)),
        domain(injector),
        now(injector),
    )


@provider
def key_service(injector: Injector) -> "KeyService":
    from swiftcache.configuration.key_service import KeyService

    return KeyService(
        instances(injector),
        configuration_store(injector),
        configure_trigger(injector),
        metrics(injector),
        now(injector),
    )


@provider
def rotation(injector: Injector) -> "Rotation":
    from swiftcache.configuration.rotation import Rotation

    return Rotation(fleet(injector), configuration_service(injector), now(injector))
