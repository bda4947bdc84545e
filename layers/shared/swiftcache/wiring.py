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

    from swiftcache.domain.ports import Accounts, Credentials, Emptying, Events, Instances, Probe, Workflows
    from swiftcache.use_cases.account_keys import AccountKeyService
    from swiftcache.use_cases.audit import AuditService
    from swiftcache.use_cases.emptying import Emptier
    from swiftcache.use_cases.instances import InstanceService
    from swiftcache.use_cases.members import MemberService
    from swiftcache.use_cases.organizations import OrganizationService
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
def workflows() -> "Workflows":
    from swiftcache.adapters.stepfunctions import StepFunctionsWorkflows

    return StepFunctionsWorkflows(
        _session().client("stepfunctions", config=_config()),
        _environment("PROVISION_STATE_MACHINE_ARN"),
        _environment("DEPROVISION_STATE_MACHINE_ARN"),
    )


@cache
def emptying() -> "Emptying":
    from swiftcache.adapters.stepfunctions import StepFunctionsEmptying

    return StepFunctionsEmptying(
        _session().client("stepfunctions", config=_config()), _environment("EMPTY_STATE_MACHINE_ARN")
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
def organization_service() -> "OrganizationService":
    from swiftcache.use_cases.organizations import OrganizationService

    return OrganizationService(accounts(), now)


@cache
def member_service() -> "MemberService":
    from swiftcache.use_cases.members import MemberService

    return MemberService(accounts(), now)


@cache
def account_key_service() -> "AccountKeyService":
    from swiftcache.use_cases.account_keys import AccountKeyService

    return AccountKeyService(accounts(), now)


@cache
def audit_service() -> "AuditService":
    from swiftcache.adapters.dynamodb_audit import DynamoDBAuditLog
    from swiftcache.use_cases.audit import AuditService

    return AuditService(accounts(), DynamoDBAuditLog(_dynamodb(), _environment("TABLE_NAME")))


@cache
def emptier() -> "Emptier":
    from swiftcache.adapters.dynamodb_contents import DynamoDBContents
    from swiftcache.use_cases.emptying import Emptier

    return Emptier(accounts(), DynamoDBContents(_dynamodb(), _environment("TABLE_NAME")), instances(), now)
