"""What networks is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, ec2, impatient_lambda_client, lambda_client, now, sleep
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.networks.ports import NetworkTrigger
    from swiftcache.networks.service import NetworkService


@provider
def network_trigger(injector: Injector) -> "NetworkTrigger":
    from swiftcache.networks.invoke import LambdaNetworkTrigger

    return LambdaNetworkTrigger(impatient_lambda_client(injector), injector.environment["CONTROL_NETWORK_FUNCTION"])


@provider
def network_service(injector: Injector) -> "NetworkService":
    from swiftcache.networks.ec2_groups import Ec2SecurityGroups
    from swiftcache.networks.invoke import LambdaConnections
    from swiftcache.networks.service import NetworkService
    from swiftcache.networks.table import DynamoDBNetworkStore

    return NetworkService(
        instances(injector),
        DynamoDBNetworkStore(dynamodb(injector), injector.environment["TABLE_NAME"]),
        Ec2SecurityGroups(
            ec2(injector),
            injector.environment["NETWORK_ID"],
            injector.environment["FAMILY_PREFIX"],
            injector.environment["STACK_NAME"],
        ),
        LambdaConnections(lambda_client(injector), injector.environment["CONTROL_REDIS_FUNCTION"]),
        now(injector),
        sleep(injector),
    )
