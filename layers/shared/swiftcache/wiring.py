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

    from swiftcache.domain.changes import Changes
    from swiftcache.domain.ports import Accounts, Credentials, Events, Instances, Probe, Workflows
    from swiftcache.use_cases.instances import InstanceService
    from swiftcache.use_cases.resize import Resizer
    from swiftcache.use_cases.workflow import StatusRecorder


def now() -> datetime:
    """With its zone."""
    return datetime.now(UTC)


def _environment(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise RuntimeError(f"the environment variable {name} is missing; template.yaml sets it") from None


@cache
def _session() -> "Session":
    import boto3

    return boto3.session.Session()


@cache
def _config() -> "Config":
    from botocore.config import Config

    # A call that hangs takes 8 seconds at most, so that the API can still answer in its 10.
    return Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"mode": "standard", "total_max_attempts": 2},
        tcp_keepalive=True,
    )


@cache
def _dynamodb() -> "DynamoDBClient":
    return _session().client("dynamodb", config=_config())


@cache
def accounts() -> "Accounts":
    from swiftcache.adapters.dynamodb_accounts import DynamoDBAccounts

    return DynamoDBAccounts(_dynamodb(), _environment("TABLE_NAME"))


@cache
def instances() -> "Instances":
    from swiftcache.adapters.dynamodb import DynamoDBInstances

    return DynamoDBInstances(_dynamodb(), _environment("TABLE_NAME"))


@cache
def changes() -> "Changes":
    from swiftcache.adapters.dynamodb_changes import DynamoDBChanges

    return DynamoDBChanges(_dynamodb(), _environment("TABLE_NAME"))


@cache
def workflows() -> "Workflows":
    from swiftcache.adapters.stepfunctions import StepFunctionsWorkflows

    return StepFunctionsWorkflows(
        _session().client("stepfunctions", config=_config()),
        _environment("PROVISION_STATE_MACHINE_ARN"),
        _environment("DEPROVISION_STATE_MACHINE_ARN"),
        _environment("RESIZE_STATE_MACHINE_ARN"),
    )


@cache
def credentials() -> "Credentials":
    from swiftcache.adapters.secretsmanager import SecretsManagerCredentials

    return SecretsManagerCredentials(
        _session().client("secretsmanager", config=_config()), _environment("INSTANCE_SECRET_PREFIX")
    )


@cache
def events() -> "Events":
    from swiftcache.adapters.eventbridge import EventBridgeEvents

    return EventBridgeEvents(_session().client("events", config=_config()), _environment("EVENT_BUS_NAME"))


@cache
def probe() -> "Probe":
    from swiftcache.adapters.redis_probe import RedisProbe

    return RedisProbe()


def domain() -> str:
    """The domain under which instances have their names."""
    return _environment("DOMAIN_NAME")


@cache
def instance_service() -> "InstanceService":
    from swiftcache.use_cases.instances import InstanceService

    return InstanceService(instances(), workflows(), now)


@cache
def status_recorder() -> "StatusRecorder":
    from swiftcache.use_cases.workflow import StatusRecorder

    return StatusRecorder(instances(), now)


@cache
def resizer() -> "Resizer":
    from swiftcache.adapters.redis_replication import RedisReplication
    from swiftcache.use_cases.resize import Resizer

    return Resizer(instances(), changes(), credentials(), RedisReplication(), now)
