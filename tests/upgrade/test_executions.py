"""What is under way at an update comes to its end: the last release's machines, with the present functions."""

import pytest

from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.status import Status
from tests.statemachine.claims import a_pool, client_of
from tests.statemachine.claims import delete as delete_claimed
from tests.statemachine.claims import running as running_claimed
from tests.statemachine.cloud import Answer, Cloud, fails, wait_for
from tests.statemachine.domains import make_older
from tests.statemachine.recoveries import Mortal, assert_gone, delete, new_instance
from tests.statemachine.resizes import LARGER, Resized
from tests.statemachine.resizes import new_instance as new_resized
from tests.statemachine.tenants import tenant
from tests.upgrade.before import Update


def made_before(update: Update, *, persistence: bool = False) -> Mortal:
    """An instance as the last release leaves it."""
    with update.not_yet():
        return new_instance(update.cloud, persistence=persistence)


@pytest.mark.parametrize("persistence", [False, True])
def test_a_creation_ends_as_it_began(update: Update, cloud: Cloud, persistence: bool) -> None:
    with update.not_yet():
        instance_id = cloud.create(persistence)
        update.begun(f"provision-{instance_id}")
    instance = cloud.wait(instance_id, "RUNNING", "ERROR")
    assert instance
    assert instance.failure is None
    cloud.quiet()
    assert update.is_of_before("ProvisionInstance", f"provision-{instance_id}")
    mortal = Mortal(cloud, instance_id, "")
    assert len(mortal.tasks()) == 1
    delete(mortal)


@pytest.mark.parametrize("state", ["StartRedisTask", "VerifyRedis"])
def test_a_creation_under_way_ends_when_its_instance_is_deleted(update: Update, cloud: Cloud, state: str) -> None:
    def deleted_meanwhile(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    with update.not_yet():
        cloud.faults.plan(state, deleted_meanwhile)
        instance_id = cloud.create()
        update.begun(f"provision-{instance_id}")
    cloud.wait(instance_id, "GONE", seconds=40)
    assert_gone(Mortal(cloud, instance_id, ""))


@pytest.mark.parametrize("whole", [False, True], ids=["by the present machine", "by the machine of before"])
def test_a_creation_that_fails_is_rolled_back(update: Update, cloud: Cloud, whole: bool) -> None:
    with update.not_yet():
        cloud.faults.plan("VerifyRedis", fails("VerificationFailed"))
        instance_id = cloud.create(persistence=True)
        update.begun(f"provision-{instance_id}")
        if whole:
            cloud.wait(instance_id, "ERROR")
            cloud.quiet()
    instance = cloud.wait(instance_id, "ERROR")
    assert instance
    assert instance.failure
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    if whole:
        assert update.is_of_before("DeprovisionInstance", f"rollback-{instance_id}")
    delete(Mortal(cloud, instance_id, ""))


def test_a_deletion_removes_what_is_there(update: Update) -> None:
    mortal = new_instance(update.cloud, persistence=True)
    with update.not_yet():
        mortal.cloud.delete(mortal.id)
        update.begun(f"delete-{mortal.id}")
    assert_gone(mortal)
    assert update.is_of_before("DeprovisionInstance", f"delete-{mortal.id}")


def test_a_resize_takes_over(update: Update, cloud: Cloud) -> None:
    resized = new_resized(cloud, persistence=True)
    resized.write()
    with update.not_yet():
        change_id = cloud.ask_for_resize(resized.id, LARGER)
        update.begun(f"resize-{resized.id}-{change_id}")
    _assert_changed(resized, ChangeStatus.SUCCEEDED)
    assert update.is_of_before("ResizeInstance", f"resize-{resized.id}-{change_id}")
    resized.assert_whole(LARGER)
    delete(Mortal(cloud, resized.id, ""))


def test_a_resize_that_fails_leaves_the_old_task(update: Update, cloud: Cloud) -> None:
    resized = new_resized(cloud)
    resized.write()
    small = resized.instance.max_memory
    with update.not_yet():
        cloud.faults.plan("SwitchOver", fails("Injected"))
        update.begun(f"resize-{resized.id}-{cloud.ask_for_resize(resized.id, LARGER)}")
    _assert_changed(resized, ChangeStatus.FAILED)
    resized.assert_whole(small)
    delete(Mortal(cloud, resized.id, ""))


def _assert_changed(resized: Resized, status: ChangeStatus) -> None:
    wait_for(lambda: not resized.instance.changing, seconds=40)
    resized.cloud.quiet()
    assert resized.instance.change
    assert resized.instance.change.status is status


@pytest.mark.parametrize("persistence", [False, True])
def test_a_recovery_replaces_the_task(update: Update, cloud: Cloud, persistence: bool) -> None:
    mortal = made_before(update, persistence=persistence)
    with update.not_yet():
        mortal.kill()
        update.begun(f"recover-{mortal.id}")
    mortal.recovered()
    assert update.is_of_before("RecoverInstance", f"recover-{mortal.id}")
    mortal.assert_whole()
    delete(mortal)


def test_a_recovery_that_is_repeated_goes_on_with_the_present_machine(update: Update, cloud: Cloud) -> None:
    mortal = made_before(update)
    with update.not_yet():
        cloud.faults.plan("StartRedisTask", fails("Injected"))
        mortal.kill()
        update.begun(f"recover-{mortal.id}")
        wait_for(lambda: "StartRedisTask" in cloud.faults.happened)
    mortal.recovered()
    mortal.assert_whole()
    delete(mortal)


def test_an_instance_of_before_lives_on(update: Update, cloud: Cloud) -> None:
    """As its record was before names were kept, through all that the present machines do."""
    mortal = made_before(update)
    make_older(cloud, mortal.id)
    mortal.kill()
    mortal.recovered()
    mortal.assert_whole()
    cloud.ask_for_resize(mortal.id, LARGER)
    wait_for(lambda: not mortal.instance.changing, seconds=40)
    cloud.quiet()
    mortal.assert_whole()
    delete(mortal)


@pytest.mark.parametrize("answers", [True, False], ids=["that answers", "that does not answer"])
def test_a_claim_takes_a_member_over(update: Update, cloud: Cloud, answers: bool) -> None:
    with a_pool(cloud) as pool:
        with update.not_yet():
            member = pool.fill()
            if not answers:
                cloud.faults.plan("PrepareMember", fails("VerificationFailed"))
            created = pool.create()
            update.begun(f"claim-{member.id}")
        instance = running_claimed(cloud, created)
        assert instance.id == member.id
        assert instance.status is Status.RUNNING
        with client_of(cloud, instance, created.plain_key) as client:
            assert client.ping()
        cloud.quiet()
        delete_claimed(cloud, instance.id)


def test_an_organization_is_emptied(update: Update, cloud: Cloud) -> None:
    emptied = tenant(cloud)
    with update.not_yet():
        emptied.create()
        emptied.delete()
        update.begun("empty")
    emptied.wait(lambda found: found.items() == 0)
    cloud.quiet()
