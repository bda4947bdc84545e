"""What timeline is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.wiring import backups
from swiftcache.instances.stores import instances, receipts
from swiftcache.platform.aws import dynamodb, now, stepfunctions
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.timeline.ports import Creations
    from swiftcache.timeline.service import TimelineService


@provider
def creations(injector: Injector) -> "Creations":
    from swiftcache.timeline.creations_table import DynamoDBCreations

    return DynamoDBCreations(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def timeline_service(injector: Injector) -> "TimelineService":
    from swiftcache.timeline.execution_history import StepFunctionsHistories
    from swiftcache.timeline.model import OperationKind
    from swiftcache.timeline.service import TimelineService

    deprovision = injector.environment["DEPROVISION_STATE_MACHINE_ARN"]
    histories = StepFunctionsHistories(
        stepfunctions(injector),
        {
            OperationKind.CREATION: injector.environment["PROVISION_STATE_MACHINE_ARN"],
            OperationKind.CLEAN_UP: deprovision,
            OperationKind.RESIZE: injector.environment["RESIZE_STATE_MACHINE_ARN"],
            OperationKind.REPLACEMENT: injector.environment["RESIZE_STATE_MACHINE_ARN"],
            OperationKind.RECOVERY: injector.environment["RECOVER_STATE_MACHINE_ARN"],
            OperationKind.DELETION: deprovision,
        },
    )
    return TimelineService(
        instances(injector), histories, creations(injector), receipts(injector), backups(injector), now(injector)
    )
