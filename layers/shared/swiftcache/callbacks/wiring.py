"""What callbacks are made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.instances.stores import instances
from swiftcache.platform.aws import clock, dynamodb, stepfunctions
from swiftcache.platform.injector import Injector, provider

if TYPE_CHECKING:
    from swiftcache.callbacks.ports import TaskTokens, Waits
    from swiftcache.callbacks.service import CallbackService


@provider
def waits(injector: Injector) -> "Waits":
    from swiftcache.callbacks.table import DynamoDBWaits

    return DynamoDBWaits(dynamodb(injector), injector.environment["TABLE_NAME"], clock(injector))


@provider
def task_tokens(injector: Injector) -> "TaskTokens":
    from swiftcache.callbacks.task_tokens import StepFunctionsTaskTokens

    return StepFunctionsTaskTokens(stepfunctions(injector))


@provider
def callback_service(injector: Injector) -> "CallbackService":
    from swiftcache.callbacks.service import CallbackService

    return CallbackService(waits(injector), task_tokens(injector), instances(injector))
