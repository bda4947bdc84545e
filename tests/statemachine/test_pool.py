"""The warm pool on the running service: it fills, refills, replaces, drains, and nobody else notices it."""

import importlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from swiftcache.instances.items import instance_item
from swiftcache.instances.sizes import SIZES
from swiftcache.instances.status import Status
from swiftcache.metrics.wiring import metrics
from swiftcache.organizations.wiring import accounts
from swiftcache.platform.aws import clock
from swiftcache.platform.errors import DependencyUnavailable
from swiftcache.platform.items import instance_key
from swiftcache.pool.model import POOL
from swiftcache.pool.planning import AT_ONCE, FIRST_PAUSE, new_member
from swiftcache.pool.wiring import pool_reconcile_trigger, pool_reconciler, pool_targets
from swiftcache.timeline.wiring import creations
from tests.statemachine.cloud import DOMAIN, Cloud, fails, wait_for
from tests.statemachine.deaths import Deaths, Died
from tests.statemachine.pools import SECONDS, Pool
from tests.statemachine.reconciling import Reconciling
from tests.statemachine.test_sample_events import sample

OTHER_IMAGE = "other@sha256:" + "1" * 64
ALIVE = (Status.PROVISIONING, Status.RUNNING)


@pytest.fixture
def pool(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    pool = Pool(cloud, monkeypatch)
    yield pool
    pool.close()


@pytest.fixture
def told(cloud: Cloud) -> Iterator[list[dict[str, Any]]]:
    """Every event that reaches the bus."""
    found: list[dict[str, Any]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        found.extend(json.loads(put["Detail"]) for put in params["Entries"])

    events = cloud.client("events").meta.events
    events.register("provide-client-params.events.PutEvents", note)
    yield found
    events.unregister("provide-client-params.events.PutEvents", note)


def figures(printed: str) -> list[dict[str, Any]]:
    """What the functions have told CloudWatch."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith("{")]
    return [line for line in lines if "_aws" in line]


def figure(printed: str, name: str, **dimensions: str) -> list[float]:
    found = [one for one in figures(printed) if name in one and dimensions.items() <= one.items()]
    return [value for one in found for value in one[name]]


def test_the_pool_fills_with_instances_like_any_and_nobody_is_told(
    pool: Pool, cloud: Cloud, told: list[dict[str, Any]]
) -> None:
    pool.size("512=2")
    estimates = len(creations(cloud.injector).recent(100))
    pool.keep()
    for instance_id in pool.filled(2):
        assert set(cloud.left(instance_id)) == {"tasks", "secrets", "records"}
        assert cloud.addresses(instance_id)
        with pytest.raises(AssertionError):
            assert cloud.find(instance_id)
    pool.size("")
    pool.keep()
    wait_for(lambda: not pool.members(), SECONDS)
    cloud.quiet()
    assert POOL not in {organization.id for organization in accounts(cloud.injector).page(100, None).organizations}
    assert [detail for detail in told if POOL in json.dumps(detail)] == []
    assert len(creations(cloud.injector).recent(100)) == estimates


def test_the_pool_drains_when_it_is_off(pool: Pool, cloud: Cloud) -> None:
    pool.size("512=1,1024=1")
    pool.keep()
    ids = pool.filled(2)
    pool.size("")
    pool.keep()
    wait_for(lambda: not pool.members(), SECONDS)
    assert [cloud.left(instance_id) for instance_id in ids] == [{}, {}]


def test_a_member_that_is_taken_over_is_replaced_at_once_and_lives_on(pool: Pool, cloud: Cloud) -> None:
    pool.size("512=1")
    pool.keep()
    [taken] = pool.filled(1)
    pool.take(taken)
    [another] = pool.filled(1)
    assert another != taken
    owned = cloud.find(taken)
    assert owned
    assert owned.status is Status.RUNNING
    cloud.delete(taken)
    cloud.wait(taken, "GONE")


@pytest.mark.parametrize("error", [None, DependencyUnavailable("busy")])
def test_changes_that_come_together_start_one_pass_over_the_pool_and_do_not_wait_for_it(
    pool: Pool, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    started = []

    class PoolReconcileTrigger:
        def start(self) -> None:
            started.append("once")
            if error:
                raise error

    monkeypatch.setitem(cloud.injector.given, pool_reconcile_trigger, PoolReconcileTrigger())
    ready = replace(new_member(SIZES[0], "image", "request-1", datetime.now(UTC), DOMAIN), status=Status.RUNNING)
    change = {
        "Keys": instance_key(POOL, ready.id),
        "OldImage": instance_item(replace(ready, status=Status.PROVISIONING)),
        "NewImage": instance_item(ready),
        "ApproximateCreationDateTime": 1.0,
        "SequenceNumber": "1",
    }
    records = [{"eventID": str(number), "eventName": "MODIFY", "dynamodb": change} for number in range(3)]
    answer = cloud.invoke(cloud.stack.functions["RelayChangesFunction"].name, {"Records": records})
    assert (answer, started) == ({"batchItemFailures": []}, ["once"])


def test_what_was_taken_and_missed_is_told(pool: Pool, cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    pool.size("512=1")
    missed = cloud.create()
    cloud.wait(missed, "RUNNING")
    pool.keep()
    [taken] = pool.filled(1)
    pool.take(taken)
    pool.filled(1)
    printed = capsys.readouterr().out
    assert (sum(figure(printed, "PoolMissed")), sum(figure(printed, "PoolTakenOver"))) == (1, 1)
    for instance_id in (missed, taken):
        cloud.delete(instance_id)
        cloud.wait(instance_id, "GONE")


def test_a_member_whose_task_dies_is_recovered_and_stays(pool: Pool) -> None:
    pool.size("512=1")
    pool.keep()
    [member] = pool.filled(1)
    pool.kill(member)
    wait_for(lambda: any(one.recovery for one in pool.members()))
    assert pool.filled(1) == [member]


def test_a_member_that_fails_is_replaced_after_a_pause(
    pool: Pool, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud.faults.plan("VerifyRedis", fails("Injected"))
    pool.size("512=1")
    pool.keep()
    wait_for(lambda: [one.status for one in pool.members()] == [Status.ERROR], SECONDS)
    [failed] = pool.members()
    cloud.quiet()
    pool.keep()
    assert [one.id for one in pool.members()] == [failed.id]
    with monkeypatch.context() as patch:
        patch.setitem(cloud.injector.given, clock, lambda: datetime.now(UTC) + FIRST_PAUSE)
        pool.keep()
    assert pool.filled(1) != [failed.id]


def test_members_of_another_image_are_replaced_one_by_one(pool: Pool) -> None:
    pool.size("512=2")
    pool.keep()
    before = pool.filled(2)
    pool.image(OTHER_IMAGE)
    fewest = []

    def replaced() -> bool:
        fewest.append(len(pool.ready()))
        return sorted(pool.ready(OTHER_IMAGE)) == sorted(one.id for one in pool.members())

    pool.keep()
    wait_for(replaced, SECONDS)
    assert min(fewest) == 2
    assert not set(pool.filled(2)) & set(before)


def test_no_more_than_a_few_are_started_at_once(pool: Pool, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.relay_changes.app.handler", lambda *_: {"batchItemFailures": []})
    pool.size(f"512={AT_ONCE + 5}")
    pool.keep()
    pool.keep()
    assert len(pool.members(*ALIVE)) == AT_ONCE
    assert cloud.running() == []
    pool.forget()


def test_passes_at_once_make_no_more_than_are_wanted(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.relay_changes.app.handler", lambda *_: {"batchItemFailures": []})
    pool.size("512=3,1024=2")
    with ThreadPoolExecutor(4) as threads:
        for passed in [threads.submit(pool.keep) for _ in range(8)]:
            passed.result()
    pool.keep()
    assert len(pool.members()) == 5
    pool.forget()


def test_a_pass_that_dies_at_any_of_its_calls_is_made_good_by_the_next(
    pool: Pool, cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each pass has something to add and something to delete. Nothing of it is carried out: the record counts."""
    monkeypatch.setattr("functions.relay_changes.app.handler", lambda *_: {"batchItemFailures": []})
    deaths = Deaths(cloud)

    def a_pass() -> None:
        with deaths.watching():
            # Not by `invoke`, which makes an error of everything.
            importlib.import_module("functions.keep_pool.app").handler(sample("keep_pool"), context, cloud.injector)

    class Context:
        aws_request_id = "request-1"

    context: Any = Context()
    try:
        sizes = ["512=2,1024=1", "512=1,1024=2"]
        for size in sizes:
            pool.size(size)
            a_pass()
        calls = deaths.calls
        assert calls == ["GetItem", "Query", "GetItem", "TransactWriteItems", "TransactWriteItems"]
        for number in range(len(calls)):
            for moment in ("before", "after"):
                sizes.reverse()
                pool.size(sizes[0])
                with deaths.at(number, moment), pytest.raises(Died):
                    a_pass()
                a_pass()
                wanted = {target.size.memory: target.members for target in pool_targets(cloud.injector)}
                found = pool_reconciler(cloud.injector).run("look").plans
                assert {plan.target.size.memory: plan.present for plan in found} == wanted
                assert [(plan.missing, plan.delete) for plan in found] == [(0, ()), (0, ())]
    finally:
        deaths.close()
        pool.forget()


def test_the_reconciler_leaves_the_pool_alone(pool: Pool, reconcile: Reconciling) -> None:
    pool.size("512=1")
    pool.keep()
    before = pool.filled(1)
    assert reconcile.twice() == []
    assert pool.filled(1) == before


def test_the_pools_work_that_nobody_began_is_begun(
    pool: Pool, cloud: Cloud, reconcile: Reconciling, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool.size("512=1")
    told: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr("functions.relay_changes.app.start_work", lambda change, *_: told.append(change.instance_id))
        pool.keep()
        wait_for(lambda: [one.id for one in pool.members(Status.PROVISIONING) if one.id in told] != [])
        assert cloud.running() == []
    [member] = pool.members()
    reconcile.ahead += timedelta(minutes=15)
    assert [(found["owner"], found["action"]) for found in reconcile()] == [(member.id, "resume")]
    assert pool.filled(1) == [member.id]


def test_members_of_the_pool_are_scraped_but_have_no_hours(
    pool: Pool, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    pool.size("512=1")
    pool.keep()
    [member] = pool.filled(1)
    capsys.readouterr()
    cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {})
    printed = capsys.readouterr().out
    assert (figure(printed, "InstancesRunning"), figure(printed, "InstancesUnreachable")) == ([0.0], [0.0])
    assert metrics(cloud.injector).counter_state(POOL, member).hours == {}
    assert metrics(cloud.injector).hours(member, "") == {}


def test_cloudwatch_is_told_by_size_how_many_members_are_ready(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    pool.size("512=1,1024=2")
    pool.keep()
    pool.filled(3)
    capsys.readouterr()
    pool.keep()
    printed = capsys.readouterr().out
    # A pass that a member's becoming ready has begun may end meanwhile: it tells the same.
    assert set(figure(printed, "PoolReady", size="512")) == {1}
    assert set(figure(printed, "PoolWanted", size="1024")) == {2}
    assert set(figure(printed, "PoolShelvesEmpty")) == {0}


def test_a_pool_that_stays_empty_is_told(pool: Pool, cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    """By the very metric that the alarm looks at."""
    cloud.faults.plan("VerifyRedis", fails("Injected"))
    pool.size("512=1")
    pool.keep()
    wait_for(lambda: [one.status for one in pool.members()] == [Status.ERROR], SECONDS)
    capsys.readouterr()
    pool.keep()
    told = [one for one in figures(capsys.readouterr().out) if "PoolShelvesEmpty" in one]
    assert told
    for one in told:
        assert (one["PoolShelvesEmpty"], one["service"]) == ([1.0], "swiftcache")


def test_without_a_pool_nothing_is_told(pool: Pool, capsys: pytest.CaptureFixture[str]) -> None:
    pool.keep()
    assert figures(capsys.readouterr().out) == []
