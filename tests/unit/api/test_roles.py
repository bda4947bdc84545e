"""Every route, asked by everybody: who may, who may not, and who learns that it is there at all.

The rows are the routes of ACCESS, the requests are the samples in events/: a new route is in the table by itself, and
fails until it has a sample.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.access.identity import Role, allows
from swiftcache.api.routes import ACCESS, SESSION, SIGN_OUT
from swiftcache.backups.model import BackupKind, BackupStatus
from swiftcache.changes.replacement import ReplacementService
from swiftcache.changes.service import ChangeService
from swiftcache.changes.wiring import change_service, replacement_service
from swiftcache.configuration.key_service import KeyService
from swiftcache.configuration.wiring import key_service
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint
from swiftcache.instances.receipt import RemovedResources
from swiftcache.instances.status import Status
from swiftcache.maintenance.service import MaintenanceService
from swiftcache.maintenance.wiring import maintenance_service
from swiftcache.organizations.model import OrganizationStatus
from swiftcache.platform.timestamps import timestamp
from tests.api_world import EVENTS, INSTANCE, ORGANIZATION, World
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.maintenance import FakeMaintenance
from tests.fakes.metrics import FIGURES, FakeInspector, FakeMetrics
from tests.fakes.networks import FakeNetworkTrigger
from tests.samples import (
    AT,
    NOW,
    OFFERS,
    a_content,
    a_member,
    a_rollout,
    an_account,
    an_account_key,
    an_entry,
    an_instance,
)
from tests.unit.backups.test_routes import BackupWorld
from tests.unit.backups.test_routes import kept as kept
from tests.unit.metrics.test_routes import metrics as metrics
from tests.unit.webhooks.test_routes import WebhookWorld
from tests.unit.webhooks.test_routes import hooks as hooks

OTHER = "org_456"
"""The organization that the operator's samples speak of."""

STRANGERS_OWN = "org_789"
ENDPOINT = Endpoint("203.0.113.10", 6379)

UNKNOWN = ("no key", "malformed", "unknown", "revoked", "expired", "suspended", "removed member")
STRANGERS = {f"another's {role}": role for role in (Role.VIEWER, Role.OWNER, Role.OPERATOR)}
"""With a valid key of another organization."""

CALLERS = [*(role.value for role in Role), *STRANGERS, *UNKNOWN]

REFUSED = {("DELETE /api/v1/organizations/{organizationId}", Role.OPERATOR.value): 409}
"""Where the role would do, but the state of things does not allow what the sample asks for."""


def samples() -> dict[str, str]:
    """The name of the sample request of each route of the API."""
    found: dict[str, str] = {}
    for file in sorted(EVENTS.glob("*.json")):
        event = json.loads(file.read_text())
        if "routeKey" in event and file.stem != "console":  # whose function knows nobody
            found.setdefault(event["routeKey"], file.stem)
    return found


SAMPLES = samples()


def token(caller: str) -> str:
    return f"sk_live_of_{caller.replace(' ', '_')}"


def authorization(caller: str) -> str | None:
    """The header that this caller sends."""
    return {"no key": None, "malformed": "Bearer 💥"}.get(caller, f"Bearer {token(caller)}")


def expected(route: str, caller: str) -> int:
    """The status; 200 stands for every success."""
    needed = ACCESS[route]
    if needed is None or route == SIGN_OUT:  # whoever has a session's cookie, as the sample has one, may end it
        return 200
    if caller in UNKNOWN:
        return 401
    if not allows(STRANGERS.get(caller) or Role(caller), needed):
        return 403
    if route.endswith(SESSION):  # of which everybody has his own
        return 200
    if caller in STRANGERS and not (STRANGERS[caller] is Role.OPERATOR and is_operators(route)):
        return 404
    return REFUSED.get((route, caller), 200)


def is_operators(route: str) -> bool:
    """Whether the operator reaches it in every organization."""
    return "/operations/" in route or (
        "/organizations" in route
        and not any(word in route for word in ("/webhooks", "/backups", "/imports", "/metrics"))
    )


@pytest.fixture
def changes(world: World, metrics: FakeMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    """Instance keys and configuration."""
    configuration_store, configure_trigger = FakeConfigurationStore(world.instances), FakeConfigureTrigger()
    keys = KeyService(world.instances, configuration_store, configure_trigger, metrics, lambda: NOW)
    inspector = FakeInspector({INSTANCE: FIGURES})
    changes = ChangeService(
        world.instances, configuration_store, configure_trigger, FakeNetworkTrigger(), inspector, OFFERS, lambda: NOW
    )
    world.injector.given[key_service] = keys
    world.injector.given[change_service] = changes
    world.injector.given[replacement_service] = ReplacementService(world.instances, configuration_store, lambda: NOW)


@pytest.fixture
def peopled(world: World, hooks: WebhookWorld, kept: BackupWorld, metrics: FakeMetrics, changes: None) -> World:
    """With an account key of every role, one of each kind that is not valid, and what the samples speak of."""
    accounts = world.accounts
    key = InstanceKey("key_def456", "my-redis-default", "ab" * 32, "2026-01-02T03:04:05Z")
    where: dict[str, Any] = {"hostname": "abc123xyz.redis.example.com", "port": 6379, "endpoint": ENDPOINT}
    world.with_instance(status=Status.RUNNING, keys=(key,), **where)
    an_account(accounts, OTHER, "sk_live_of_the_other")
    an_account(accounts, STRANGERS_OWN, "sk_live_of_the_strangers_owner")
    for caller, role in STRANGERS.items():
        an_account(accounts, STRANGERS_OWN, token(caller), role)
    an_account(accounts, "org_suspended", token("suspended"))
    suspended = accounts.membership("org_suspended")
    assert suspended is not None
    accounts.save(suspended, suspended.with_status(OrganizationStatus.SUSPENDED), an_entry())

    before = accounts.membership(ORGANIZATION)
    assert before is not None
    after = before
    for role in Role:
        ids: dict[str, Any] = {"organization_id": ORGANIZATION, "member_id": f"mem_{role}", "role": role}
        after = after.with_member(a_member(id=f"mem_{role}", organization_id=ORGANIZATION, role=role))
        after = after.with_key(an_account_key(token(role), id=f"key_{role}", **ids))
    after = after.with_member(a_member(id="mem_abc123xyz", organization_id=ORGANIZATION, role=Role.DEVELOPER))
    ids = {"organization_id": ORGANIZATION, "member_id": "mem_abc123xyz", "role": Role.DEVELOPER}
    after = after.with_key(an_account_key("sk_live_of_the_sample", id="key_abc123xyz", **ids))
    past = timestamp(NOW - timedelta(seconds=1))
    after = after.with_key(an_account_key(token("expired"), id="key_expired", expires_at=past, **ids))
    after = after.with_key(an_account_key(token("revoked"), id="key_revoked", **ids))
    after = after.with_member(a_member(id="mem_removed", organization_id=ORGANIZATION))
    ids = {"organization_id": ORGANIZATION, "member_id": "mem_removed", "role": Role.OWNER}
    after = after.with_key(an_account_key(token("removed member"), id="key_removed", **ids))
    accounts.save(before, after, an_entry())
    with_all = accounts.membership(ORGANIZATION)
    assert with_all is not None
    accounts.save(with_all, with_all.without_key("key_revoked").without_member("mem_removed"), an_entry())
    hooks.add()
    kept.add(status=BackupStatus.AVAILABLE, content=a_content())
    return world


def remove_the_instance(world: World) -> None:
    world.instances.force_deleting(ORGANIZATION, INSTANCE, an_entry())
    world.instances.remove(ORGANIZATION, INSTANCE, RemovedResources(), AT)


def keep_its_last_backup(world: World) -> None:
    remove_the_instance(world)
    [(key, backup)] = world.backups.stored.items()
    source = an_instance(id=INSTANCE, organization_id=ORGANIZATION, status=Status.DELETING)
    world.backups.stored[key] = replace(
        backup, kind=BackupKind.FINAL, source=source, expires_at="2100-01-01T00:00:00.000Z"
    )


def require_maintenance(world: World) -> None:
    service = MaintenanceService(
        *(world.instances, FakeMaintenance(world.instances)),
        ReplacementService(world.instances, FakeConfigurationStore(world.instances), lambda: NOW),
        lambda: NOW,
    )
    world.injector.given[maintenance_service] = service
    service.require(ORGANIZATION, INSTANCE, ChangeReason.RETIREMENT, NOW + timedelta(days=30), "health-1")


def begin_a_rollout(world: World) -> None:
    world.rollouts.store(a_rollout(id="rol_abc123xyz"))


BEFORE: dict[str, Callable[[World], None]] = {
    "GET /api/v1/instances/{instanceId}/receipt": remove_the_instance,
    "POST /api/v1/backups/{backupId}/undelete": keep_its_last_backup,
    "POST /api/v1/instances/{instanceId}/maintenance/{reason}/now": require_maintenance,
    "POST /api/v1/instances/{instanceId}/maintenance/{reason}/defer": require_maintenance,
    "POST /api/v1/operations/rollouts/{rolloutId}/resume": begin_a_rollout,
    "POST /api/v1/operations/rollouts/{rolloutId}/abandon": begin_a_rollout,
    "POST /api/v1/operations/rollouts/{rolloutId}/undo": begin_a_rollout,
}
"""What must have happened before there is what a sample asks for."""


def test_every_route_has_a_sample() -> None:
    assert set(ACCESS) == set(SAMPLES) - {"$default"}


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("route", list(ACCESS))
def test_the_table_of_route_and_role(peopled: World, route: str, caller: str) -> None:
    if route in BEFORE:
        BEFORE[route](peopled)
    answer = peopled.send(SAMPLES[route], headers={"authorization": authorization(caller)})
    found = 200 if answer.status < 300 else answer.status
    assert found == expected(route, caller), answer.text
