"""An instance that was deleted with a final backup comes back: as it was, and once."""

import threading
from collections.abc import Iterator

import pytest

from swiftcache.backups.model import Backup, BackupStatus
from swiftcache.backups.wiring import backups
from swiftcache.instances.final_backup import FinalBackupMode
from swiftcache.instances.status import Status
from swiftcache.platform.errors import IllegalTransition, NotFound, SwiftCacheError
from tests.statemachine.cloud import Cloud, fails, wait_for
from tests.statemachine.owned import Owned

REQUIRED = FinalBackupMode.REQUIRED
SECONDS = 3000


@pytest.fixture(params=[False, True], ids=["in memory", "on a volume"])
def owned(cloud: Cloud, request: pytest.FixtureRequest) -> Iterator[Owned]:
    owned = Owned(cloud, persistence=request.param)
    with owned.client() as client:
        client.mset({f"key:{number}": number for number in range(1000)})
        client.set("ends", "some day", ex=SECONDS)
    yield owned
    owned.end()


def deleted(owned: Owned) -> Backup:
    owned.delete(REQUIRED)
    owned.gone()
    return owned.backups()[0]


def running(owned: Owned) -> None:
    """Waits until it runs again, and sees that all is there."""
    again = owned.cloud.wait(owned.id, "RUNNING", "ERROR")
    assert again
    assert (again.status, again.failure) == (Status.RUNNING, None)
    assert (again.hostname, again.keys, again.settings) == (
        owned.first.hostname,
        owned.first.keys,
        owned.first.settings,
    )
    with owned.client() as client:
        assert client.dbsize() == 1001
        assert client.get("key:999") == b"999"
        assert 0 < client.ttl("ends") <= SECONDS
        client.set("ends", "another day", keepttl=True)


def test_all_is_there_under_the_same_name_and_key(owned: Owned) -> None:
    backup = deleted(owned)
    assert owned.receipt()
    again = owned.undelete(backup)
    assert (again.id, again.status) == (owned.id, Status.PROVISIONING)
    assert owned.receipt() is None
    running(owned)
    with pytest.raises(IllegalTransition):
        owned.undelete(backup)


def test_it_is_deleted_and_undeleted_as_often_as_one_likes(owned: Owned) -> None:
    backup = deleted(owned)
    owned.undelete(backup)
    running(owned)
    second = deleted(owned)
    assert second.id != backup.id
    owned.undelete(second)
    running(owned)
    owned.delete(None)
    owned.gone()
    owned.undelete(second)
    running(owned)
    generations = {name.rpartition("_")[2] for name, _, _ in owned.cloud.ended(owned.id) if "provision" in name}
    assert len(generations) == 4


@pytest.fixture
def brief(cloud: Cloud) -> Iterator[Owned]:
    owned = Owned(cloud)
    yield owned
    owned.end()


def test_of_many_undeletions_at_once_one_succeeds(brief: Owned) -> None:
    backup = deleted(brief)
    ends: list[str] = []

    def undelete() -> None:
        try:
            ends.append(brief.undelete(backup).status.value)
        except SwiftCacheError as error:
            ends.append(error.code)

    threads = [threading.Thread(target=undelete) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["PROVISIONING", *["STATUS_CONFLICT"] * 5]
    assert brief.cloud.count() == 1
    brief.cloud.wait(brief.id, "RUNNING")


def test_one_that_is_being_deleted_still_is_not_undeleted(brief: Owned) -> None:
    brief.delete(REQUIRED)
    brief.cloud.wait(brief.id, "DELETING")
    with pytest.raises(IllegalTransition):
        brief.undelete(brief.backups()[0])
    brief.gone()


def test_one_that_was_deleted_without_comes_back_no_more(brief: Owned) -> None:
    brief.cloud.faults.plan("SettleDeletion", lambda answer: (brief.delete(None), answer())[1])
    brief.delete(REQUIRED)
    brief.gone()
    [backup] = brief.backups()
    assert backup.status is BackupStatus.AVAILABLE
    with pytest.raises(NotFound):
        brief.undelete(backup)


def test_what_could_not_be_made_is_rolled_back_and_undeleted_again(brief: Owned) -> None:
    backup = deleted(brief)
    brief.cloud.faults.plan("StartRedisTask", *[fails("Ecs.AccessDeniedException")] * 2)
    brief.undelete(backup)
    failed = brief.cloud.wait(brief.id, "ERROR")
    assert failed
    brief.cloud.quiet()
    assert brief.cloud.left(brief.id) == {}
    brief.cloud.faults.planned.clear()
    brief.delete(None)
    brief.gone()
    assert backups(brief.cloud.injector).get(backup.organization_id, backup.id)
    brief.undelete(backup)
    brief.cloud.wait(brief.id, "RUNNING")


def test_a_deletion_while_it_is_made_anew_ends_it(brief: Owned) -> None:
    backup = deleted(brief)
    brief.undelete(backup)
    brief.delete(None)
    brief.gone()
    wait_for(lambda: brief.cloud.count() == 0)
