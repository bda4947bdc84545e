"""What each route costs in calls of AWS, in its ordinary case: a call that is new fails here.

The adapters and boto3's clients are real, moto answers for the table, the key and the secrets, and Step Functions and
Lambda are answered here. An account key's use is noted once in five minutes, and what a process counts is shared with
the others after a hundred requests of a key: neither is in a request's ordinary case, so each has a test of its own.
"""

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.stack import NO_IMAGE
from swiftcache.access.identity import Role
from swiftcache.access.rate_limits import KEY_LIMIT, PUBLIC_LIMIT, free_part
from swiftcache.api.routes import (
    ACCESS,
    BACKUPS,
    FLEET,
    INSTANCES,
    ORGANIZATIONS,
    ROLLOUTS,
    SESSION,
    SIGN_IN,
    SIGN_OUT,
    WEBHOOKS,
)
from swiftcache.backups.model import BackupKind
from swiftcache.backups.wiring import backups
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.maintenance.wiring import maintenance_service
from swiftcache.organizations.wiring import accounts as accounts_provider
from swiftcache.platform.aws import clock
from swiftcache.platform.aws import session as session_provider
from swiftcache.platform.timestamps import timestamp
from swiftcache.platform.tokens import sha256
from swiftcache.rollouts.model import RolloutStatus
from swiftcache.rollouts.wiring import rollout_record
from swiftcache.webhooks.wiring import target_guard, webhooks
from tests.api_world import INSTANCE, ORGANIZATION, TOKEN, Answer, deliver
from tests.fakes.injector import FakeInjector, Provider
from tests.fakes.metrics import FIGURES
from tests.fakes.webhooks import FakeTargets
from tests.samples import (
    NOW,
    a_backup,
    a_content,
    a_member,
    a_rollout,
    a_webhook,
    an_account,
    an_account_key,
    an_entry,
    an_instance,
)
from tests.tables import create_table
from tests.unit.api.test_roles import OTHER, SAMPLES

OPERATOR = "sk_live_of_the_operator"
ONE_INSTANCE = f"{INSTANCES}/{{instanceId}}"
ONE_ORGANIZATION = f"{ORGANIZATIONS}/{{organizationId}}"
ONE_WEBHOOK = f"{WEBHOOKS}/{{webhookId}}"
ONE_BACKUP = f"{BACKUPS}/{{backupId}}"
ONE_MAINTENANCE = f"{ONE_INSTANCE}/maintenance/{{reason}}"

CREATION = "UpdateItem TransactWriteItems UpdateItem StartExecution"

# The first of each row, if there is one, is the account key's.
CALLS = {
    f"GET {INSTANCES}/regions": "",
    "GET /api/v1/engines": "",
    f"GET {INSTANCES}/sizes": "",
    "GET /docs": "",
    "GET /openapi.json": "",
    f"POST {INSTANCES}": f"GetItem {CREATION}",
    f"GET {INSTANCES}": "GetItem Query",
    f"GET {ONE_INSTANCE}": "GetItem GetItem",
    f"DELETE {ONE_INSTANCE}": "GetItem TransactWriteItems StartExecution",
    f"PATCH {ONE_INSTANCE}": "GetItem GetItem TransactWriteItems Invoke GetItem",
    f"POST {ONE_INSTANCE}/plan": "GetItem GetItem Invoke",
    f"POST {ONE_INSTANCE}/replace": "GetItem GetItem TransactWriteItems",
    # What its owner asks for is written first, and begun then.
    f"POST {ONE_MAINTENANCE}/now": "GetItem GetItem TransactWriteItems GetItem TransactWriteItems",
    f"POST {ONE_MAINTENANCE}/defer": "GetItem GetItem TransactWriteItems",
    f"POST {ONE_INSTANCE}/keys": "GetItem GetItem TransactWriteItems Invoke",
    f"GET {ONE_INSTANCE}/keys": "GetItem GetItem GetItem",
    f"DELETE {ONE_INSTANCE}/keys/{{keyId}}": "GetItem GetItem TransactWriteItems Invoke",
    f"GET {ONE_INSTANCE}/metrics": "GetItem GetItem GetItem Query",
    f"GET {ONE_INSTANCE}/metrics/live": "GetItem GetItem Invoke",
    f"GET {ONE_INSTANCE}/slowlog": "GetItem GetItem Invoke",
    f"GET {ONE_ORGANIZATION}/metrics/prometheus": "GetItem BatchGetItem Query",
    f"GET {ONE_INSTANCE}/timeline": "GetItem GetItem GetExecutionHistory",
    f"GET {ONE_INSTANCE}/receipt": "GetItem GetItem Query",
    f"GET {FLEET}": "GetItem GetItem Query",
    f"GET {ROLLOUTS}": "GetItem GetItem Query",
    f"POST {ROLLOUTS}/{{rolloutId}}/resume": "GetItem GetItem Query TransactWriteItems",
    f"POST {ROLLOUTS}/{{rolloutId}}/abandon": "GetItem GetItem Query TransactWriteItems",
    f"POST {ROLLOUTS}/{{rolloutId}}/undo": "GetItem GetItem Query TransactWriteItems",
    f"POST {ORGANIZATIONS}": "GetItem TransactWriteItems",
    f"GET {ORGANIZATIONS}": "GetItem Query",
    f"GET {ONE_ORGANIZATION}": "GetItem GetItem",
    f"PATCH {ONE_ORGANIZATION}": "GetItem GetItem Query TransactWriteItems",
    f"DELETE {ONE_ORGANIZATION}": "GetItem GetItem Query TransactWriteItems",
    f"POST {ONE_ORGANIZATION}/suspend": "GetItem GetItem Query TransactWriteItems",
    f"POST {ONE_ORGANIZATION}/resume": "GetItem GetItem Query TransactWriteItems",
    f"GET {ONE_ORGANIZATION}/usage": "GetItem GetItem",
    f"GET {ONE_ORGANIZATION}/audit": "GetItem Query GetItem Query",
    f"GET {ONE_ORGANIZATION}/members": "GetItem GetItem Query",
    f"POST {ONE_ORGANIZATION}/members": "GetItem GetItem Query TransactWriteItems",
    f"GET {ONE_ORGANIZATION}/members/{{memberId}}": "GetItem GetItem Query",
    f"PATCH {ONE_ORGANIZATION}/members/{{memberId}}": "GetItem GetItem Query TransactWriteItems",
    f"DELETE {ONE_ORGANIZATION}/members/{{memberId}}": "GetItem GetItem Query TransactWriteItems",
    f"GET {ONE_ORGANIZATION}/keys": "GetItem GetItem Query BatchGetItem",
    f"POST {ONE_ORGANIZATION}/keys": "GetItem GetItem Query TransactWriteItems",
    f"DELETE {ONE_ORGANIZATION}/keys/{{keyId}}": "GetItem GetItem Query TransactWriteItems",
    SIGN_IN: "GetItem GetItem Query PutItem",
    f"GET {SESSION}": "GetItem GetItem Query",
    # Of the session and its key, if it is there, as in every request by cookie; then it is removed.
    SIGN_OUT: "GetItem DeleteItem",
    f"POST {WEBHOOKS}": "GetItem TransactWriteItems CreateSecret",
    f"GET {WEBHOOKS}": "GetItem Query",
    f"GET {ONE_WEBHOOK}": "GetItem GetItem",
    f"PATCH {ONE_WEBHOOK}": "GetItem GetItem TransactWriteItems",
    f"DELETE {ONE_WEBHOOK}": "GetItem GetItem TransactWriteItems",
    f"POST {ONE_WEBHOOK}/test": "GetItem GetItem StartExecution",
    f"GET {ONE_WEBHOOK}/deliveries": "GetItem GetItem Query",
    f"POST {ONE_INSTANCE}/backups": "GetItem GetItem Query TransactWriteItems StartExecution",
    f"GET {ONE_INSTANCE}/backups": "GetItem Query",
    f"GET {ONE_ORGANIZATION}/backups": "GetItem Query",
    f"GET {ONE_BACKUP}": "GetItem GetItem",
    f"DELETE {ONE_BACKUP}": "GetItem GetItem TransactWriteItems",
    f"POST {ONE_BACKUP}/plan": "GetItem GetItem GetItem",
    f"POST {ONE_BACKUP}/undelete": "GetItem GetItem GetItem TransactWriteItems StartExecution",
    # A link is signed without a call.
    f"POST {ONE_BACKUP}/download": "GetItem GetItem TransactWriteItems",
    f"POST {ONE_ORGANIZATION}/imports": "GetItem TransactWriteItems",
}

OPERATORS = {f"POST {ORGANIZATIONS}", f"GET {ORGANIZATIONS}"} | {
    route for route in ACCESS if "/operations/" in route or route.endswith(("/suspend", "/resume"))
}


class World:
    """An organization that has one of everything that the samples speak of, and every call that is made."""

    def __init__(self, clients: Mapping[str, Any], injector: FakeInjector) -> None:
        self.calls: list[str] = []
        self._clients = clients
        self.injector = injector
        for client in clients.values():
            client.meta.events.register("before-call", self._called)
        self._fill()

    def close(self) -> None:
        for client in self._clients.values():
            client.meta.events.unregister("before-call", self._called)

    def send(self, route: str, cookie: str = "", **headers: str) -> Answer:
        """The answer to the route's sample, as the operator or the owner, or by this cookie; `calls` are those that it
        took."""
        self.calls.clear()
        token = OPERATOR if route in OPERATORS else TOKEN
        if cookie:
            shown = {"authorization": None, "sec-fetch-site": "same-origin", **headers}
            return Answer(deliver(self.injector, SAMPLES[route], headers=shown, cookies=[cookie]))
        return Answer(deliver(self.injector, SAMPLES[route], headers={"authorization": f"Bearer {token}", **headers}))

    def sign_in(self) -> str:
        """The cookie of a new session of the owner."""
        [cookie] = deliver(self.injector, SAMPLES[SIGN_IN], headers={"authorization": f"Bearer {TOKEN}"})["cookies"]
        return str(cookie).partition(";")[0]

    def _called(self, model: Any, params: Any, **_: Any) -> object:
        self.calls.append(model.name)
        return ANSWERS[model.name](params["body"]) if model.name in ANSWERS else None

    def _fill(self) -> None:
        accounts = accounts_provider(self.injector)
        an_account(accounts, ORGANIZATION, TOKEN)
        an_account(accounts, OTHER, "sk_live_of_the_other")
        an_account(accounts, "org_operators", OPERATOR, Role.OPERATOR)
        before = accounts.membership(ORGANIZATION)
        assert before
        ids: dict[str, Any] = {"organization_id": ORGANIZATION, "member_id": "mem_abc123xyz", "role": Role.DEVELOPER}
        member = a_member(id="mem_abc123xyz", organization_id=ORGANIZATION, role=Role.DEVELOPER)
        key = an_account_key("sk_live_of_the_sample", id="key_abc123xyz", **ids)
        accounts.save(before, before.with_member(member).with_key(key), an_entry())
        for token in (TOKEN, OPERATOR):
            accounts.record_use(sha256(token), timestamp(NOW))
        where: dict[str, Any] = {"hostname": "abc123xyz.redis.example.com", "port": 6379}
        where["endpoint"] = Endpoint("203.0.113.10", 6379)
        where["keys"] = (InstanceKey("key_def456", "my-redis-default", "ab" * 32, timestamp(NOW, "seconds")),)
        instance = an_instance(id=INSTANCE, organization_id=ORGANIZATION, status=Status.RUNNING, **where)
        instances(self.injector).create(instance, an_entry())
        webhooks(self.injector).create(a_webhook(id="wh_abc123xyz", organization_id=ORGANIZATION), an_entry())
        backup = a_backup(id="bkp_abc123xyz", organization_id=ORGANIZATION, instance_id=INSTANCE, source=instance)
        backups(self.injector).create(backup.available(a_content(), NOW), an_entry())
        rollout_record(self.injector).store(a_rollout(id="rol_abc123xyz", status=RolloutStatus.STOPPED))

    def delete_the_instance(self) -> None:
        """With the backup as its last act."""
        backup = backups(self.injector).get(ORGANIZATION, "bkp_abc123xyz")
        assert backup
        assert backup.source
        source = replace(backup.source, status=Status.DELETING)
        sealed = replace(backup, kind=BackupKind.FINAL, source=source, revision=backup.revision + 1)
        backups(self.injector).change(backup, sealed, None)
        self.remove_the_instance()

    def require_maintenance(self) -> None:
        maintenance_service(self.injector).require(
            ORGANIZATION, INSTANCE, ChangeReason.RETIREMENT, NOW + timedelta(days=30), "health-1"
        )

    def remove_the_instance(self) -> None:
        instances(self.injector).force_deleting(ORGANIZATION, INSTANCE, an_entry())
        instances(self.injector).remove(ORGANIZATION, INSTANCE, RemovedResources(), timestamp(NOW))


def machine(name: str) -> str:
    return f"arn:aws:states:eu-central-1:123456789012:stateMachine:{name.lower()}"


def succeeded(**answer: object) -> object:
    """What botocore takes from a handler of `before-call` in the place of a call."""
    return SimpleNamespace(status_code=200), answer


BEFORE: dict[str, Callable[[World], object]] = {
    f"GET {ONE_INSTANCE}/receipt": World.remove_the_instance,
    f"POST {ONE_BACKUP}/undelete": World.delete_the_instance,
    f"POST {ONE_MAINTENANCE}/now": World.require_maintenance,
    f"POST {ONE_MAINTENANCE}/defer": World.require_maintenance,
    f"POST {ONE_ORGANIZATION}/resume": lambda world: world.send(f"POST {ONE_ORGANIZATION}/suspend"),
}
"""What must have happened before there is what a sample asks for."""


def inspected(body: bytes) -> object:
    """What InspectRedis answers."""
    return [] if b"slowCommands" in body else asdict(FIGURES)


ANSWERS: dict[str, Callable[[Any], object]] = {
    "StartExecution": lambda _: succeeded(executionArn="arn:execution", startDate=NOW),
    "GetExecutionHistory": lambda _: succeeded(events=[]),
    "Invoke": lambda body: succeeded(StatusCode=200, Payload=io.BytesIO(json.dumps(inspected(body)).encode())),
}


@pytest.fixture(scope="module")
def clients() -> Iterator[dict[str, Any]]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        session = boto3.session.Session(region_name="eu-central-1")
        services: Any = ("dynamodb", "kms", "secretsmanager", "stepfunctions", "lambda", "s3")
        yield {service: session.client(service) for service in services}


@pytest.fixture
def now() -> list[datetime]:
    """The one element is the time."""
    return [NOW]


@pytest.fixture
def world(clients: dict[str, Any], now: list[datetime]) -> Iterator[World]:
    table = f"table-{uuid4()}"
    create_table(clients["dynamodb"], table)
    machines = ("PROVISION", "DEPROVISION", "RESIZE", "RECOVER", "DELIVER", "BACKUP")
    environment = {
        "TABLE_NAME": table,
        "WARM_POOL": "",
        "REDIS_IMAGE": NO_IMAGE,
        "VALKEY_IMAGE": "",
        "DOMAIN_NAME": "example.com",
        "SEAL_KEY_ARN": clients["kms"].create_key()["KeyMetadata"]["Arn"],
        "WEBHOOK_SECRET_PREFIX": f"{table}/",
        "CONTROL_REDIS_FUNCTION": "control",
        "CONTROL_NETWORK_FUNCTION": "network",
        "NETWORK_MODE": "public",
        "BACKUP_BUCKET": "backups",
        "INSPECT_FUNCTION": "inspect",
        **{f"{name}_STATE_MACHINE_ARN": machine(name) for name in machines},
    }
    session = SimpleNamespace(client=lambda service, config: clients[service])
    given: dict[Provider, object] = {
        clock: lambda: now[0],
        session_provider: session,
        target_guard: FakeTargets(),
    }
    world = World(clients, FakeInjector(environment, given))
    yield world
    world.close()


def test_every_route_has_its_row() -> None:
    assert set(CALLS) == set(ACCESS)


@pytest.mark.parametrize("route", list(ACCESS))
def test_a_route_makes_these_calls(world: World, route: str) -> None:
    if route in BEFORE:
        BEFORE[route](world)
    answer = world.send(route)
    assert answer.status < 300, answer.text
    assert " ".join(world.calls) == CALLS[route]


@pytest.mark.parametrize(
    ("route", "most"), [(f"POST {INSTANCES}", 5), (f"GET {ONE_INSTANCE}", 2), (f"DELETE {ONE_INSTANCE}", 3)]
)
def test_the_busiest_routes_keep_to_what_is_promised(route: str, most: int) -> None:
    assert len(CALLS[route].split()) <= most


def test_a_key_s_use_is_noted_with_one_more_call_once_in_five_minutes(world: World, now: list[datetime]) -> None:
    now[0] = NOW + timedelta(minutes=5, seconds=1)
    assert calls_of(world, f"GET {ONE_INSTANCE}") == "GetItem UpdateItem GetItem"
    assert calls_of(world, f"GET {ONE_INSTANCE}") == "GetItem GetItem"


def test_a_request_by_cookie_reads_its_session_besides_and_writes_nothing(world: World) -> None:
    cookie = world.sign_in()
    route = f"GET {ONE_INSTANCE}"
    assert calls_of(world, route) == "GetItem GetItem"
    assert calls_of(world, route, cookie=cookie) == "GetItem GetItem GetItem"
    assert calls_of(world, SIGN_OUT, cookie=cookie) == "GetItem GetItem DeleteItem"
    assert calls_of(world, route, cookie=cookie) == "GetItem", "of an unknown session as of an unknown key"


@pytest.mark.parametrize("route", [SIGN_IN, SIGN_OUT])
def test_an_idempotency_key_keeps_no_answer_that_sets_a_cookie(world: World, route: str) -> None:
    assert calls_of(world, route, **{"idempotency-key": "once"}) == CALLS[route]


def test_what_is_counted_of_a_key_is_shared_with_one_more_call_in_a_hundred_requests(world: World) -> None:
    made = [calls_of(world, f"GET {ONE_INSTANCE}") for _ in range(free_part(KEY_LIMIT) + 1)]
    assert made[-1] == "GetItem UpdateItem GetItem"
    assert set(made[:-1]) == {"GetItem GetItem"}


def test_a_public_route_makes_a_call_as_rarely(world: World) -> None:
    made = [calls_of(world, f"GET {INSTANCES}/regions") for _ in range(free_part(PUBLIC_LIMIT) + 1)]
    assert made[-1] == "UpdateItem"
    assert set(made[:-1]) == {""}


def test_an_idempotency_key_adds_its_claim_and_its_answer_both_sealed(world: World) -> None:
    route, key = f"POST {INSTANCES}", {"idempotency-key": "once"}
    assert calls_of(world, route, **key) == f"GetItem Encrypt PutItem {CREATION} Encrypt UpdateItem"
    assert calls_of(world, route, **key) == "GetItem Encrypt PutItem Decrypt"


def calls_of(world: World, route: str, **headers: str) -> str:
    world.send(route, **headers)
    return " ".join(world.calls)
