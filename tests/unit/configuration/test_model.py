"""What Redis is to be configured as, and which runs can still be at work on it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from swiftcache.configuration.keys import MAX_KEYS, check_room, make_key
from swiftcache.configuration.model import RUN_SECONDS, dead, finished, needs_configuration, new_run, wanted
from swiftcache.instances.change import Change, ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import InstanceKey, KeyRole
from swiftcache.instances.sizes import MIB
from swiftcache.instances.status import Status
from swiftcache.platform.errors import LimitExceeded
from swiftcache.platform.tokens import sha256
from tests.samples import AT, NOW, an_instance

CHANGE = Change(
    "chg_1", ChangeKind.IN_PLACE, ChangeStatus.IN_PROGRESS, 600 * MIB, EvictionPolicy.NOEVICTION, AT, "request-2"
)


def test_the_control_user_keeps_its_password() -> None:
    configuration = wanted(an_instance(), "secret")
    assert f"#{sha256('secret')}" in configuration.users["swiftcache"]


def test_a_new_run_is_alive_and_dead_when_no_function_lives_so_long() -> None:
    run = new_run(NOW)
    assert dead(frozenset({run}), NOW + timedelta(seconds=RUN_SECONDS - 1)) == frozenset()
    assert dead(frozenset({run}), NOW + timedelta(seconds=RUN_SECONDS + 1)) == {run}


def test_two_runs_at_the_same_time_have_two_names() -> None:
    assert new_run(NOW) != new_run(NOW)


@pytest.mark.parametrize("revision", [1, 2])
def test_an_instance_needs_configuration_while_its_redis_has_another_revision(revision: int) -> None:
    instance = an_instance(status=Status.RUNNING, revision=revision, applied_revision=1)
    assert needs_configuration(instance, NOW) == (revision != 1)


def test_an_instance_needs_configuration_if_a_run_died_on_it() -> None:
    instance = an_instance(status=Status.RUNNING, applied_revision=1, configuration_runs=frozenset({new_run(NOW)}))
    assert not needs_configuration(instance, NOW)
    assert needs_configuration(instance, NOW + timedelta(minutes=1))


def test_an_instance_needs_configuration_until_its_redis_has_what_keys_may_do_by_now() -> None:
    before = an_instance(status=Status.RUNNING, applied_revision=1, key_rules=1)
    assert needs_configuration(before, NOW)
    assert not needs_configuration(finished(before, "later"), NOW)


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_a_running_instance_needs_configuration(status: Status) -> None:
    assert not needs_configuration(an_instance(status=status, revision=2), NOW)


def test_what_is_applied_ends_a_change_in_place() -> None:
    done = finished(an_instance(revision=3, change=CHANGE), "later")
    assert done.applied_revision == 3
    assert done.change == replace(CHANGE, status=ChangeStatus.SUCCEEDED, ended_at="later")


@pytest.mark.parametrize("different", [{"kind": ChangeKind.REPLACE}, {"status": ChangeStatus.FAILED}])
def test_what_is_applied_ends_no_change_but_one_in_place(different: dict[str, Any]) -> None:
    change = replace(CHANGE, **different)
    assert finished(an_instance(change=change), "later").change == change


def test_a_new_key_is_kept_as_its_hash() -> None:
    key, plain_key = make_key("worker", KeyRole.READ_ONLY, NOW)
    assert plain_key.startswith("sc_live_")
    assert key == InstanceKey(key.id, "worker", sha256(plain_key), "2026-01-02T03:04:05Z", KeyRole.READ_ONLY)
    assert plain_key not in repr(key)


def test_there_is_room_for_so_many_keys_and_no_more() -> None:
    key, _ = make_key("worker", KeyRole.READ_WRITE, NOW)
    check_room([key] * (MAX_KEYS - 1))
    with pytest.raises(LimitExceeded, match="20 of 20 keys"):
        check_room([key] * MAX_KEYS)
