"""Lives in a public network whose port 6380 is closed: clients come by public addresses, functions by private ones."""

from collections.abc import Iterator

import pytest

from swiftcache.backups.model import BackupStatus
from swiftcache.backups.service import NewBackup
from swiftcache.backups.wiring import backup_service, backups
from swiftcache.recovery.executions import StartedByTheStream
from swiftcache.recovery.wiring import silence_watch
from tests.integration.redis.writers import connector, lost, writing
from tests.statemachine.claims import a_pool
from tests.statemachine.claims import running as claimed
from tests.statemachine.cloud import Cloud, left_as_found, wait_for
from tests.statemachine.moving import InternetGateway, behind_a_gateway
from tests.statemachine.recoveries import Mortal, new_instance
from tests.statemachine.resizes import Resized, delete
from tests.statemachine.test_silence import MINUTE, collect, freeze

Behind = tuple[Cloud, InternetGateway]


@pytest.fixture(scope="module")
def shared_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Behind]:
    yield from behind_a_gateway(tmp_path_factory.mktemp("closed"), {"Port6380": "closed"})


@pytest.fixture
def cloud(shared_behind: Behind) -> Iterator[Cloud]:
    cloud, _ = shared_behind
    with left_as_found(cloud):
        yield cloud


@pytest.fixture
def gateway(shared_behind: Behind) -> InternetGateway:
    return shared_behind[1]


def assert_reached_by_a_public_address(mortal: Mortal, gateway: InternetGateway) -> None:
    """Its clients reach it by the only one that there is, to which its name leads."""
    mortal.assert_whole()
    assert mortal.instance.endpoint
    assert mortal.instance.endpoint.is_public
    assert gateway.public == {mortal.instance.endpoint.address}


def test_an_instance_lives_by_its_public_address_though_functions_never_reach_it(
    cloud: Cloud, gateway: InternetGateway
) -> None:
    mortal = new_instance(cloud)
    assert_reached_by_a_public_address(mortal, gateway)
    resized = Resized(cloud, mortal.id)
    resized.assert_succeeded(resized.replace())
    assert_reached_by_a_public_address(mortal, gateway)
    mortal.kill()
    mortal.recovered()
    assert_reached_by_a_public_address(mortal, gateway)
    delete(resized)
    assert gateway.public == set()


def test_a_resize_under_writers_who_come_from_outside_loses_no_acknowledged_write(cloud: Cloud) -> None:
    mortal = new_instance(cloud)
    hostname, port = mortal.instance.hostname, mortal.instance.port
    assert hostname
    assert port
    resized = Resized(cloud, mortal.id)
    connect = connector(hostname, port, mortal.key, str(cloud.ca_file))
    with writing(connect) as writers:
        change = resized.resize()
    with connect() as client:
        assert lost(client, writers) == []
    assert [refused for writer in writers for refused in writer.refused] == []
    resized.assert_succeeded(change)
    delete(resized)


def test_a_silent_redis_is_found_from_inside_and_its_recovery_begun_by_the_stream(cloud: Cloud) -> None:
    mortal = new_instance(cloud)
    collect(mortal)
    assert mortal.instance.version is not None
    freeze(mortal)
    collect(mortal)
    collect(mortal, later=MINUTE)
    mortal.recovered()
    assert isinstance(silence_watch(cloud.injector).tasks.workflow, StartedByTheStream)
    mortal.assert_whole()
    delete(Resized(cloud, mortal.id))


def test_a_backup_is_taken_from_inside_and_proved(cloud: Cloud) -> None:
    mortal = new_instance(cloud)
    taken = backup_service(cloud.injector).create(cloud.caller, mortal.id, NewBackup())

    def ended() -> bool:
        found = backups(cloud.injector).get(cloud.caller.organization_id, taken.id)
        assert found
        return found.status is BackupStatus.AVAILABLE and found.verified is not None

    wait_for(ended, seconds=60)
    cloud.quiet()
    cloud.delete(mortal.id)
    cloud.wait(mortal.id, "GONE")


def test_a_member_of_the_pool_is_claimed_though_functions_do_not_reach_its_public_address(cloud: Cloud) -> None:
    with a_pool(cloud) as pool:
        member = pool.fill()
        instance = claimed(cloud, pool.create())
        assert instance.id == member.id
        assert instance.endpoint
        assert instance.endpoint.is_public
        cloud.delete(instance.id)
        cloud.wait(instance.id, "GONE")
