"""What backups is made of: adapters behind ports, built when first needed."""

from typing import TYPE_CHECKING

from swiftcache.backups.hold_wiring import write_hold
from swiftcache.instances.stores import instances
from swiftcache.platform.aws import dynamodb, ecs, lambda_client, now, s3, stepfunctions
from swiftcache.platform.injector import Injector, provider
from swiftcache.redis.wiring import credentials, reach

if TYPE_CHECKING:
    from swiftcache.backups.failing import BackupFailer
    from swiftcache.backups.keeping import BackupKeeper
    from swiftcache.backups.ports import (
        BackupCounts,
        Backups,
        BackupStarter,
        KeepTrigger,
        ObjectStore,
        Proofs,
        ProofStarter,
    )
    from swiftcache.backups.service import BackupService
    from swiftcache.backups.taking import BackupTaker


@provider
def backups(injector: Injector) -> "Backups":
    from swiftcache.backups.table import DynamoDBBackups

    return DynamoDBBackups(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def object_store(injector: Injector) -> "ObjectStore":
    from swiftcache.backups.bucket import S3ObjectStore

    return S3ObjectStore(s3(injector), injector.environment["BACKUP_BUCKET"])


@provider
def backup_counts(injector: Injector) -> "BackupCounts":
    from swiftcache.backups.usage_table import DynamoDBBackupCounts

    return DynamoDBBackupCounts(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def proofs(injector: Injector) -> "Proofs":
    from swiftcache.backups.proof_end import EcsProofs

    return EcsProofs(ecs(injector), injector.environment["CLUSTER_NAME"])


@provider
def backup_keeper(injector: Injector) -> "BackupKeeper":
    from swiftcache.backups.keeping import BackupKeeper
    from swiftcache.backups.schedules_table import DynamoDBSchedules

    return BackupKeeper(
        backups(injector),
        DynamoDBSchedules(dynamodb(injector), injector.environment["TABLE_NAME"]),
        instances(injector),
        object_store(injector),
        proofs(injector),
        proof_starter(injector),
        now(injector),
    )


@provider
def keep_trigger(injector: Injector) -> "KeepTrigger":
    from swiftcache.backups.keep_trigger import LambdaKeepTrigger

    return LambdaKeepTrigger(lambda_client(injector), injector.environment["KEEP_BACKUPS_FUNCTION"])


@provider
def backup_starter(injector: Injector) -> "BackupStarter":
    from swiftcache.backups.executions import StepFunctionsBackupStarter

    return StepFunctionsBackupStarter(stepfunctions(injector), injector.environment["BACKUP_STATE_MACHINE_ARN"])


@provider
def proof_starter(injector: Injector) -> "ProofStarter":
    from swiftcache.backups.executions import StepFunctionsBackupStarter

    return StepFunctionsBackupStarter(stepfunctions(injector), injector.environment["BACKUP_STATE_MACHINE_ARN"])


@provider
def backup_service(injector: Injector) -> "BackupService":
    from swiftcache.backups.service import BackupService
    from swiftcache.backups.turns_table import DynamoDBBackupTurns

    turns = DynamoDBBackupTurns(dynamodb(injector), injector.environment["TABLE_NAME"])
    return BackupService(backups(injector), instances(injector), turns, backup_starter(injector), now(injector))


@provider
def backup_taker(injector: Injector) -> "BackupTaker":
    from swiftcache.backups.replica import RedisCopies
    from swiftcache.backups.taking import BackupTaker

    return BackupTaker(
        backups(injector),
        instances(injector),
        credentials(injector),
        RedisCopies(now(injector), reach(injector)),
        object_store(injector),
        write_hold(injector),
        now(injector),
    )


@provider
def backup_failer(injector: Injector) -> "BackupFailer":
    from swiftcache.backups.failing import BackupFailer

    return BackupFailer(backups(injector), object_store(injector), now(injector))
