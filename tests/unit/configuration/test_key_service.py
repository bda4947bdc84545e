"""What an organization does with an instance's keys."""

from dataclasses import replace

import pytest

from swiftcache.access.audit import Action
from swiftcache.configuration.key_service import KeyService
from swiftcache.configuration.keys import MAX_KEYS
from swiftcache.instances.key import KeyRole
from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.platform.errors import DependencyUnavailable, IllegalTransition, LimitExceeded, NotFound, RecordChanged
from swiftcache.platform.tokens import sha256
from tests.fakes.configuration import FakeConfigurationStore, FakeConfigureTrigger
from tests.fakes.instances import FakeInstances
from tests.fakes.metrics import FakeMetrics
from tests.fakes.organizations import FakeAccounts
from tests.samples import NOW, ORGANIZATION, a_caller, an_account, an_entry, an_instance

OWNER = a_caller()


class World:
    def __init__(self) -> None:
        self.accounts = FakeAccounts()
        an_account(self.accounts, ORGANIZATION, "sk_live_1")
        self.instances = FakeInstances(self.accounts)
        self.configuration_store = FakeConfigurationStore(self.instances)
        self.configure_trigger = FakeConfigureTrigger()
        self.keys = KeyService(
            self.instances, self.configuration_store, self.configure_trigger, FakeMetrics(), lambda: NOW
        )
        self.instances.create(an_instance(status=Status.RUNNING), an_entry())

    def found(self) -> Instance:
        found = self.instances.get(ORGANIZATION, "inst_a1")
        assert found is not None
        return found

    def status(self, status: Status) -> None:
        self.instances.stored[ORGANIZATION, "inst_a1"] = replace(self.found(), status=status)


@pytest.fixture
def world() -> World:
    return World()


def test_a_new_key_is_stored_by_its_hash_and_raises_the_revision(world: World) -> None:
    created = world.keys.create(OWNER, "inst_a1", "worker", KeyRole.READ_ONLY)
    [_, stored] = world.found().keys
    assert (stored.name, stored.role, stored.sha256) == ("worker", KeyRole.READ_ONLY, sha256(created.plain_key))
    assert world.found().revision == 2


def test_a_key_without_a_name_gets_the_instances(world: World) -> None:
    assert world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_ONLY).key.name == "my-redis-read-only"


def test_a_new_key_is_configured_after_it_is_stored(world: World) -> None:
    created = world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)
    assert created.applied
    assert world.configure_trigger.asked == [(ORGANIZATION, "inst_a1")]


def test_a_new_key_is_shown_although_it_could_not_be_configured_yet(world: World) -> None:
    world.configure_trigger.available = False
    created = world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)
    assert created.plain_key
    assert not created.applied


def test_each_change_is_in_the_audit_log_without_the_key(world: World) -> None:
    created = world.keys.create(OWNER, "inst_a1", "worker", KeyRole.READ_WRITE)
    world.keys.revoke(OWNER, "inst_a1", created.key.id)
    made, ended = world.accounts.audit[-2:]
    assert (made.action, made.target_id, made.details) == (
        Action.INSTANCE_KEY_CREATED,
        "inst_a1",
        {"keyId": created.key.id, "keyName": "worker", "role": "read-write"},
    )
    assert (ended.action, ended.details) == (
        Action.INSTANCE_KEY_REVOKED,
        {"keyId": created.key.id, "keyName": "worker"},
    )


def test_a_revoked_key_is_gone_at_once(world: World) -> None:
    created = world.keys.create(OWNER, "inst_a1", "worker", KeyRole.READ_WRITE)
    assert world.keys.revoke(OWNER, "inst_a1", created.key.id)
    assert [key.id for key in world.found().keys] == ["key_1"]
    assert world.found().revision == 3


def test_the_last_key_may_be_revoked(world: World) -> None:
    world.keys.revoke(OWNER, "inst_a1", "key_1")
    assert world.found().keys == ()


@pytest.mark.parametrize("key_id", ["key_2", "", "x" * 2000])
def test_a_key_that_is_not_there_cannot_be_revoked(world: World, key_id: str) -> None:
    with pytest.raises(NotFound):
        world.keys.revoke(OWNER, "inst_a1", key_id)
    assert world.configure_trigger.asked == []


def test_there_is_a_limit_of_keys_of_an_instance(world: World) -> None:
    for _ in range(MAX_KEYS - 1):
        world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)
    with pytest.raises(LimitExceeded):
        world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_keys_of_a_running_instance_change(world: World, status: Status) -> None:
    world.status(status)
    with pytest.raises(IllegalTransition):
        world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)
    with pytest.raises(IllegalTransition):
        world.keys.revoke(OWNER, "inst_a1", "key_1")


def test_anothers_instance_does_not_exist(world: World) -> None:
    stranger = a_caller(organization_id="org_2")
    for attempt in (
        lambda: world.keys.list(stranger, "inst_a1"),
        lambda: world.keys.create(stranger, "inst_a1", None, KeyRole.READ_WRITE),
        lambda: world.keys.revoke(stranger, "inst_a1", "key_1"),
        lambda: world.keys.list(OWNER, "inst_A"),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_who_comes_second_decides_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    store = world.configuration_store.store
    others = iter([True])

    def store_after_another(before: Instance, after: Instance, audit: object) -> None:
        if next(others, False):
            world.keys.create(OWNER, "inst_a1", "first", KeyRole.READ_WRITE)
        store(before, after, an_entry())

    monkeypatch.setattr(world.configuration_store, "store", store_after_another)
    world.keys.create(OWNER, "inst_a1", "second", KeyRole.READ_WRITE)
    assert sorted(key.name for key in world.found().keys) == ["first", "my-redis-default", "second"]
    assert world.found().revision == 3


def test_who_always_comes_second_is_told_to_come_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def always_changed(*_: object) -> None:
        raise RecordChanged("inst_a1 was changed")

    monkeypatch.setattr(world.configuration_store, "store", always_changed)
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(DependencyUnavailable):
        world.keys.create(OWNER, "inst_a1", None, KeyRole.READ_WRITE)
