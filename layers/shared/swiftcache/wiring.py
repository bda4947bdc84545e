"""The composition root: the one place that builds clients and puts adapters behind ports.

Nothing is built at import, and no function builds what it does not use: a cold start pays for what it needs.
"""

import os
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_ecs import ECSClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_stepfunctions import SFNClient

    from swiftcache.access.rate_limiter import Rates
    from swiftcache.access.rate_limits import Counts
    from swiftcache.api.idempotency import Idempotency
    from swiftcache.changes.resize import Resizer
    from swiftcache.changes.service import ChangeService
    from swiftcache.configuration.key_service import KeyService
    from swiftcache.configuration.ports import Configurations, Configurator
    from swiftcache.configuration.rotation import Rotation
    from swiftcache.configuration.service import Configure
    from swiftcache.events.ports import Events
    from swiftcache.fleet.census_table import DynamoDBCensus
    from swiftcache.fleet.ecs_inventory import EcsTasks
    from swiftcache.fleet.emptying import Emptier
    from swiftcache.fleet.emptying_ports import Emptying
    from swiftcache.fleet.orphan_scan import DynamoDBPatrol
    from swiftcache.fleet.ports import Executions, Parts, Reconciling
    from swiftcache.fleet.reconciler import OneInstance, Reconciler
    from swiftcache.fleet.removal import Remover
    from swiftcache.fleet.resumption import Resumer
    from swiftcache.fleet.sweep import Sweep
    from swiftcache.instances.fleet_index import DynamoDBFleet
    from swiftcache.instances.long_poll import Waiting
    from swiftcache.instances.ports import Instances, Receipts, Workflows
    from swiftcache.instances.service import InstanceService
    from swiftcache.metrics.collector import Collector, Looker
    from swiftcache.metrics.ports import Inspector, Metrics
    from swiftcache.metrics.service import MetricsService
    from swiftcache.organizations.account_keys import AccountKeyService
    from swiftcache.organizations.audit_log import AuditService
    from swiftcache.organizations.members import MemberService
    from swiftcache.organizations.ports import Accounts
    from swiftcache.organizations.service import OrganizationService
    from swiftcache.pool.claims import WarmPool
    from swiftcache.pool.model import Shelf
    from swiftcache.pool.ports import Keeping, ReadyMembers
    from swiftcache.pool.service import PoolKeeper
    from swiftcache.provisioning.steps import StatusRecorder
    from swiftcache.provisioning.volume_ports import Volumes
    from swiftcache.recovery.ports import Recoveries, RecoveryWorkflow
    from swiftcache.recovery.service import Recoverer, TaskWatch
    from swiftcache.redis.ports import Credentials, Probe
    from swiftcache.timeline.ports import Creations
    from swiftcache.timeline.service import Reading
    from swiftcache.webhooks.delivery import Delivering
    from swiftcache.webhooks.ports import Couriers, Deliveries, SigningSecrets, Webhooks
    from swiftcache.webhooks.service import WebhookService
    from swiftcache.webhooks.target_guard import TargetGuard


def now() -> datetime:
    """With its zone. While a request that may come again is worked on, all that it does happens at one time."""
    from swiftcache.platform.unit_of_work import current_work

    work = current_work()
    return work.at if work else _clock()


def _clock() -> datetime:
    return datetime.now(UTC)


def _environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(f"the environment variable {name} is missing; template.yaml sets it") from None


@cache
def _session() -> "Session":
    import boto3
    import botocore.session

    from swiftcache.platform.botocore_models import ServiceModels

    core = botocore.session.get_session()
    core.register_component("data_loader", ServiceModels())
    return boto3.session.Session(botocore_session=core)


@cache
def _config() -> "Config":
    from botocore.config import Config

    # A call that hangs takes 8 seconds at most, so that the API can still answer in its time.
    return Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
        # As many as CollectMetrics has workers.
        max_pool_connections=32,
    )


@cache
def quick_config() -> "Config":
    from botocore.config import Config

    # For reads that are repeated anyway: one that hangs takes 1.5 seconds at most.
    return Config(connect_timeout=0.5, read_timeout=1, retries={"total_max_attempts": 1}, tcp_keepalive=True)


@cache
def _dynamodb() -> "DynamoDBClient":
    return _session().client("dynamodb", config=_config())


@cache
def _stepfunctions() -> "SFNClient":
    return _session().client("stepfunctions", config=_config())


@cache
def _secretsmanager() -> "SecretsManagerClient":
    return _session().client("secretsmanager", config=_config())


@cache
def _ecs() -> "ECSClient":
    return _session().client("ecs", config=_config())


@cache
def _lambda() -> "LambdaClient":
    return _session().client("lambda", config=_config())


@cache
def accounts() -> "Accounts":
    from swiftcache.organizations.table import DynamoDBAccounts

    return DynamoDBAccounts(_dynamodb(), _environment("TABLE_NAME"))


@cache
def counts() -> "Counts":
    from swiftcache.access.rate_counters import DynamoDBCounts

    return DynamoDBCounts(_dynamodb(), _environment("TABLE_NAME"))


@cache
def rates() -> "Rates":
    from swiftcache.access.rate_limiter import Rates

    return Rates(counts)


@cache
def instances() -> "Instances":
    from swiftcache.instances.table import DynamoDBInstances

    return DynamoDBInstances(_dynamodb(), _environment("TABLE_NAME"))


@cache
def workflows() -> "Workflows":
    from swiftcache.provisioning.executions import StepFunctionsWorkflows

    return StepFunctionsWorkflows(
        _stepfunctions(),
        _environment("PROVISION_STATE_MACHINE_ARN"),
        _environment("DEPROVISION_STATE_MACHINE_ARN"),
        _environment("RESIZE_STATE_MACHINE_ARN"),
    )


@cache
def emptying() -> "Emptying":
    from swiftcache.fleet.emptying_executions import StepFunctionsEmptying

    return StepFunctionsEmptying(_stepfunctions(), _environment("EMPTY_STATE_MACHINE_ARN"))


@cache
def credentials() -> "Credentials":
    from swiftcache.redis.credentials import SecretsManagerCredentials

    return SecretsManagerCredentials(_secretsmanager(), _environment("INSTANCE_SECRET_PREFIX"))


@cache
def events() -> "Events":
    from swiftcache.events.eventbridge import EventBridgeEvents

    return EventBridgeEvents(_session().client("events", config=_config()), _environment("EVENT_BUS_NAME"))


@cache
def probe() -> "Probe":
    from swiftcache.redis.probe import RedisProbe

    return RedisProbe()


def domain() -> str:
    """The domain under which instances have their names."""
    return _environment("DOMAIN_NAME")


@cache
def instance_service() -> "InstanceService":
    from swiftcache.instances.service import InstanceService

    return InstanceService(instances(), workflows(), warm_pool(), now)


@cache
def warm_pool() -> "WarmPool":
    from swiftcache.pool.claims import WarmPool

    return WarmPool(shelves(), ready_members)


@cache
def ready_members() -> "ReadyMembers":
    from swiftcache.pool.ready_table import DynamoDBReadyMembers

    return DynamoDBReadyMembers(_dynamodb(), _environment("TABLE_NAME"))


@cache
def idempotency() -> "Idempotency":
    import time

    from swiftcache.api.idempotency import Idempotency
    from swiftcache.api.idempotency_table import DynamoDBClaims
    from swiftcache.api.kms_seal import KmsSeal

    return Idempotency(
        DynamoDBClaims(_dynamodb(), _environment("TABLE_NAME")),
        KmsSeal(_session().client("kms", config=_config()), _environment("SEAL_KEY_ARN")),
        _clock,
        time.sleep,
    )


@cache
def status_recorder() -> "StatusRecorder":
    from swiftcache.provisioning.steps import StatusRecorder

    return StatusRecorder(instances(), now)


@cache
def configurations() -> "Configurations":
    from swiftcache.configuration.table import DynamoDBConfigurations

    return DynamoDBConfigurations(_dynamodb(), _environment("TABLE_NAME"))


@cache
def configurator() -> "Configurator":
    from botocore.config import Config

    from swiftcache.configuration.invoke import LambdaConfigurator

    # It is done all the same if we do not wait for its end, and the API must answer in its 10 seconds.
    once = Config(connect_timeout=1, read_timeout=4, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    return LambdaConfigurator(_session().client("lambda", config=once), _environment("CONTROL_REDIS_FUNCTION"))


@cache
def configure() -> "Configure":
    from swiftcache.configuration.redis import RedisServerControl
    from swiftcache.configuration.service import Configure

    return Configure(instances(), configurations(), credentials(), RedisServerControl(), domain(), now)


@cache
def key_service() -> "KeyService":
    from swiftcache.configuration.key_service import KeyService

    return KeyService(instances(), configurations(), configurator(), metrics(), now)


@cache
def change_service() -> "ChangeService":
    from swiftcache.changes.service import ChangeService

    return ChangeService(instances(), configurations(), configurator(), inspector(), now)


@cache
def metrics() -> "Metrics":
    from swiftcache.metrics.table import DynamoDBMetrics

    return DynamoDBMetrics(_dynamodb(), _environment("TABLE_NAME"))


@cache
def fleet() -> "DynamoDBFleet":
    from swiftcache.instances.fleet_index import DynamoDBFleet

    return DynamoDBFleet(_dynamodb(), _environment("TABLE_NAME"))


@cache
def inspector() -> "Inspector":
    from swiftcache.metrics.invoke import LambdaInspector

    return LambdaInspector(_lambda(), _environment("INSPECT_FUNCTION"))


@cache
def looker() -> "Looker":
    from swiftcache.metrics.collector import Looker
    from swiftcache.metrics.redis_info import RedisFigures

    return Looker(RedisFigures(), credentials())


@cache
def collector() -> "Collector":
    from swiftcache.metrics.collector import Collector

    return Collector(metrics(), looker(), now)


@cache
def metrics_service() -> "MetricsService":
    from swiftcache.metrics.service import MetricsService

    return MetricsService(instances(), metrics(), inspector(), now)


@cache
def sweep() -> "Sweep":
    import time

    from swiftcache.fleet.sweep import Sweep

    return Sweep(fleet(), instances(), workflows(), configurator(), now, time.sleep)


@cache
def rotation() -> "Rotation":
    from swiftcache.configuration.rotation import Rotation

    return Rotation(fleet(), configure(), now)


@cache
def volumes() -> "Volumes":
    from pathlib import Path

    from swiftcache.provisioning.mounted_volumes import MountedVolumes

    return MountedVolumes(Path(_environment("VOLUMES_FOLDER")))


@cache
def webhooks() -> "Webhooks":
    from swiftcache.webhooks.table import DynamoDBWebhooks

    return DynamoDBWebhooks(_dynamodb(), _environment("TABLE_NAME"))


@cache
def deliveries() -> "Deliveries":
    from swiftcache.webhooks.table import DynamoDBDeliveries

    return DynamoDBDeliveries(_dynamodb(), _environment("TABLE_NAME"))


@cache
def couriers() -> "Couriers":
    from swiftcache.webhooks.executions import StepFunctionsCouriers

    return StepFunctionsCouriers(_stepfunctions(), _environment("DELIVER_STATE_MACHINE_ARN"))


@cache
def signing_secrets() -> "SigningSecrets":
    from swiftcache.webhooks.secrets import SecretsManagerSigningSecrets

    return SecretsManagerSigningSecrets(_secretsmanager(), _environment("WEBHOOK_SECRET_PREFIX"))


@cache
def target_guard() -> "TargetGuard":
    from swiftcache.webhooks.target_guard import TargetGuard, networks_of

    return TargetGuard(networks_of(_environment("WEBHOOK_NETWORKS")))


@cache
def webhook_service() -> "WebhookService":
    from swiftcache.webhooks.service import WebhookService

    return WebhookService(webhooks(), deliveries(), signing_secrets(), target_guard(), couriers(), now)


@cache
def delivering() -> "Delivering":
    from swiftcache.webhooks.delivery import Delivering
    from swiftcache.webhooks.sender import HttpSender

    return Delivering(webhooks(), deliveries(), signing_secrets(), HttpSender(target_guard()), now)


@cache
def receipts() -> "Receipts":
    from swiftcache.instances.receipts_table import DynamoDBReceipts

    return DynamoDBReceipts(_dynamodb(), _environment("TABLE_NAME"))


@cache
def creations() -> "Creations":
    from swiftcache.timeline.creations_table import DynamoDBCreations

    return DynamoDBCreations(_dynamodb(), _environment("TABLE_NAME"))


@cache
def reading() -> "Reading":
    from swiftcache.timeline.execution_history import StepFunctionsHistories
    from swiftcache.timeline.model import Kind
    from swiftcache.timeline.service import Reading

    deprovision = _environment("DEPROVISION_STATE_MACHINE_ARN")
    histories = StepFunctionsHistories(
        _stepfunctions(),
        {
            Kind.CREATION: _environment("PROVISION_STATE_MACHINE_ARN"),
            Kind.CLEAN_UP: deprovision,
            Kind.RESIZE: _environment("RESIZE_STATE_MACHINE_ARN"),
            Kind.RECOVERY: _environment("RECOVER_STATE_MACHINE_ARN"),
            Kind.DELETION: deprovision,
        },
    )
    return Reading(instances(), histories, creations(), receipts(), now)


@cache
def waiting() -> "Waiting":
    import time

    from swiftcache.instances.long_poll import Waiting
    from swiftcache.instances.table import DynamoDBInstances

    quick = DynamoDBInstances(_session().client("dynamodb", config=quick_config()), _environment("TABLE_NAME"))
    return Waiting(instances(), quick, receipts(), rates(), now, time.monotonic, time.sleep)


@cache
def organization_service() -> "OrganizationService":
    from swiftcache.organizations.service import OrganizationService

    return OrganizationService(accounts(), now)


@cache
def member_service() -> "MemberService":
    from swiftcache.organizations.members import MemberService

    return MemberService(accounts(), now)


@cache
def account_key_service() -> "AccountKeyService":
    from swiftcache.organizations.account_keys import AccountKeyService

    return AccountKeyService(accounts(), now)


@cache
def audit_service() -> "AuditService":
    from swiftcache.organizations.audit_log import AuditService
    from swiftcache.organizations.audit_table import DynamoDBAuditLog

    return AuditService(accounts(), DynamoDBAuditLog(_dynamodb(), _environment("TABLE_NAME")))


@cache
def emptier() -> "Emptier":
    from swiftcache.fleet.contents_table import DynamoDBContents
    from swiftcache.fleet.emptying import Emptier

    return Emptier(accounts(), DynamoDBContents(_dynamodb(), _environment("TABLE_NAME")), instances(), now)


@cache
def resizer() -> "Resizer":
    from swiftcache.changes.replication import RedisReplication
    from swiftcache.changes.resize import Resizer
    from swiftcache.changes.table import DynamoDBChanges

    changes = DynamoDBChanges(_dynamodb(), _environment("TABLE_NAME"))
    return Resizer(instances(), changes, credentials(), RedisReplication(), now)


@cache
def recoveries() -> "Recoveries":
    from swiftcache.recovery.table import DynamoDBRecoveries

    return DynamoDBRecoveries(_dynamodb(), _environment("TABLE_NAME"))


@cache
def recovery_workflow() -> "RecoveryWorkflow":
    from swiftcache.recovery.executions import StepFunctionsRecoveryWorkflow

    return StepFunctionsRecoveryWorkflow(_stepfunctions(), _environment("RECOVER_STATE_MACHINE_ARN"))


@cache
def task_watch() -> "TaskWatch":
    from swiftcache.recovery.service import TaskWatch

    return TaskWatch(fleet(), instances(), recoveries(), recovery_workflow(), now)


@cache
def recoverer() -> "Recoverer":
    from swiftcache.recovery.service import Recoverer

    return Recoverer(instances(), recoveries(), credentials(), domain(), now)


@cache
def reconciling() -> "Reconciling":
    from swiftcache.fleet.invoke import LambdaReconciling

    return LambdaReconciling(_lambda(), _environment("RECONCILE_FUNCTION"))


@cache
def executions() -> "Executions":
    from swiftcache.fleet.execution_inventory import StepFunctionsExecutions
    from swiftcache.fleet.ports import Work

    return StepFunctionsExecutions(
        _stepfunctions(),
        {
            Work.PROVISION: _environment("PROVISION_STATE_MACHINE_ARN"),
            Work.DEPROVISION: _environment("DEPROVISION_STATE_MACHINE_ARN"),
            Work.RESIZE: _environment("RESIZE_STATE_MACHINE_ARN"),
            Work.RECOVER: _environment("RECOVER_STATE_MACHINE_ARN"),
            Work.EMPTY: _environment("EMPTY_STATE_MACHINE_ARN"),
        },
    )


@cache
def _tasks() -> "EcsTasks":
    from swiftcache.fleet.ecs_inventory import EcsTasks

    return EcsTasks(_ecs(), _environment("CLUSTER_NAME"), _environment("FAMILY_PREFIX"))


@cache
def _parts() -> "list[Parts]":
    """What an instance has, by kind: each is looked for by its name, for one instance or for all."""
    import time

    from swiftcache.fleet.ecs_inventory import EcsTaskDefinitions
    from swiftcache.fleet.efs_inventory import EfsAccessPoints
    from swiftcache.fleet.orphans import Kind
    from swiftcache.fleet.route53_inventory import Route53Records
    from swiftcache.fleet.secrets_inventory import NamedSecrets

    ecs, prefix = _ecs(), _environment("FAMILY_PREFIX")
    route53 = _session().client("route53", config=_config())
    return [
        _tasks(),
        EcsTaskDefinitions(ecs, prefix, "ACTIVE"),
        EcsTaskDefinitions(ecs, prefix, "INACTIVE"),
        Route53Records(route53, _environment("HOSTED_ZONE_ID"), domain(), time.sleep),
        NamedSecrets(_secretsmanager(), Kind.SECRET, _environment("INSTANCE_SECRET_PREFIX")),
        EfsAccessPoints(_session().client("efs", config=_config()), _environment("FILE_SYSTEM_ID")),
    ]


@cache
def _patrol() -> "DynamoDBPatrol":
    from swiftcache.fleet.orphan_scan import DynamoDBPatrol

    return DynamoDBPatrol(_dynamodb(), _environment("TABLE_NAME"))


@cache
def _census() -> "DynamoDBCensus":
    from swiftcache.fleet.census_table import DynamoDBCensus

    return DynamoDBCensus(_dynamodb(), _environment("TABLE_NAME"))


@cache
def _resumer() -> "Resumer":
    from swiftcache.fleet.resumption import Resumer

    return Resumer(workflows(), recovery_workflow(), emptying(), executions())


@cache
def _remover() -> "Remover":
    from swiftcache.fleet.removal import Remover

    return Remover(workflows(), executions(), signing_secrets(), _patrol(), instances(), now)


@cache
def reconciler() -> "Reconciler":
    from swiftcache.fleet.execution_inventory import RunningExecutions
    from swiftcache.fleet.orphans import Kind
    from swiftcache.fleet.passes_table import DynamoDBPasses
    from swiftcache.fleet.reconciler import Reconciler
    from swiftcache.fleet.secrets_inventory import NamedSecrets

    # Not those that remove: they end by themselves, and do no harm.
    makers = [
        _environment("PROVISION_STATE_MACHINE_ARN"),
        _environment("RESIZE_STATE_MACHINE_ARN"),
        _environment("RECOVER_STATE_MACHINE_ARN"),
        _environment("EMPTY_STATE_MACHINE_ARN"),
    ]
    return Reconciler(
        _census(),
        [
            *_parts(),
            NamedSecrets(_secretsmanager(), Kind.WEBHOOK_SECRET, _environment("WEBHOOK_SECRET_PREFIX")),
            *(RunningExecutions(_stepfunctions(), machine) for machine in makers),
        ],
        _patrol(),
        DynamoDBPasses(_dynamodb(), _environment("TABLE_NAME"), now),
        _resumer(),
        _remover(),
        _tasks(),
        task_watch(),
        now,
    )


@cache
def one_instance() -> "OneInstance":
    from swiftcache.fleet.reconciler import OneInstance

    return OneInstance(instances(), _census(), _parts(), _resumer(), _remover())


@cache
def shelves() -> "tuple[Shelf, ...]":
    """How large the warm pool is to be."""
    from swiftcache.pool.model import shelves_of

    return shelves_of(_environment("WARM_POOL"))


@cache
def pool_keeper() -> "PoolKeeper":
    from swiftcache.pool.service import PoolKeeper
    from swiftcache.pool.table import DynamoDBPoolRecord

    record = DynamoDBPoolRecord(_dynamodb(), _environment("TABLE_NAME"))
    return PoolKeeper(record, instances(), shelves(), _environment("REDIS_IMAGE"), now)


@cache
def keeping() -> "Keeping":
    from swiftcache.pool.invoke import LambdaKeeping

    return LambdaKeeping(_lambda(), _environment("KEEP_POOL_FUNCTION"))
