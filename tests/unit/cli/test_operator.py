"""Organizations, for the operator."""

import pytest

from swiftcache.access.identity import Role
from tests.api_world import ORGANIZATION, World
from tests.samples import an_account
from tests.unit.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def operator(world: World, terminal: Terminal) -> None:
    an_account(world.accounts, "org_operator", "sk_live_operator", Role.OPERATOR)
    terminal.environ |= {"SWIFTCACHE_API_KEY": "sk_live_operator", "SWIFTCACHE_ORGANIZATION": "org_operator"}


def test_an_organization_is_made_with_its_owners_key_and_listed(terminal: Terminal) -> None:
    assert "sk_live_" in terminal.ok("org", "create", "Acme Two").out
    assert "Acme Two" in terminal.ok("org", "list").out
    assert len(terminal.ok("org", "list", "--json").json()["organizations"]) == 3


def test_a_suspension_must_be_agreed_to_and_is_taken_back(terminal: Terminal) -> None:
    assert terminal.run("org", "suspend", ORGANIZATION).code == 2
    terminal.ok("org", "suspend", ORGANIZATION, "--yes")
    assert "SUSPENDED" in terminal.ok("--organization", ORGANIZATION, "org", "get").out
    terminal.ok("org", "resume", ORGANIZATION)
    assert "ACTIVE" in terminal.ok("--organization", ORGANIZATION, "org", "get").out


def test_another_organization_is_seen_by_its_id(terminal: Terminal) -> None:
    found = terminal.ok("--organization", ORGANIZATION, "org", "usage", "--json").json()
    assert set(found) == {"limits", "used", "left"}


def test_who_is_no_operator_is_a_4(terminal: Terminal, world: World) -> None:
    an_account(world.accounts, "org_456", "sk_live_owner")
    terminal.environ["SWIFTCACHE_API_KEY"] = "sk_live_owner"
    assert terminal.run("org", "list").code == 4
