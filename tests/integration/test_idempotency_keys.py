"""Instance keys, changes and requests with a key: the one-time key is that of the try which stored it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from swiftcache.configuration.keys import MAX_KEYS
from swiftcache.configuration.wiring import configure_trigger
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.metrics.wiring import inspector
from swiftcache.networks.wiring import network_trigger
from swiftcache.platform.tokens import sha256
from tests.api_world import INSTANCE, ORGANIZATION
from tests.fakes.configuration import FakeConfigureTrigger
from tests.fakes.metrics import FakeInspector
from tests.fakes.networks import FakeNetworkTrigger
from tests.integration.mortal_api import LATER, World, started
from tests.samples import an_entry, an_instance

CALLS = ["GetItem", "Encrypt", "PutItem", "GetItem", "TransactWriteItems"]
REVOKED = f"/api/v1/instances/{INSTANCE}/keys/key_1"


@pytest.fixture
def world() -> Iterator[World]:
    with started() as world:
        world.injector.given[configure_trigger] = FakeConfigureTrigger()
        world.injector.given[network_trigger] = FakeNetworkTrigger()
        world.injector.given[inspector] = FakeInspector()
        yield world


def running(world: World, keys: int = 1) -> None:
    """Makes a RUNNING instance with so many keys."""
    made = tuple(InstanceKey(f"key_{number}", "worker", f"{number:064d}", "2026") for number in range(1, keys + 1))
    instance = an_instance(id=INSTANCE, organization_id=ORGANIZATION, status=Status.RUNNING, keys=made)
    instances(world.injector).create(replace(instance, hostname="a1.redis.example.com", port=6379), an_entry())


def stored(world: World) -> Instance:
    found = instances(world.injector).get(ORGANIZATION, INSTANCE)
    assert found
    return found


def dies_after_its_write(world: World, name: str, path: str = "") -> None:
    world.dies(lambda: world.send(name, path=path), len(CALLS) - 1, "after-call")
    assert world.calls == CALLS
    world.time += LATER


@pytest.mark.parametrize("before", [1, MAX_KEYS - 1], ids=["one of a few", "the last that there may be"])
def test_a_key_is_made_once_and_shown(world: World, before: int) -> None:
    running(world, before)
    dies_after_its_write(world, "create_instance_key")
    answer = world.send("create_instance_key")
    assert answer.status == 201, answer.text
    shown = answer.body["createdKey"]
    assert len(stored(world).keys) == before + 1
    assert sha256(shown["plainTextKey"]) in {key.sha256 for key in stored(world).keys if key.id == shown["id"]}
    assert world.send("create_instance_key").text == answer.text


def test_a_key_that_an_earlier_try_revoked_is_not_unknown(world: World) -> None:
    running(world, 2)
    dies_after_its_write(world, "revoke_instance_key", REVOKED)
    assert world.send("revoke_instance_key", path=REVOKED).status < 300
    assert [key.id for key in stored(world).keys] == ["key_2"]


def test_a_change_that_an_earlier_try_began_does_not_stand_in_its_way(world: World) -> None:
    running(world)
    dies_after_its_write(world, "change_instance")
    before = stored(world)
    assert before.change
    answer = world.send("change_instance")
    assert answer.status < 300, answer.text
    assert stored(world) == before
