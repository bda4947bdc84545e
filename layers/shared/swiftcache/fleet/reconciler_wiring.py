"""What the reconciler is made of."""

from typing import TYPE_CHECKING

from swiftcache.backups.wiring import backup_counts, backups, object_store
from swiftcache.fleet.inventory_wiring import dns_records, parts, tasks
from swiftcache.fleet.overview_wiring import reconcile_checkpoints
from swiftcache.fleet.wiring import emptying
from swiftcache.instances.stores import domain, instances
from swiftcache.platform.aws import clock, dynamodb, now, secretsmanager, stepfunctions
from swiftcache.platform.injector import Injector, provider
from swiftcache.provisioning.wiring import workflows
from swiftcache.recovery.wiring import recovery_workflow, task_watch
from swiftcache.webhooks.wiring import signing_secrets

if TYPE_CHECKING:
    from swiftcache.fleet.backup_check import BackupCheck
    from swiftcache.fleet.instance_reconciler import InstanceReconciler
    from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan
    from swiftcache.fleet.ports import Executions
    from swiftcache.fleet.reconciler import Reconciler
    from swiftcache.fleet.record_index_table import DynamoDBRecordIndex
    from swiftcache.fleet.removal import OrphanRemover
    from swiftcache.fleet.resumption import WorkResumer


@provider
def executions(injector: Injector) -> "Executions":
    from swiftcache.fleet.execution_inventory import StepFunctionsExecutions
    from swiftcache.fleet.ports import WorkflowKind

    return StepFunctionsExecutions(
        stepfunctions(injector),
        {
            WorkflowKind.PROVISION: injector.environment["PROVISION_STATE_MACHINE_ARN"],
            WorkflowKind.DEPROVISION: injector.environment["DEPROVISION_STATE_MACHINE_ARN"],
            WorkflowKind.RESIZE: injector.environment["RESIZE_STATE_MACHINE_ARN"],
            WorkflowKind.RECOVER: injector.environment["RECOVER_STATE_MACHINE_ARN"],
            WorkflowKind.EMPTY: injector.environment["EMPTY_STATE_MACHINE_ARN"],
        },
    )


@provider
def orphan_item_scan(injector: Injector) -> "DynamoDBOrphanItemScan":
    from swiftcache.fleet.orphan_scan import DynamoDBOrphanItemScan

    return DynamoDBOrphanItemScan(dynamodb(injector), injector.environment["TABLE_NAME"])


@provider
def record_index(injector: Injector) -> "DynamoDBRecordIndex":
    from swiftcache.fleet.record_index_table import DynamoDBRecordIndex

    return DynamoDBRecordIndex(dynamodb(injector), injector.environment["TABLE_NAME"], clock(injector))


@provider
def work_resumer(injector: Injector) -> "WorkResumer":
    from swiftcache.fleet.resumption import WorkResumer

    return WorkResumer(workflows(injector), recovery_workflow(injector), emptying(injector), executions(injector))


@provider
def orphan_remover(injector: Injector) -> "OrphanRemover":
    from swiftcache.fleet.removal import OrphanRemover

    return OrphanRemover(
        workflows(injector),
        executions(injector),
        signing_secrets(injector),
        orphan_item_scan(injector),
        instances(injector),
        tasks(injector),
        now(injector),
    )


@provider
def backup_check(injector: Injector) -> "BackupCheck":
    from swiftcache.fleet.backup_check import BackupCheck

    return BackupCheck(backups(injector), backup_counts(injector), object_store(injector), now(injector))


@provider
def reconciler(injector: Injector) -> "Reconciler":
    from swiftcache.fleet.execution_inventory import RunningExecutions
    from swiftcache.fleet.orphans import ResourceKind
    from swiftcache.fleet.reconciler import Reconciler
    from swiftcache.fleet.secrets_inventory import NamedSecrets

    # Not those that remove: they end by themselves, and do no harm.
    makers = [
        injector.environment["PROVISION_STATE_MACHINE_ARN"],
        injector.environment["RESIZE_STATE_MACHINE_ARN"],
        injector.environment["RECOVER_STATE_MACHINE_ARN"],
        injector.environment["EMPTY_STATE_MACHINE_ARN"],
    ]
    return Reconciler(
        record_index(injector),
        [
            *parts(injector),
            NamedSecrets(
                secretsmanager(injector), ResourceKind.WEBHOOK_SECRET, injector.environment["WEBHOOK_SECRET_PREFIX"]
            ),
            *(RunningExecutions(stepfunctions(injector), machine) for machine in makers),
        ],
        dns_records(injector),
        orphan_item_scan(injector),
        reconcile_checkpoints(injector),
        work_resumer(injector),
        orphan_remover(injector),
        tasks(injector),
        task_watch(injector),
        backup_check(injector),
        domain(injector),
        now(injector),
    )


@provider
def instance_reconciler(injector: Injector) -> "InstanceReconciler":
    from swiftcache.fleet.instance_reconciler import InstanceReconciler

    return InstanceReconciler(
        instances(injector),
        record_index(injector),
        parts(injector),
        dns_records(injector),
        work_resumer(injector),
        orphan_remover(injector),
        domain(injector),
    )
