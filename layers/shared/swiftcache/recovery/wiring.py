"""What recovery is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.proof_wiring import latest_backups
from swiftcache.instances.stores import domain, fleet, instances
from swiftcache.platform.aws import dynamodb, now, stepfunctions
from swiftcache.platform.injector import Injector, provider
from swiftcache.platform.network import functions_are_inside
from swiftcache.redis.wiring import credentials, redis_loading

if TYPE_CHECKING:
    from swiftcache.recovery.beginning import BackupCheck, BackupChoice
    from swiftcache.recovery.ports import Recoveries, RecoveryWorkflow, Silences
    from swiftcache.recovery.service import RecoverySteps, TaskWatch
    from swiftcache.recovery.silence import SilenceWatch


@provider
def recoveries(injector: Injector) -> "Recoveries":
    from swiftcache.recovery.table import DynamoDBRecoveries

    return DynamoDBRecoveries(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def recovery_workflow(injector: Injector) -> "RecoveryWorkflow":
    from swiftcache.recovery.executions import StepFunctionsRecoveryWorkflow

    return StepFunctionsRecoveryWorkflow(stepfunctions(injector), injector.environment["RECOVER_STATE_MACHINE_ARN"])


@provider
def task_watch(injector: Injector) -> "TaskWatch":
    from swiftcache.recovery.service import TaskWatch

    return TaskWatch(
        fleet(injector), instances(injector), recoveries(injector), recovery_workflow(injector), now(injector)
    )


@provider
def silences(injector: Injector) -> "Silences":
    from swiftcache.recovery.silence_table import DynamoDBSilences

    return DynamoDBSilences(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def silence_watch(injector: Injector) -> "SilenceWatch":
    from swiftcache.recovery.executions import StartedByTheStream
    from swiftcache.recovery.service import TaskWatch
    from swiftcache.recovery.silence import SilenceWatch

    # From inside there is no way to Step Functions: its endpoint would be paid for by the hour.
    start = StartedByTheStream() if functions_are_inside(injector) else recovery_workflow(injector)
    tasks = TaskWatch(fleet(injector), instances(injector), recoveries(injector), start, now(injector))
    return SilenceWatch(instances(injector), silences(injector), tasks, now(injector))


@provider
def recovery_steps(injector: Injector) -> "RecoverySteps":
    from swiftcache.recovery.service import RecoverySteps

    return RecoverySteps(instances(injector), recoveries(injector), credentials(injector), now(injector))


@provider
def backup_choice(injector: Injector) -> "BackupChoice":
    from swiftcache.recovery.beginning import BackupChoice

    return BackupChoice(instances(injector), recoveries(injector), credentials(injector), latest_backups(injector))


@provider
def backup_check(injector: Injector) -> "BackupCheck":
    from swiftcache.recovery.beginning import BackupCheck

    return BackupCheck(instances(injector), credentials(injector), redis_loading(injector), domain(injector))
