"""Where the reconciler looks for what instances have."""

from typing import TYPE_CHECKING

from swiftcache.platform.aws import config, ec2, ecs, secretsmanager, session
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.fleet.ecs_inventory import EcsTasks
    from swiftcache.fleet.ports import DnsRecords, Parts


@provider
def tasks(injector: Injector) -> "EcsTasks":
    from swiftcache.fleet.ecs_inventory import EcsTasks

    return EcsTasks(ecs(injector), injector.environment["CLUSTER_NAME"], injector.environment["FAMILY_PREFIX"])


@provider
def parts(injector: Injector) -> "list[Parts]":
    """What an instance has besides its record in the zone, by kind: each is looked for by its name, for one or all."""
    from swiftcache.fleet.ec2_inventory import Ec2SecurityGroups
    from swiftcache.fleet.ecs_inventory import EcsTaskDefinitions
    from swiftcache.fleet.efs_inventory import EfsAccessPoints
    from swiftcache.fleet.orphans import ResourceKind
    from swiftcache.fleet.secrets_inventory import NamedSecrets

    client, prefix = ecs(injector), injector.environment["FAMILY_PREFIX"]
    return [
        tasks(injector),
        EcsTaskDefinitions(client, prefix, "ACTIVE"),
        EcsTaskDefinitions(client, prefix, "INACTIVE"),
        NamedSecrets(secretsmanager(injector), ResourceKind.SECRET, injector.environment["INSTANCE_SECRET_PREFIX"]),
        Ec2SecurityGroups(ec2(injector), injector.environment["NETWORK_ID"], prefix),
        EfsAccessPoints(
            session(injector).client("efs", config=config(injector)), injector.environment["FILE_SYSTEM_ID"]
        ),
    ]


@provider
def dns_records(injector: Injector) -> "DnsRecords":
    import time

    from swiftcache.fleet.route53_inventory import Route53Records

    client = session(injector).client("route53", config=config(injector))
    return Route53Records(client, injector.environment["HOSTED_ZONE_ID"], time.sleep)
