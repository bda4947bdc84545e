"""Lives in a private network: no task has a public address, and whatever looks for a task finds its private one."""

from collections.abc import Iterator
from typing import Any

import pytest

from swiftcache.backups.model import BackupStatus
from swiftcache.backups.service import NewBackup
from swiftcache.backups.wiring import backup_service, backups
from swiftcache.instances.model import Instance
from swiftcache.metrics.invoke import unpacked_instances
from swiftcache.recovery.executions import StartedByTheStream
from swiftcache.recovery.wiring import silence_watch
from tests.statemachine.claims import Pool, a_pool
from tests.statemachine.claims import running as claimed
from tests.statemachine.cloud import Cloud, left_as_found, running, wait_for
from tests.statemachine.recoveries import Mortal, new_instance
from tests.statemachine.resizes import Resized, delete
from tests.statemachine.test_silence import MINUTE, collect, freeze

PRIVATE = {"NetworkMode": "private", "ClientCidrs": "10.20.0.0/16,10.30.0.0/16"}


@pytest.fixture(scope="module")
def private_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    yield from running(tmp_path_factory.mktemp("private"), parameters=PRIVATE)


@pytest.fixture
def cloud(private_cloud: Cloud) -> Iterator[Cloud]:
    with left_as_found(private_cloud):
        yield private_cloud


@pytest.fixture
def pool(cloud: Cloud) -> Iterator[Pool]:
    with a_pool(cloud) as pool:
        yield pool


def interfaces(cloud: Cloud) -> list[dict[str, Any]]:
    """Those of tasks."""
    found = cloud.client("ec2").describe_network_interfaces()["NetworkInterfaces"]
    return [interface for interface in found if interface.get("Description") == "ECS task"]


def assert_reached_by_its_private_address(mortal: Mortal) -> None:
    """Its record and its name hold the address of its only task, which has no other."""
    mortal.assert_whole()
    [interface] = interfaces(mortal.cloud)
    assert "Association" not in interface
    assert mortal.instance.endpoint
    assert mortal.instance.endpoint.address == interface["PrivateIpAddress"]
    assert mortal.instance.endpoint.private_address == interface["PrivateIpAddress"]


def test_an_instance_lives_in_a_private_network_from_its_creation_to_its_deletion(cloud: Cloud) -> None:
    mortal = new_instance(cloud)
    assert_reached_by_its_private_address(mortal)
    resized = Resized(cloud, mortal.id)
    resized.assert_succeeded(resized.resize())
    resized.assert_succeeded(resized.replace())
    assert_reached_by_its_private_address(mortal)
    mortal.kill()
    mortal.recovered()
    assert_reached_by_its_private_address(mortal)
    delete(resized)
    assert interfaces(cloud) == []


def test_a_backup_is_taken_and_proved_in_a_private_network(cloud: Cloud) -> None:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    taken = backup_service(cloud.injector).create(cloud.caller, instance_id, NewBackup())
    proofs: list[dict[str, Any]] = []

    def ended() -> bool:
        proofs.extend(found for found in interfaces(cloud) if "Association" in found)
        found = backups(cloud.injector).get(cloud.caller.organization_id, taken.id)
        assert found
        return found.status is BackupStatus.AVAILABLE and found.verified is not None

    wait_for(ended, seconds=60)
    assert proofs == []
    cloud.quiet()
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_a_silent_redis_is_found_from_inside_a_private_network_and_its_recovery_begun_by_the_stream(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    scraped: list[int] = []
    unpack = unpacked_instances

    def noted(packed: str) -> list[Instance]:
        found = unpack(packed)
        scraped.append(len(found))
        return found

    monkeypatch.setattr("functions.scrape_shard.app.unpacked_instances", noted)
    mortal = new_instance(cloud)
    freeze(mortal)
    collect(mortal)
    collect(mortal, later=MINUTE)
    mortal.recovered()
    assert scraped == [1, 1]
    assert isinstance(silence_watch(cloud.injector).tasks.workflow, StartedByTheStream)
    assert_reached_by_its_private_address(mortal)
    delete(Resized(cloud, mortal.id))


def test_a_member_of_the_pool_is_claimed_in_a_private_network(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    created = pool.create()
    instance = claimed(cloud, created)
    assert instance.endpoint
    assert (instance.id, instance.endpoint) == (member.id, member.endpoint)
    [interface] = [found for found in interfaces(cloud) if found["PrivateIpAddress"] == instance.endpoint.address]
    assert "Association" not in interface
    cloud.delete(instance.id)
    cloud.wait(instance.id, "GONE")
