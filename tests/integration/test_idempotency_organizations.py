"""Members, account keys and requests with a key: what an earlier try has done is neither repeated nor refused."""

from collections.abc import Iterator
from typing import Any

import pytest

from swiftcache.organizations.membership import Membership
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.tokens import sha256
from tests.api_world import ORGANIZATION
from tests.integration.mortal_api import LATER, World, started

NEW_KEY = '{"name": "ci", "role": "developer"}'


@pytest.fixture
def world() -> Iterator[World]:
    with started() as world:
        yield world


def membership(world: World) -> Membership:
    found = accounts(world.injector).membership(ORGANIZATION)
    assert found
    return found


def dies_after_its_write(world: World, name: str, **changes: Any) -> None:
    calls = ["GetItem", "Encrypt", "PutItem", "GetItem", "Query", "TransactWriteItems"]
    world.dies(lambda: world.send(name, **changes), len(calls) - 1, "after-call")
    assert world.calls == calls
    world.time += LATER


def test_an_account_key_is_made_once_and_shown(world: World) -> None:
    dies_after_its_write(world, "create_account_key", body=NEW_KEY)
    before = membership(world)
    answer = world.send("create_account_key", body=NEW_KEY)
    assert answer.status == 201, answer.text
    assert membership(world) == before
    assert sha256(answer.body["createdKey"]["plainTextKey"]) in {key.sha256 for key in before.keys}
    assert world.send("create_account_key", body=NEW_KEY).text == answer.text


def test_a_key_that_an_earlier_try_revoked_is_not_unknown(world: World) -> None:
    world.send("create_account_key", "another", body=NEW_KEY)
    [made] = [key.id for key in membership(world).keys if key.id != "key_owner"]
    path = f"/api/v1/organizations/{ORGANIZATION}/keys/{made}"
    dies_after_its_write(world, "revoke_account_key", path=path)
    assert world.send("revoke_account_key", path=path).status == 200
    assert world.audit().count("account_key.revoked") == 1


def test_a_member_is_added_once(world: World) -> None:
    dies_after_its_write(world, "create_member")
    before = membership(world)
    assert world.send("create_member").status == 201
    assert membership(world) == before


def test_a_name_that_another_changed_meanwhile_stays(world: World) -> None:
    dies_after_its_write(world, "change_organization", body='{"name": "First"}')
    world.send("change_organization", "another", body='{"name": "Second"}')
    assert world.send("change_organization", body='{"name": "First"}').status == 200
    assert membership(world).organization.name == "Second"
