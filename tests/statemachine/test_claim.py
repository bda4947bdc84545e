"""The machine that provisions, where it takes over a member of the warm pool."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import redis

from swiftcache import wiring
from swiftcache.domain.instance import EvictionPolicy, Instance
from swiftcache.domain.pool import POOL
from swiftcache.domain.secrets import sha256
from swiftcache.domain.sizes import MIB
from swiftcache.use_cases.instances import Created
from swiftcache.use_cases.reconcile import is_failed
from tests.fakes import FakeWorkflows
from tests.faults.journeys import stop
from tests.statemachine.claims import Pool, a_pool, client_of
from tests.statemachine.cloud import Answer, Cloud, answers, fails, loses_reply, wait_for
from tests.statemachine.paths import AFTER_A_CLAIM, tasks

STRAIGHT = ["PrepareMember", "VerifyMember", "MarkRunning"]
MADE_ANEW = ["PrepareMember", "VerifyMember", "StopMember", "PlanInstance", "IssueCredentials", "StartRedisTask"]


@pytest.fixture
def pool(cloud: Cloud) -> Iterator[Pool]:
    with a_pool(cloud) as pool:
        yield pool


def running(cloud: Cloud, created: Created) -> Instance:
    instance = cloud.wait(created.instance.id, "RUNNING", "ERROR")
    assert instance
    assert instance.failure is None
    return instance


def delete(cloud: Cloud, instance_id: str) -> None:
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert cloud.left(instance_id) == {}


def calls(cloud: Cloud, instance_id: str) -> list[str]:
    """The calls that the execution of the claim has made, in order."""
    client = cloud.client("stepfunctions")
    machine = cloud.stack.outputs["ProvisionStateMachineArn"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:claim-{instance_id}"
    events = client.get_execution_history(executionArn=arn, maxResults=1000)["events"]
    return [event["stateEnteredEventDetails"]["name"] for event in events if event["type"] == "TaskStateEntered"]


def test_a_member_is_claimed_without_a_call_to_ecs_or_route_53(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    created = pool.create()
    instance = running(cloud, created)
    assert (created.instance.id, instance.endpoint) == (member.id, member.endpoint)
    assert calls(cloud, member.id) == STRAIGHT
    services = {tasks("provision_instance")[name]["Resource"] for name in STRAIGHT}
    assert services == {"arn:aws:states:::lambda:invoke"}
    delete(cloud, member.id)


def test_the_answer_does_not_tell_that_it_was_claimed(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    assert (created.instance.status, created.instance.hostname, created.instance.port) == ("PROVISIONING", None, None)
    assert running(cloud, created).hostname == f"{created.instance.id.removeprefix('inst_')}.redis.swiftcache.test"
    delete(cloud, created.instance.id)


def test_its_hostname_is_not_told_before_it_is_verified(cloud: Cloud, pool: Pool) -> None:
    seen: list[tuple[str, str | None]] = []

    def look(answer: Answer) -> object:
        found = cloud.find(cloud.only())
        assert found
        seen.append((found.status, found.hostname))
        return answer()

    pool.fill()
    cloud.faults.plan("VerifyMember", look)
    created = pool.create()
    running(cloud, created)
    assert seen == [("PROVISIONING", None)]
    delete(cloud, created.instance.id)


def test_the_owners_key_works_and_nothing_else_does(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    instance = running(cloud, created)
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.set("mine", "1")
    with client_of(cloud, instance, "sc_live_" + "0" * 32) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    with cloud.redis(instance.id) as ours:
        users: Any = ours.acl_list()
    opening = {rule for user in users for rule in user.split() if rule.startswith("#")}
    control = sha256(wiring.credentials().control_password(instance.id))
    assert opening == {f"#{created.key.sha256}", f"#{control}"}
    delete(cloud, instance.id)


def test_nothing_is_in_it(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    instance = running(cloud, created)
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.dbsize() == 0
    delete(cloud, instance.id)


def test_it_has_the_memory_and_the_policy_that_were_asked_for(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create(max_memory=77 * MIB, eviction_policy=EvictionPolicy.VOLATILE_TTL)
    instance = running(cloud, created)
    with cloud.redis(instance.id) as ours:
        found: Any = ours.config_get("maxmemory*")
    assert (found["maxmemory"], found["maxmemory-policy"]) == (str(77 * MIB), "volatile-ttl")
    assert instance.applied_revision == instance.revision
    assert cloud.memory_used() == 77 * MIB
    delete(cloud, instance.id)


def test_what_is_kept_for_its_next_task_is_the_owners_too(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    instance = running(cloud, created)
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=f"swiftcache/instances/{instance.id}")
    assert created.key.sha256 in secret["SecretString"]
    assert created.plain_key not in secret["SecretString"]
    delete(cloud, instance.id)


def test_a_task_that_dies_after_its_claim_is_recovered_with_the_owners_keys(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    created = pool.create()
    running(cloud, created)
    cloud.quiet()
    pool.kill(member)
    wait_for(lambda: (found := cloud.find(member.id)) is not None and found.recovery is not None)
    wait_for(lambda: (found := cloud.find(member.id)) is not None and not found.recovering)
    instance = cloud.find(member.id)
    assert instance
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.ping()
    delete(cloud, member.id)


def test_an_api_that_dies_before_it_starts_the_claim_is_made_good(
    cloud: Cloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = pool.fill()
    service = replace(wiring.instance_service(), workflows=FakeWorkflows(available=False))
    monkeypatch.setattr(wiring, "instance_service", lambda: service)
    created = pool.create()
    monkeypatch.undo()
    assert running(cloud, created).id == member.id
    assert calls(cloud, member.id) == STRAIGHT
    delete(cloud, member.id)


def test_two_who_want_the_only_member_both_get_an_instance(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    created: list[Created] = []
    begin = threading.Barrier(2)

    def create() -> None:
        begin.wait()
        created.append(pool.create())

    threads = [threading.Thread(target=create) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.instance.id for one in created}) == 2
    assert sorted(one.instance.claimed for one in created) == [False, True]
    assert member.id in {one.instance.id for one in created}
    for one in created:
        instance = running(cloud, one)
        with client_of(cloud, instance, one.plain_key) as client:
            assert client.ping()
    for one in created:
        delete(cloud, one.instance.id)


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
    assert [name for name in calls(cloud, member.id) if name in MADE_ANEW] == [
        "PrepareMember",
        "StopMember",
        "PlanInstance",
        "IssueCredentials",
        "StartRedisTask",
    ]
    check_made_anew(cloud, created, member)


@pytest.mark.parametrize("state", ["PrepareMember", "VerifyMember"])
def test_a_member_that_does_not_answer_is_replaced(cloud: Cloud, pool: Pool, state: str) -> None:
    member = pool.fill()
    cloud.faults.plan(state, fails("VerificationFailed"))
    check_made_anew(cloud, pool.create(), member)


def test_a_member_that_was_prepared_without_our_hearing_so_is_replaced(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    cloud.faults.plan("PrepareMember", loses_reply, loses_reply)
    check_made_anew(cloud, pool.create(), member)


def test_a_task_that_replaces_a_member_keeps_the_password_that_who_prepared_it_knew(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    before = wiring.credentials().control_password(member.id)
    cloud.faults.plan("VerifyMember", fails("VerificationFailed"))
    created = pool.create()
    running(cloud, created)
    assert wiring.credentials().control_password(member.id) == before
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
    wiring.key_service().revoke(cloud.caller, instance.id, created.key.id)
    for answer in late:
        answer()
    with client_of(cloud, instance, created.plain_key) as client, pytest.raises(redis.AuthenticationError):
        client.ping()
    secret = cloud.client("secretsmanager").get_secret_value(SecretId=f"swiftcache/instances/{instance.id}")
    assert created.key.sha256 not in secret["SecretString"]
    delete(cloud, instance.id)


@pytest.mark.parametrize("state", [*AFTER_A_CLAIM, "MarkRunning"])
def test_a_deletion_in_the_middle_of_a_step_leaves_nothing(cloud: Cloud, pool: Pool, state: str) -> None:
    def while_deleting(answer: Answer) -> object:
        cloud.delete(cloud.only())
        return answer()

    pool.fill()
    if state == "StopMember":
        cloud.faults.plan("VerifyMember", fails("VerificationFailed"))
    cloud.faults.plan(state, while_deleting)
    instance_id = pool.create().instance.id
    cloud.wait(instance_id, "GONE")
    cloud.quiet()
    assert state in cloud.faults.happened
    assert cloud.left(instance_id) == {}
    assert {status for _, status, _ in cloud.ended(instance_id)} == {"SUCCEEDED"}


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

    cloud.faults.plan("VerifyMember", hold)
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
    cloud.faults.plan("VerifyMember", fails("VerificationFailed"))
    cloud.faults.plan("StartRedisTask", fails("Injected"))
    instance_id = pool.create().instance.id
    failed = cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert failed
    assert failed.failure
    assert failed.failure.step == "StartRedisTask"
    assert is_failed(failed)
    assert cloud.left(instance_id) == {}
    kinds = [told.kind for told in wiring.reading().timeline(cloud.caller, instance_id).operations]
    assert kinds == ["CREATION", "CLEAN_UP"]
    delete(cloud, instance_id)


def test_a_claim_that_is_stopped_is_rolled_back(cloud: Cloud, pool: Pool) -> None:
    def stopped(answer: Answer) -> object:
        stop(cloud, "provision_instance")
        return answer()

    pool.fill()
    cloud.faults.plan("VerifyMember", stopped)
    instance_id = pool.create().instance.id
    cloud.wait(instance_id, "ERROR")
    cloud.quiet()
    assert cloud.left(instance_id) == {}
    delete(cloud, instance_id)


def test_a_claimed_creation_is_told_in_the_timeline_as_any(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    running(cloud, created)
    cloud.quiet()
    [told] = wiring.reading().timeline(cloud.caller, created.instance.id).operations
    assert (told.kind, told.outcome, told.attempt) == ("CREATION", "SUCCEEDED", 1)
    assert [step.name for step in told.steps] == STRAIGHT
    delete(cloud, created.instance.id)


def test_how_long_it_took_is_kept_apart(cloud: Cloud, pool: Pool) -> None:
    anew, claimed = (len(wiring.creations().recent(100, claimed=kind)) for kind in (False, True))
    pool.fill()
    created = pool.create()
    running(cloud, created)
    wait_for(lambda: len(wiring.creations().recent(100, claimed=True)) == claimed + 1)
    assert len(wiring.creations().recent(100)) == anew
    delete(cloud, created.instance.id)


def test_no_event_and_no_input_of_the_claim_holds_a_key(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    running(cloud, created)
    client = cloud.client("stepfunctions")
    machine = cloud.stack.outputs["ProvisionStateMachineArn"]
    arn = f"{machine.replace(':stateMachine:', ':execution:')}:claim-{created.instance.id}"
    history = str(client.get_execution_history(executionArn=arn, maxResults=1000))
    password = wiring.credentials().control_password(created.instance.id)
    for secret in (created.plain_key, created.key.sha256, password):
        assert secret not in history
    delete(cloud, created.instance.id)


def test_a_member_is_nobodys_before_it_is_claimed(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    assert cloud.find(member.id) is None
    assert cloud.count() == 0
    assert member.organization_id == POOL
