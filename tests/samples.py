"""Instances to test with."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

from swiftcache.access.audit import Action, AuditEntry, entry
from swiftcache.access.identity import Caller, Role
from swiftcache.backups.model import Backup, BackupKind, BackupStatus, Content, Rdb
from swiftcache.engines.model import EngineName, Offer, Offers
from swiftcache.events.model import Event
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import KEY_RULES, InstanceKey
from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Reason, Status
from swiftcache.organizations.model import AccountKey, Limits, Member, Organization, OrganizationStatus
from swiftcache.organizations.ports import Accounts
from swiftcache.platform.tokens import account_key_prefix, new_id, sha256
from swiftcache.rollouts.model import Rollout, RolloutStatus
from swiftcache.webhooks.model import Delivery, Webhook

ORGANIZATION = "org_1"
DOMAIN = "example.com"
NOW = datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
OFFERS = Offers(
    (
        Offer(EngineName.REDIS, "7.2.16", default=True, end_of_life=date(2029, 12, 31)),
        Offer(EngineName.VALKEY, "8.1.10", default=False, end_of_life=None),
    )
)
AT = "2026-01-02T03:04:05.678Z"


def an_instance(**different: Any) -> Instance:
    instance = Instance(
        id="inst_a1",
        organization_id=ORGANIZATION,
        name="my-redis",
        status=Status.PROVISIONING,
        max_memory=512 * MIB,
        region="eu-central",
        eviction_policy=EvictionPolicy.ALLKEYS_LRU,
        created_at="2026-01-02T03:04:05Z",
        changed_at=AT,
        reason=Reason.CREATED.value,
        request_id="request-1",
        keys=(InstanceKey("key_1", "my-redis-default", "ab" * 32, "2026-01-02T03:04:05Z"),),
        key_rules=KEY_RULES,
    )
    return replace(instance, **different)


def a_caller(**different: Any) -> Caller:
    return replace(Caller(ORGANIZATION, "key_owner", "mem_owner", Role.OWNER, "203.0.113.7", "request-1"), **different)


def an_organization(**different: Any) -> Organization:
    organization = Organization(
        id=ORGANIZATION,
        name="Acme",
        status=OrganizationStatus.ACTIVE,
        created_at="2026-01-02T03:04:05Z",
        limits=Limits(instances=10, memory=10 * 1024 * MIB, backups=10_000, backup_bytes=10 * 1024 * MIB),
        used=Limits(instances=0, memory=0),
    )
    return replace(organization, **different)


def a_member(**different: Any) -> Member:
    return replace(Member("mem_owner", ORGANIZATION, "owner", Role.OWNER, "2026-01-02T03:04:05Z"), **different)


def an_account_key(plain: str, **different: Any) -> AccountKey:
    key = AccountKey(
        id="key_owner",
        organization_id=ORGANIZATION,
        member_id="mem_owner",
        name="first",
        role=Role.OWNER,
        prefix=account_key_prefix(plain),
        sha256=sha256(plain),
        created_at="2026-01-02T03:04:05Z",
    )
    return replace(key, **different)


def an_entry(action: Action = Action.INSTANCE_CREATED, **different: Any) -> AuditEntry:
    return replace(entry(a_caller(), action, "inst_a1", "my-redis", NOW), **different)


def an_account(accounts: Accounts, organization_id: str, plain: str, role: Role = Role.OWNER) -> None:
    """Makes an organization with one account key of this role; if it is there, one more member with a key."""
    before = accounts.membership(organization_id)
    if before is None:
        accounts.create_organization(
            an_organization(id=organization_id),
            a_member(organization_id=organization_id, role=role),
            an_account_key(plain, organization_id=organization_id, role=role),
            an_entry(Action.ORGANIZATION_CREATED, organization_id=organization_id),
        )
        return
    member = a_member(id=new_id("mem"), organization_id=organization_id, role=role)
    key = an_account_key(plain, id=new_id("key"), organization_id=organization_id, member_id=member.id, role=role)
    added = an_entry(Action.ACCOUNT_KEY_CREATED, organization_id=organization_id)
    accounts.save(before, before.with_member(member).with_key(key), added)


def a_request(**different: Any) -> NewInstance:
    return replace(NewInstance(ORGANIZATION, "my-redis", 512 * MIB, "eu-central"), **different)


def a_rollout(**different: Any) -> Rollout:
    rollout = Rollout("rol_1", EngineName.REDIS, "7.2.16", RolloutStatus.IN_PROGRESS, AT, AT, AT, total=100)
    return replace(rollout, **different)


def a_webhook(**different: Any) -> Webhook:
    webhook = Webhook(
        id="wh_a1",
        organization_id=ORGANIZATION,
        url="https://hooks.example.com/in/secret-path?token=x",
        events=("instance.status_changed", "instance.key.created"),
        description="to the on-call chat",
        enabled=True,
        created_at="2026-01-02T03:04:05Z",
    )
    return replace(webhook, **different)


def a_delivery(**different: Any) -> Delivery:
    return replace(Delivery("wh_a1", "evt_1", "instance.status_changed", AT), **different)


def an_event(**different: Any) -> Event:
    return replace(Event("evt_1", "instance.status_changed", AT, ORGANIZATION, {"to": "RUNNING"}), **different)


_FUNCTIONS = "arn:aws:lambda:eu-central-1:123456789012:function:"


def a_lambda_context(name: str, seconds: int, qualifier: str = "", request_id: str = "lambda-request") -> object:
    """What Lambda gives to the function of this name beside the event; `seconds` are always left.

    `qualifier` is the alias by which it was called.
    """
    return SimpleNamespace(
        function_name=name,
        memory_limit_in_mb=1024,
        invoked_function_arn=":".join(filter(None, [f"{_FUNCTIONS}{name}", qualifier])),
        aws_request_id=request_id,
        get_remaining_time_in_millis=lambda: seconds * 1000,
    )


def a_backup(**different: Any) -> Backup:
    backup = Backup(
        id="bkp_a1",
        organization_id=ORGANIZATION,
        kind=BackupKind.MANUAL,
        status=BackupStatus.CREATING,
        name="before the release",
        retention_days=30,
        created_at=AT,
        request_id="request-1",
        instance_id="inst_a1",
        instance_name="my-redis",
        source=an_instance(status=Status.RUNNING),
    )
    return replace(backup, **different)


def a_content(**different: Any) -> Content:
    content = Content(
        version="v1",
        size_bytes=1_000_000,
        sha256="5e" * 32,
        rdb=Rdb("redis", "7.2.11", 11),
        taken_at=AT,
        keys=1_000,
    )
    return replace(content, **different)
