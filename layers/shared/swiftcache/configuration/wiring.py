"""What configuration is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import domain, fleet, instances
from swiftcache.metrics.wiring import metrics
from swiftcache.platform.aws import dynamodb, impatient_lambda_client, now, sleep
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
    from swiftcache.configuration.invoke import LambdaConfigureTrigger

    return LambdaConfigureTrigger(impatient_lambda_client(injector), injector.environment["CONTROL_REDIS_FUNCTION"])


@provider
def configuration_service(injector: Injector) -> "ConfigurationService":
    from swiftcache.configuration.redis import RedisServerControl
    from swiftcache.configuration.service import ConfigurationService

    return ConfigurationService(
        instances(injector),
        configuration_store(injector),
        credentials(injector),
        RedisServerControl(reach(injector), sleep=sleep(injector)),
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
