"""The machine that provisions, where it takes over a member of the warm pool."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import redis

from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint
from swiftcache.instances.service import Created
from swiftcache.instances.sizes import MIB
from swiftcache.instances.wiring import instance_service
from swiftcache.platform.tokens import sha256
from swiftcache.pool.model import POOL
from swiftcache.redis.wiring import credentials, probe
from swiftcache.timeline.wiring import creations, timeline_service
from tests.fakes.provisioning import FakeWorkflows
from tests.statemachine.claims import Pool, a_pool, calls, client_of, delete, history, running
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.paths import tasks

STRAIGHT = ["PrepareMember"]


@pytest.fixture
def pool(cloud: Cloud) -> Iterator[Pool]:
    with a_pool(cloud) as pool:
        yield pool


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


def test_a_claimed_instances_hostname_is_not_told_before_it_is_verified(
    cloud: Cloud, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str, str | None]] = []
    verify = probe(cloud.injector).verify

    def look(hostname: str, endpoint: Endpoint, password: str) -> None:
        found = cloud.find(cloud.only())
        assert found
        seen.append((found.status, found.hostname))
        verify(hostname, endpoint, password)

    pool.fill()
    monkeypatch.setitem(cloud.injector.given, probe, SimpleNamespace(verify=look))
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
    control = sha256(credentials(cloud.injector).control_password(instance.id))
    assert opening == {f"#{created.key.sha256}", f"#{control}"}
    delete(cloud, instance.id)


def test_a_claimed_instance_holds_nothing(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    instance = running(cloud, created)
    with client_of(cloud, instance, created.plain_key) as client:
        assert client.dbsize() == 0
    delete(cloud, instance.id)


def test_a_claimed_instance_has_the_capacity_and_the_settings_that_were_asked_for(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create(
        max_memory=77 * MIB,
        eviction_policy=EvictionPolicy.VOLATILE_TTL,
        settings={"timeout": 300, "notify-keyspace-events": "xE"},
    )
    instance = running(cloud, created)
    with cloud.redis(instance.id) as ours:
        found: Any = ours.config_get("*")
    assert (found["maxmemory"], found["maxmemory-policy"]) == (str(77 * MIB), "volatile-ttl")
    assert (found["timeout"], found["notify-keyspace-events"]) == ("300", "xE")
    assert instance.applied_revision == instance.revision
    assert cloud.memory_used() == 77 * MIB
    delete(cloud, instance.id)


def test_a_claimed_instances_secret_for_its_next_task_is_the_owners(cloud: Cloud, pool: Pool) -> None:
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
    service = replace(instance_service(cloud.injector), workflows=FakeWorkflows(available=False))
    monkeypatch.setitem(cloud.injector.given, instance_service, service)
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


def test_a_claimed_creation_is_told_in_the_timeline_as_any(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    running(cloud, created)
    cloud.quiet()
    [told] = timeline_service(cloud.injector).timeline(cloud.caller, created.instance.id).operations
    assert (told.kind, told.outcome, told.attempt) == ("CREATION", "SUCCEEDED", 1)
    assert [step.name for step in told.steps] == STRAIGHT
    delete(cloud, created.instance.id)


def test_how_long_a_claim_took_is_kept_apart(cloud: Cloud, pool: Pool) -> None:
    anew, claimed = (len(creations(cloud.injector).recent(100, claimed=kind)) for kind in (False, True))
    pool.fill()
    created = pool.create()
    running(cloud, created)
    wait_for(lambda: len(creations(cloud.injector).recent(100, claimed=True)) == claimed + 1)
    assert len(creations(cloud.injector).recent(100)) == anew
    delete(cloud, created.instance.id)


def test_no_event_and_no_input_of_the_claim_holds_a_key(cloud: Cloud, pool: Pool) -> None:
    pool.fill()
    created = pool.create()
    running(cloud, created)
    told = str(history(cloud, created.instance.id))
    password = credentials(cloud.injector).control_password(created.instance.id)
    for secret in (created.plain_key, created.key.sha256, password):
        assert secret not in told
    delete(cloud, created.instance.id)


def test_a_member_is_nobodys_before_it_is_claimed(cloud: Cloud, pool: Pool) -> None:
    member = pool.fill()
    assert cloud.find(member.id) is None
    assert cloud.count() == 0
    assert member.organization_id == POOL
