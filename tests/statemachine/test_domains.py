"""The domain that an instance was made under is its own for its whole life, whatever DomainName is by then."""

from collections.abc import Iterator

import pytest

from swiftcache.fleet.orphans import GRACE
from swiftcache.instances.model import Instance
from swiftcache.instances.stores import fleet
from swiftcache.redis.control_passwords import Stage
from swiftcache.redis.wiring import credentials
from tests.statemachine.claims import a_pool, calls, client_of, delete, running
from tests.statemachine.cloud import DOMAIN, Answer, Cloud, fails, wait_for
from tests.statemachine.domains import NEW_DOMAIN, make_older, name_of, records, renamed
from tests.statemachine.leaked_resources import LeakedResources
from tests.statemachine.reconciling import Reconciling, actions
from tests.statemachine.recoveries import Mortal, new_instance
from tests.statemachine.recoveries import delete as delete_mortal
from tests.statemachine.resizes import LARGER


@pytest.fixture
def old(cloud: Cloud) -> Mortal:
    """An instance that is made before."""
    return new_instance(cloud)


@pytest.fixture
def rename(old: Mortal, cloud: Cloud) -> Iterator[None]:
    with renamed(cloud):
        yield


def check(mortal: Mortal) -> None:
    """It serves, under its old name and no other."""
    mortal.assert_whole()
    name = name_of(mortal.id, DOMAIN)
    assert (mortal.instance.hostname, records(mortal.cloud, mortal.id)) == (name, [name])


def made(cloud: Cloud) -> Instance:
    instance = cloud.wait(cloud.create(), "RUNNING", "ERROR")
    assert instance
    assert instance.failure is None
    cloud.quiet()
    return instance


def rotate(mortal: Mortal) -> None:
    """One stage on, which configures the Redis that serves."""
    cloud = mortal.cloud
    fleet(cloud.injector).note_renewal(cloud.caller.organization_id, mortal.id, "2024-03-15T10:30:00.000Z")
    cloud.invoke(cloud.stack.functions["RotatePasswordsFunction"].name, {})
    assert credentials(cloud.injector).control_passwords(mortal.id).stage is Stage.ADDED


def resize(mortal: Mortal) -> None:
    mortal.cloud.ask_for_resize(mortal.id, LARGER)
    wait_for(lambda: not mortal.instance.changing, seconds=40)
    mortal.cloud.quiet()
    assert mortal.instance.max_memory == LARGER


def test_an_instance_keeps_its_name_through_its_whole_life(cloud: Cloud, old: Mortal, rename: None) -> None:
    check(old)
    old.kill()
    old.recovered()
    check(old)
    resize(old)
    check(old)
    rotate(old)
    check(old)
    delete_mortal(old)


def test_an_instance_that_is_older_than_the_keeping_of_names_keeps_its_own(
    cloud: Cloud, old: Mortal, rename: None
) -> None:
    make_older(cloud, old.id)
    old.kill()
    old.recovered()
    check(old)
    resize(old)
    check(old)
    delete_mortal(old)


def test_a_new_instance_goes_under_the_new_domain(cloud: Cloud, old: Mortal, rename: None) -> None:
    new = made(cloud)
    name = name_of(new.id, NEW_DOMAIN)
    assert (new.hostname, records(cloud, new.id)) == (name, [name])
    delete(cloud, new.id)
    check(old)
    delete_mortal(old)


def test_a_resize_that_fails_leads_the_old_name_to_the_old_task(cloud: Cloud, old: Mortal, rename: None) -> None:
    cloud.faults.plan("PlanResize", fails("Injected"))
    cloud.ask_for_resize(old.id, LARGER)
    wait_for(lambda: not old.instance.changing, seconds=40)
    cloud.quiet()
    check(old)
    delete_mortal(old)


@pytest.mark.parametrize("state", ["IssueCredentials", "StartRedisTask", "QueueRecord", "VerifyRedis", "MarkRunning"])
def test_a_creation_ends_under_the_domain_that_it_began_with(cloud: Cloud, state: str) -> None:
    renaming = renamed(cloud)

    def while_renamed(answer: Answer) -> object:
        renaming.__enter__()
        return answer()

    cloud.faults.plan(state, while_renamed)
    instance = made(cloud)
    try:
        assert cloud.faults.happened == [state]
        name = name_of(instance.id, DOMAIN)
        assert (instance.hostname, records(cloud, instance.id)) == (name, [name])
        delete(cloud, instance.id)
    finally:
        renaming.__exit__(None, None, None)


def test_a_creation_that_fails_afterwards_leaves_no_record(cloud: Cloud) -> None:
    renaming = renamed(cloud)

    def fails_renamed(answer: Answer) -> object:
        renaming.__enter__()
        return fails("Injected")(answer)

    cloud.faults.plan("VerifyRedis", fails_renamed)
    instance_id = cloud.create()
    try:
        instance = cloud.wait(instance_id, "ERROR")
        assert instance
        assert instance.hostname is None
        cloud.quiet()
        assert records(cloud, instance_id) == []
        delete(cloud, instance_id)
    finally:
        renaming.__exit__(None, None, None)


def test_a_member_of_the_warm_pool_keeps_its_name_for_its_owner(cloud: Cloud) -> None:
    with a_pool(cloud) as pool:
        member = pool.fill()
        with renamed(cloud):
            created = pool.create()
            assert created.instance.hostname is None
            instance = running(cloud, created)
            assert (instance.id, instance.hostname) == (member.id, member.hostname)
            assert calls(cloud, member.id) == ["PrepareMember"]
            with client_of(cloud, instance, created.plain_key) as client:
                assert client.ping()
            delete(cloud, instance.id)


def test_a_member_that_does_not_answer_is_replaced_under_its_name(cloud: Cloud) -> None:
    with a_pool(cloud) as pool:
        member = pool.fill()
        with renamed(cloud):
            cloud.faults.plan("PrepareMember", fails("Injected"))
            instance = running(cloud, pool.create())
            name = name_of(member.id, DOMAIN)
            assert "QueueRecord" in calls(cloud, member.id)
            assert (instance.hostname, records(cloud, instance.id)) == (name, [name])
            delete(cloud, instance.id)


def test_nothing_of_the_old_domain_is_an_orphan_while_its_instance_lives(
    reconcile: Reconciling, old: Mortal, rename: None
) -> None:
    assert (reconcile.twice(), records(reconcile.cloud, old.id)) == ([], [name_of(old.id, DOMAIN)])
    delete_mortal(old)


def test_an_instance_without_its_record_goes_with_its_old_name(
    reconcile: Reconciling, leaked: LeakedResources, old: Mortal, rename: None
) -> None:
    lost = new_instance_before(leaked)
    leaked.forget(lost)
    found = actions(reconcile())
    assert ("dns_record", lost, "wait") in found
    reconcile.ahead += GRACE
    reconcile()
    leaked.gone(lost)
    assert reconcile() == []
    check(old)
    delete_mortal(old)


def new_instance_before(leaked: LeakedResources) -> str:
    """The id of an instance that runs, as if it had been made before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOMAIN_NAME", DOMAIN)
        leaked.cloud.injector.forget()
        instance_id = leaked.running()
    leaked.cloud.injector.forget()
    return instance_id


@pytest.mark.parametrize("state", ["RemoveRecord", "RemoveInstance"])
def test_a_deletion_that_is_repeated_finds_the_old_name(cloud: Cloud, old: Mortal, rename: None, state: str) -> None:
    cloud.faults.plan(state, fails("Injected"))
    delete_mortal(old)
    assert cloud.faults.happened == [state]
