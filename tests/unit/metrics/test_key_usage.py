"""Which key a connection belongs to."""

from datetime import UTC, datetime

import pytest

from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.metrics.key_usage import SHARED, Connection, KeyUse, key_use

NOW = datetime(2024, 3, 15, 10, 30, tzinfo=UTC)


def key(name: str, created_at: str = "2024-03-15T10:00:00Z", role: KeyRole = KeyRole.READ_WRITE) -> InstanceKey:
    return InstanceKey(name, name, "ab" * 32, created_at, role)


OLD, YOUNG = key("key_old"), key("key_young", "2024-03-15T10:20:00Z")
READER = key("key_reader", role=KeyRole.READ_ONLY)


def used(*connections: Connection, keys: tuple[InstanceKey, ...] = (OLD, YOUNG)) -> dict[str, KeyUse]:
    return key_use({}, connections, keys, NOW)


def test_a_connection_under_a_keys_id_is_that_keys() -> None:
    assert used(Connection("key_young", age=60, idle=30)) == {"key_young": KeyUse("2024-03-15T10:29:30Z", 1)}


def test_a_connection_with_the_only_key_is_that_keys() -> None:
    assert set(used(Connection("default", age=60, idle=0), keys=(OLD,))) == {"key_old"}


def test_a_connection_from_before_the_second_key_is_the_firsts() -> None:
    assert set(used(Connection("default", age=15 * 60, idle=0))) == {"key_old"}


def test_a_connection_from_after_the_second_key_could_be_eithers() -> None:
    assert set(used(Connection("default", age=5 * 60, idle=0))) == {SHARED}


@pytest.mark.parametrize("age", [599, 600, 601])
def test_within_the_rounding_of_ages_it_could_be_eithers(age: int) -> None:
    assert set(used(Connection("default", age=age, idle=0))) == {SHARED}


def test_a_read_only_key_does_not_open_the_default_user() -> None:
    assert set(used(Connection("default", age=60, idle=0), keys=(OLD, READER))) == {"key_old"}


@pytest.mark.parametrize("user", ["swiftcache", "key_revoked"])
def test_who_has_no_key_is_not_counted(user: str) -> None:
    assert used(Connection(user, age=60, idle=0)) == {}


def test_connections_are_counted_and_the_last_use_is_the_latest() -> None:
    found = used(Connection("key_old", age=90, idle=60), Connection("key_old", age=90, idle=10))
    assert found == {"key_old": KeyUse("2024-03-15T10:29:50Z", 2)}


def test_a_last_use_outlives_the_connection() -> None:
    before = {"key_old": KeyUse("2024-03-15T10:29:00Z", 3)}
    assert key_use(before, [], [OLD], NOW) == {"key_old": KeyUse("2024-03-15T10:29:00Z", 0)}


def test_a_last_use_never_goes_back() -> None:
    before = {"key_old": KeyUse("2024-03-15T10:29:00Z", 0)}
    found = key_use(before, [Connection("key_old", age=500, idle=400)], [OLD], NOW)
    assert found == {"key_old": KeyUse("2024-03-15T10:29:00Z", 1)}


def test_a_revoked_key_is_forgotten() -> None:
    assert key_use({"key_gone": KeyUse("2024-03-15T10:29:00Z", 1)}, [], [OLD], NOW) == {}
