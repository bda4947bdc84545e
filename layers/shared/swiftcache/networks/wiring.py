"""What networks is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, ec2, lambda_client, now, session, sleep
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.networks.ports import NetworkTrigger
    from swiftcache.networks.service import NetworkService


@provider
def network_trigger(injector: Injector) -> "NetworkTrigger":
    from botocore.config import Config

    from swiftcache.networks.invoke import LambdaNetworkTrigger

    # It is done all the same if we do not wait for its end, and the API must answer in its 10 seconds.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaNetworkTrigger(
        session(injector).client("lambda", config=once), injector.environment["CONTROL_NETWORK_FUNCTION"]
    )


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
