"""Changing a running instance in place, and the end of one that expires: everything real but AWS."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import redis

from swiftcache.changes.request import ChangeRequest, Expiry
from swiftcache.changes.wiring import change_service
from swiftcache.configuration.model import RUN_SECONDS
from swiftcache.configuration.redis import RedisServerControl
from swiftcache.configuration.wiring import configuration_service, key_service
from swiftcache.instances.change import ChangeKind, ChangeStatus
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.key import KeyRole
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB
from swiftcache.platform.aws import now
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.timestamps import timestamp
from swiftcache.redis.connection import connect
from swiftcache.redis.wiring import credentials
from tests.statemachine.cloud import Cloud, wait_for


@pytest.fixture
def instance_id(cloud: Cloud) -> Iterator[str]:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    yield instance_id
    if cloud.find(instance_id):
        cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def found(cloud: Cloud, instance_id: str) -> Instance:
    instance = cloud.find(instance_id)
    assert instance is not None
    return instance


def configured(cloud: Cloud, instance_id: str) -> dict[str, str]:
    """What Redis itself says."""
    instance = found(cloud, instance_id)
    assert instance.endpoint is not None
    assert instance.hostname is not None
    with connect(
        instance.endpoint, instance.hostname, credentials(cloud.injector).control_password(instance_id)
    ) as client:
        answer: dict[str, str] = client.config_get("maxmemory*")
    return answer


def change(cloud: Cloud, instance_id: str, **different: Any) -> Instance:
    return change_service(cloud.injector).change(cloud.caller, instance_id, ChangeRequest(**different))


def sweep(cloud: Cloud) -> None:
    cloud.invoke(cloud.stack.functions["SweepFleetFunction"].name, {})


def test_memory_and_policy_change_while_it_runs(cloud: Cloud, instance_id: str) -> None:
    changed = change(cloud, instance_id, max_memory=20 * MIB, eviction_policy=EvictionPolicy.NOEVICTION)
    assert changed.status == "RUNNING"
    assert changed.change is not None
    assert (changed.change.kind, changed.change.status) == (ChangeKind.IN_PLACE, ChangeStatus.SUCCEEDED)
    assert changed.change.ended_at is not None
    found = configured(cloud, instance_id)
    assert (found["maxmemory"], found["maxmemory-policy"]) == (str(20 * MIB), "noeviction")


def test_settings_change_while_it_runs_and_back(cloud: Cloud, instance_id: str) -> None:
    changed = change(cloud, instance_id, settings={"slowlog-max-len": 64, "notify-keyspace-events": "KEA"})
    assert changed.change is not None
    assert (changed.change.kind, changed.change.status) == (ChangeKind.IN_PLACE, ChangeStatus.SUCCEEDED)
    for settings in (changed.settings, change(cloud, instance_id, settings={"slowlog-max-len": None}).settings):
        assert settings.events == "AKE"
    with cloud.redis(instance_id) as client:
        said = client.config_get("*")
    assert (said["slowlog-max-len"], said["notify-keyspace-events"]) == ("128", "AKE")


def test_less_memory_than_is_in_use_is_known_by_asking_redis(cloud: Cloud, instance_id: str) -> None:
    change(cloud, instance_id, max_memory=30 * MIB)
    key = key_service(cloud.injector).create(cloud.caller, instance_id, None, KeyRole.READ_WRITE)
    instance = found(cloud, instance_id)
    assert instance.hostname is not None
    assert instance.port is not None
    with redis.Redis(host=instance.hostname, port=instance.port, password=key.plain_key, ssl=True) as client:
        for number in range(15):
            client.set(f"large-{number}", b"x" * MIB)
    plan = change_service(cloud.injector).plan(cloud.caller, instance_id, ChangeRequest(max_memory=12 * MIB))
    assert plan.used_memory is not None
    assert plan.used_memory > 15 * MIB
    assert [obstacle.code for obstacle in plan.obstacles] == ["MEMORY_IN_USE"]


def test_what_redis_could_not_be_told_is_told_by_a_later_pass(
    cloud: Cloud, instance_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: Any) -> None:
        raise DependencyUnavailable("nobody answers")

    with monkeypatch.context() as patch:
        patch.setattr(RedisServerControl, "apply", unreachable)
        changed = change(cloud, instance_id, max_memory=20 * MIB)
        assert changed.change is not None
        assert changed.change.status is ChangeStatus.IN_PROGRESS
        # Longer than all retries of the start by the stream.
        wait_for(lambda: len(found(cloud, instance_id).configuration_runs) >= 5)
    sweep(cloud)
    wait_for(lambda: not found(cloud, instance_id).changing)
    assert configured(cloud, instance_id)["maxmemory"] == str(20 * MIB)
    later = now(cloud.injector)() + timedelta(seconds=RUN_SECONDS + 1)
    with monkeypatch.context() as patch:
        replace(configuration_service(cloud.injector), now=lambda: later).apply(
            cloud.caller.organization_id, instance_id
        )
    assert found(cloud, instance_id).configuration_runs == frozenset()


def test_many_changes_at_once_all_come_true(cloud: Cloud, instance_id: str) -> None:
    keys = key_service(cloud.injector)
    errors: list[Exception] = []

    def work(number: int) -> None:
        try:
            if number % 3:
                keys.create(cloud.caller, instance_id, f"key-{number}", KeyRole.READ_WRITE)
            else:
                change(cloud, instance_id, name=f"name-{number}")
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    wait_for(lambda: found(cloud, instance_id).applied_revision == found(cloud, instance_id).revision == 7)
    assert len(found(cloud, instance_id).keys) == 7


def test_an_instance_ends_at_its_time(cloud: Cloud, instance_id: str) -> None:
    at = now(cloud.injector)() + timedelta(seconds=1)
    change(cloud, instance_id, expiry=Expiry(timestamp(at)))
    sweep(cloud)
    marked = cloud.wait(instance_id, "DELETING", "GONE")
    assert now(cloud.injector)() >= at
    assert marked is None or marked.changed_at >= timestamp(at)
    cloud.wait(instance_id, "GONE")


def test_an_expiry_that_is_put_off_while_the_sweep_waits_does_not_happen(cloud: Cloud, instance_id: str) -> None:
    change(cloud, instance_id, expiry=Expiry(timestamp(now(cloud.injector)() + timedelta(seconds=1))))
    waiting = threading.Thread(target=sweep, args=(cloud,))
    waiting.start()
    change(cloud, instance_id, expiry=Expiry(None))
    waiting.join()
    assert found(cloud, instance_id).status == "RUNNING"
