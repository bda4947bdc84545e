"""What fleet is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.final_wiring import deletion_settler
from swiftcache.backups.wiring import backups
from swiftcache.configuration.wiring import configure_trigger
from swiftcache.instances.stores import fleet, instances
from swiftcache.networks.wiring import network_trigger
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import dynamodb, lambda_client, now, stepfunctions
from swiftcache.platform.injector import Injector, provider
from swiftcache.provisioning.wiring import workflows

if TYPE_CHECKING:
    from swiftcache.fleet.emptying import OrganizationEmptier
    from swiftcache.fleet.emptying_ports import Emptying
    from swiftcache.fleet.ports import ReconcileTrigger
    from swiftcache.fleet.sweep import Sweep


@provider
def emptying(injector: Injector) -> "Emptying":
    from swiftcache.fleet.emptying_executions import StepFunctionsEmptying

    return StepFunctionsEmptying(stepfunctions(injector), injector.environment["EMPTY_STATE_MACHINE_ARN"])


@provider
def sweep(injector: Injector) -> "Sweep":
    import time

    from swiftcache.fleet.sweep import Sweep

    return Sweep(
        fleet(injector),
        instances(injector),
        workflows(injector),
        configure_trigger(injector),
        network_trigger(injector),
        deletion_settler(injector),
        now(injector),
        time.sleep,
    )


@provider
def organization_emptier(injector: Injector) -> "OrganizationEmptier":
    from swiftcache.fleet.contents_table import DynamoDBContents
    from swiftcache.fleet.emptying import OrganizationEmptier

    return OrganizationEmptier(
        accounts(injector),
        DynamoDBContents(dynamodb(injector), injector.environment["TABLE_NAME"]),
        instances(injector),
        backups(injector),
        now(injector),
    )


@provider
def reconcile_trigger(injector: Injector) -> "ReconcileTrigger":
    from swiftcache.fleet.invoke import LambdaReconcileTrigger

    return LambdaReconcileTrigger(lambda_client(injector), injector.environment["RECONCILE_FUNCTION"])
