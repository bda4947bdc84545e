"""What is not yours looks as if it were not there: the whole answer is the same, and nothing has changed.

The rows and callers are those of test_roles.py, so a new route is in this table by itself.
"""

import copy
import json
from dataclasses import dataclass
from typing import Any

import pytest

from swiftcache.access.identity import Role
from swiftcache.api.routes import ACCESS, INSTANCES
from tests.api_world import EVENTS, ORGANIZATION, World
from tests.unit.api.test_roles import BEFORE, CALLERS, OTHER, SAMPLES, STRANGERS, STRANGERS_OWN, authorization, expected
from tests.unit.api.test_roles import changes as changes
from tests.unit.api.test_roles import peopled as peopled
from tests.unit.backups.test_routes import BackupWorld
from tests.unit.backups.test_routes import kept as kept
from tests.unit.metrics.test_routes import metrics as metrics
from tests.unit.webhooks.test_routes import WebhookWorld
from tests.unit.webhooks.test_routes import hooks as hooks

KEPT_OUT = [
    pytest.param(route, caller, id=f"{route}-{caller}")
    for route in ACCESS
    for caller in CALLERS
    if expected(route, caller) in (401, 403, 404)
]

WITHIN = [route for route in ACCESS if route.count("{") == 2 and INSTANCES not in route]
"""Routes whose address names an organization and something in it."""


@dataclass
class Everything:
    """All that a request could read or change."""

    world: World
    hooks: WebhookWorld
    kept: BackupWorld

    def ask(self, route: str, caller: str, path: str = "") -> dict[str, Any]:
        """The answer, byte for byte. Only the request's id, which is the sample's, could differ."""
        return self.world.raw(SAMPLES[route], path, headers={"authorization": authorization(caller)})

    def state(self) -> object:
        accounts, instances = self.world.accounts, self.world.instances
        parts = (
            accounts.organizations,
            accounts.members,
            accounts.keys,
            accounts.versions,
            accounts.audit,
            self.world.sessions.stored,
            instances.stored,
            instances.receipts,
            self.world.workflows.started,
            self.hooks.webhooks.stored,
            self.hooks.secrets.kept,
            self.kept.backups.stored,
            self.kept.starter.started,
        )
        return copy.deepcopy(parts)

    def forget(self, *organizations: str) -> None:
        """Lets there be nothing of these organizations, nor themselves."""
        accounts = self.world.accounts
        instances, backups = self.world.instances, self.kept.backups
        for items in (instances.stored, instances.receipts, self.hooks.webhooks.stored, backups.stored):
            for key in [key for key in items if key[0] in organizations]:
                del items[key]
        for organization in organizations:
            for parts in (accounts.organizations, accounts.members, accounts.keys, accounts.versions):
                parts.pop(organization, None)


@pytest.fixture
def everything(peopled: World, hooks: WebhookWorld, kept: BackupWorld) -> Everything:
    return Everything(peopled, hooks, kept)


@pytest.mark.parametrize(("route", "caller"), KEPT_OUT)
def test_what_is_not_yours_answers_as_if_it_were_not_there(everything: Everything, route: str, caller: str) -> None:
    if route in BEFORE:
        BEFORE[route](everything.world)
    before = everything.state()
    there = everything.ask(route, caller)
    assert everything.state() == before
    if caller in set(Role):
        # His own organization is nothing to hide from him; what is in it may be.
        everything.hooks.webhooks.stored.clear()
        everything.kept.backups.stored.clear()
        everything.world.instances.stored.clear()
    else:
        everything.forget(ORGANIZATION, OTHER)
    assert there == everything.ask(route, caller)
    assert there["statusCode"] == expected(route, caller)


@pytest.mark.parametrize("caller", STRANGERS)
@pytest.mark.parametrize("route", WITHIN)
def test_anothers_thing_is_not_there_in_your_own_organization_either(
    everything: Everything, route: str, caller: str
) -> None:
    sample = json.loads((EVENTS / f"{SAMPLES[route]}.json").read_text())["rawPath"]
    path = sample.replace(ORGANIZATION, STRANGERS_OWN)
    assert path != sample
    before = everything.state()
    there = everything.ask(route, caller, path)
    assert everything.state() == before
    assert there["statusCode"] in (403, 404)
    everything.forget(ORGANIZATION, OTHER)
    assert there == everything.ask(route, caller, path)
