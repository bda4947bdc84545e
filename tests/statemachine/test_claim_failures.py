"""A claim where something goes wrong: a member is of no use, a deletion comes, the execution ends badly."""

import threading
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from sfnx.testing import Failure

from swiftcache.configuration.wiring import key_service
from swiftcache.fleet.reconciler import is_failed
from swiftcache.instances.model import Endpoint, Instance
from swiftcache.instances.service import Created
from swiftcache.platform.errors import VerificationFailed
from swiftcache.redis.wiring import credentials, probe
from swiftcache.timeline.wiring import timeline_service
from tests.statemachine.claims import Pool, a_pool, calls, cannot_mark, client_of, delete, running
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply, wait_for
from tests.statemachine.deletions import assert_no_failure
from tests.statemachine.executions import stop
from tests.statemachine.paths import AFTER_A_CLAIM

MADE_ANEW = ["PrepareMember", "GiveUpMember", "StopMember", "IssueCredentials", "StartRedisTask"]


@pytest.fixture
def pool(cloud: Cloud) -> Iterator[Pool]:
    with a_pool(cloud) as pool:
        yield pool


def check_made_anew(cloud: Cloud, created: Created, member: Instance) -> None:
    instance = running(cloud, created)
    assert instance.id == member.id
    assert instance.endpoint
    assert member.endpoint
    assert instance.endpoint.task != member.endpoint.task
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.dbsize() == 0
    with cloud.redis(instance.id) as ours:
        assert ours.config_get("maxmemory")["maxmemory"] == str(created.instance.max_memory)
    cloud.quiet()
    wait_for(lambda: len(cloud.left(instance.id)["tasks"]) == 1)
    assert cloud.addresses(instance.id) == (instance.endpoint.address,)
    assert [status for name, status, _ in cloud.ended(instance.id) if name.startswith("claim-")] == ["SUCCEEDED"]
    delete(cloud, instance.id)


def test_a_member_that_died_is_replaced_and_the_client_sees_running(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()

    def after_its_death(answer: Answer) -> object:
        pool.kill(member)
        return answer()

    cloud.faults.plan("PrepareMember", after_its_death)
    created = pool.create()
    running(cloud, created)
    assert [name for name in calls(cloud, member.id) if name in MADE_ANEW] == MADE_ANEW
    check_made_anew(cloud, created, member)


def check_it_serves(cloud: Cloud, created: Created, member: Instance) -> None:
    instance = running(cloud, created)
    assert (instance.id, instance.endpoint) == (member.id, member.endpoint)
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.ping()
    cloud.quiet()
    assert len(cloud.left(instance.id)["tasks"]) == 1
    assert [status for name, status, _ in cloud.ended(instance.id) if name.startswith("claim-")] == ["SUCCEEDED"]
    delete(cloud, instance.id)


def test_a_member_that_does_not_answer_through_its_name_is_replaced(
    cloud: Cloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, real = pool.fill(), probe(cloud.injector).verify
    verified: list[str] = []

    def verify(hostname: str, endpoint: Endpoint, password: str) -> None:
        verified.append(hostname)
        if len(verified) == 1:
            raise VerificationFailed("it did not answer")
        real(hostname, endpoint, password)

    monkeypatch.setitem(cloud.injector.given, probe, SimpleNamespace(verify=verify))
    check_made_anew(cloud, pool.create(), member)
    assert len(verified) == 2


@pytest.mark.parametrize("lost", [1, 2])
def test_a_member_that_runs_without_our_hearing_so_stays(cloud: Cloud, pool: Pool, lost: int) -> None:
    member = pool.fill()
    cloud.faults.plan("PrepareMember", *[loses_reply] * lost)
    check_it_serves(cloud, pool.create(), member)


def test_a_member_is_not_stopped_because_the_table_is_busy(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    cloud.faults.plan("PrepareMember", cannot_mark)
    created = pool.create()
    running(cloud, created)
    assert calls(cloud, member.id) == ["PrepareMember", "MarkRunning"]
    check_it_serves(cloud, created, member)


def test_a_member_that_was_given_up_cannot_come_to_serve(
    cloud: Cloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who prepares it is slow, and verifies it when another task is about to be started already."""
    member, real = pool.fill(), probe(cloud.injector).verify
    verifying, released = threading.Event(), threading.Event()
    late: list[threading.Thread] = []

    def verify(hostname: str, endpoint: Endpoint, password: str) -> None:
        if threading.current_thread() in late:
            verifying.set()
            released.wait(5)
        real(hostname, endpoint, password)

    def too_slow(answer: Answer) -> object:
        def go_on() -> None:
            with suppress(Failure):
                answer()

        late.append(threading.Thread(target=go_on))
        late[0].start()
        assert verifying.wait(5)
        return fails("States.Timeout")(answer)

    def after_all(answer: Answer) -> object:
        released.set()
        late[0].join(5)
        found = cloud.find(member.id)
        assert found
        assert (found.status, found.endpoint) == ("PROVISIONING", None)
        return answer()

    monkeypatch.setitem(cloud.injector.given, probe, SimpleNamespace(verify=verify))
    cloud.faults.plan("PrepareMember", too_slow, fails("VerificationFailed"))
    cloud.faults.plan("StopMember", after_all)
    check_made_anew(cloud, pool.create(), member)
    assert released.is_set()


def test_a_task_that_replaces_a_member_keeps_the_password_that_who_prepared_it_knew(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    before = credentials(cloud.injector).control_password(member.id)
    cloud.faults.plan("PrepareMember", fails("VerificationFailed"))
    created = pool.create()
    running(cloud, created)
    assert credentials(cloud.injector).control_password(member.id) == before
    delete(cloud, member.id)


def test_a_slow_preparation_cannot_undo_what_came_after_it(cloud: Cloud, pool: Pool) -> None:
    """It is still at work when the new task serves and a key is revoked."""
    late: list[Answer] = []

    def too_slow(answer: Answer) -> object:
        late.append(answer)
        return fails("States.Timeout")(answer)

    pool.fill()
    cloud.faults.plan("PrepareMember", too_slow, too_slow)
    created = pool.create()
    instance = running(cloud, created)
    key_service(cloud.injector).revoke(cloud.caller, instance.id, created.key.id)
    for answer in late:
        answer()
    with client_of(cloud, instance, created.plain_key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=f"swiftcache/instances/{instance.id}")
    assert created.key.sha256 not in secret["SecretString"]
    delete(cloud, instance.id)


@pytest.mark.parametrize("state", AFTER_A_CLAIM)
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(cloud: Cloud, pool: Pool, state: str) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    pool.fill()
    if state != "PrepareMember":
        cloud.faults.plan("PrepareMember", fails("VerificationFailed"))
    cloud.faults.plan(state, while_deleting)
    instance_id = pool.create().instance.id
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert state in cloud.faults.happened
    assert cloud.left(instance_id) == {}
    assert_no_failure(cloud, instance_id)


def test_a_deletion_waits_for_the_claim_to_end(cloud: Cloud, pool: Pool) -> None:
    """And not for the provisioning, which made the member long ago."""
    seen: list[str] = []

    def look(result: Any) -> object:
        seen.append(result["Status"])
        return result

    pool.fill()
    cloud.faults.plan("DescribeMaker", answers(look))
    released = threading.Event()

    def hold(answer: Answer) -> object:
        cloud.delete(cloud.only())
        released.wait(1)
        return answer()

    cloud.faults.plan("PrepareMember", hold)
    instance_id = pool.create().instance.id
    wait_for(lambda: bool(seen))
    released.set()
    cloud.wait(instance_id, "GONE")
    assert seen == ["RUNNING"]
    assert cloud.left(instance_id) == {}


def test_who_makes_a_member_cannot_take_it_back_once_it_is_claimed(cloud: Cloud, pool: Pool) -> None:
    """It has marked it RUNNING without hearing so, and rolls back when an owner has the member already."""
    created: list[Created] = []

    def claimed_meanwhile(answer: Answer) -> object:
        answer()
        created.append(pool.create())
        running(cloud, created[0])
        return fails("Injected")(answer)

    cloud.faults.plan("MarkRunning", claimed_meanwhile)
    member = pool.add()
    wait_for(lambda: f"rollback-{member.id}-0" in [name for name, _, _ in cloud.ended(member.id)])
    cloud.quiet()
    [mine] = created
    assert mine.instance.id == member.id
    with client_of(cloud, running(cloud, mine), mine.plain_key) as client:
        assert client.ping()
    delete(cloud, member.id)


def test_a_claimed_creation_that_fails_leaves_nothing_and_says_why(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    cloud.faults.plan("PrepareMember", fails("VerificationFailed"))
    cloud.faults.plan("StartRedisTask", fails("Injected"))
    instance_id = pool.create().instance.id
    failed = cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert failed
    assert failed.failure
    assert failed.failure.step == "StartRedisTask"
    assert is_failed(failed)
    assert cloud.left(instance_id) == {}
    kinds = [told.kind for told in timeline_service(cloud.injector).timeline(cloud.caller, instance_id).operations]
    assert kinds == ["CREATION", "CLEAN_UP"]
    delete(cloud, instance_id)


def test_a_claim_that_is_stopped_is_rolled_back(cloud: Cloud, pool: Pool) -> None:
    def stopped(answer: Answer) -> object:
        stop(cloud, "provision_instance")
        return fails("States.Timeout")(answer)

    pool.fill()
    cloud.faults.plan("PrepareMember", stopped)
    instance_id = pool.create().instance.id
    cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    delete(cloud, instance_id)
