"""Metrics of the running service: what a client really sent is what its owner reads."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from swiftcache.instances.model import Instance, NewInstance
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.metrics.collector import ScrapeRun
from swiftcache.metrics.collector import collect as collect_from
from swiftcache.metrics.history import Period
from swiftcache.metrics.wiring import bucket_store, metrics_service
from swiftcache.metrics.wiring import metrics as metrics_provider
from swiftcache.platform.counters import NOTHING, Counters
from swiftcache.platform.errors import RedisUnreachable
from swiftcache.redis.wiring import credentials
from tests.metering import MeteredClient
from tests.statemachine.cloud import Cloud

Connect = Callable[[], MeteredClient]


@pytest.fixture
def running(cloud: Cloud) -> Iterator[tuple[Instance, Connect]]:
    """A running instance, and how its client connects."""
    caller = replace(cloud.caller, request_id="request-create")
    new = NewInstance(caller.organization_id, "tested", MIN_MEMORY, "eu-central")
    created = instance_service(cloud.injector).create(caller, new)
    instance = cloud.wait(created.instance.id, "RUNNING")
    assert instance
    assert instance.endpoint
    assert instance.hostname
    address, name, authority = instance.endpoint, instance.hostname, Path(os.environ["SSL_CERT_FILE"])
    yield (
        instance,
        lambda: MeteredClient(address.address, address.port, name, authority, created.plain_key),
    )
    if cloud.find(instance.id):
        cloud.delete(instance.id)
        cloud.wait(instance.id, "GONE")


def collect(cloud: Cloud) -> None:
    assert cloud.invoke(cloud.stack.functions["CollectMetricsFunction"].name, {}) is None


def scrape(cloud: Cloud, instance: Instance) -> ScrapeRun:
    return collect_from([instance], bucket_store(cloud.injector), 1, lambda: False)


def summed(cloud: Cloud, instance: Instance) -> Counters:
    history = metrics_service(cloud.injector).history(cloud.caller, instance.id, Period.DAY)
    return replace(sum((hour.found.counters for hour in history.points), NOTHING), evictions=0)


def stop_redis(cloud: Cloud, instance: Instance) -> None:
    """Behind the back of the record, which goes on saying RUNNING."""
    ecs, cluster = cloud.client("ecs"), cloud.stack.outputs["ClusterName"]
    [task] = cloud.tasks(instance.id)
    ecs.stop_task(cluster=cluster, task=task)


def a_load(client: MeteredClient, number: int = 50) -> Counters:
    for index in range(number):
        client.do("SET", f"key{index}", "x" * 200)
        client.do("GET", f"key{index}")
        client.do("GET", f"none{index}")
    return client.did(hits=number, misses=number)


def test_the_first_scrape_has_all_that_a_client_did_since_the_creation(
    cloud: Cloud, running: tuple[Instance, Connect]
) -> None:
    instance, connect = running
    with connect() as client:
        did = a_load(client)
    collect(cloud)
    assert summed(cloud, instance) == did


def test_live_scrapes_between_do_not_count(cloud: Cloud, running: tuple[Instance, Connect]) -> None:
    instance, connect = running
    with connect() as client:
        first = a_load(client)
        for _ in range(3):
            metrics_service(cloud.injector).live(cloud.caller, instance.id)
        collect(cloud)
        assert summed(cloud, instance) == first
        second = replace(a_load(client), hits=100, misses=100)
        live = metrics_service(cloud.injector).live(cloud.caller, instance.id)
        collect(cloud)
    assert summed(cloud, instance) == second
    assert (live.keys, live.clients, live.hits, live.max_memory) == (50, 1, 100, MIN_MEMORY)


def test_slow_commands_are_the_owners_and_asking_for_them_does_not_count(
    cloud: Cloud, running: tuple[Instance, Connect]
) -> None:
    instance, connect = running
    service = metrics_service(cloud.injector)
    with cloud.redis(instance.id) as control:
        control.config_set("slowlog-log-slower-than", 0)
        with connect() as client:
            client.do("SET", "key", "x" * 500)
        control.config_set("slowlog-log-slower-than", -1)
    collect(cloud)
    before = summed(cloud, instance)
    found = service.slow_commands(cloud.caller, instance.id, 100)
    collect(cloud)
    assert summed(cloud, instance) == before
    [slow] = [one for one in found if one.words[0] == "SET"]
    assert slow.words == ("SET", "key", "x" * 128 + "... (372 more bytes)")
    assert len(service.slow_commands(cloud.caller, instance.id, 2)) == 2
    assert [one.id for one in found] == sorted((one.id for one in found), reverse=True)
    password = credentials(cloud.injector).control_password(instance.id)
    assert password not in str([one.words for one in found])


def test_collectors_that_overlap_count_once(cloud: Cloud, running: tuple[Instance, Connect]) -> None:
    instance, connect = running
    with connect() as client:
        did = a_load(client)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: scrape(cloud, instance), range(8)))
    found = summed(cloud, instance)
    assert (found.hits, found.misses) == (did.hits, did.misses)
    # Each that was overtaken has left its own three commands, which nobody can tell from a client's.
    assert did.commands <= found.commands <= did.commands + 7 * 3


def test_a_collector_that_dies_before_it_stores_is_made_good(
    cloud: Cloud, running: tuple[Instance, Connect], monkeypatch: pytest.MonkeyPatch
) -> None:
    instance, connect = running
    with connect() as client:
        did = a_load(client)

    def died(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(metrics_provider(cloud.injector), "store", died)
        with pytest.raises(SystemExit):
            scrape(cloud, instance)
    assert summed(cloud, instance) == NOTHING
    collect(cloud)
    found = summed(cloud, instance)
    assert (found.hits, found.misses, found.commands) == (did.hits, did.misses, did.commands + 3)


def test_a_redis_that_does_not_answer_is_named_and_counted(
    cloud: Cloud, running: tuple[Instance, Connect], capsys: pytest.CaptureFixture[str]
) -> None:
    stop_redis(cloud, running[0])
    collect(cloud)
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "InstancesUnreachable" in line]
    assert metrics[-1]["InstancesRunning"] == [1.0]
    assert metrics[-1]["InstancesUnreachable"] == [1.0]


def test_live_figures_of_a_redis_that_does_not_answer_are_refused(
    cloud: Cloud, running: tuple[Instance, Connect]
) -> None:
    instance, _ = running
    stop_redis(cloud, instance)
    with pytest.raises(RedisUnreachable, match=f"the Redis of {instance.id} does not answer"):
        metrics_service(cloud.injector).live(cloud.caller, instance.id)


def test_cloudwatch_gets_the_fleets_figures(
    cloud: Cloud, running: tuple[Instance, Connect], capsys: pytest.CaptureFixture[str]
) -> None:
    instance, connect = running
    with connect() as client:
        did = a_load(client)
        collect(cloud)
    [published] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    [described] = published["_aws"]["CloudWatchMetrics"]
    assert (described["Namespace"], described["Dimensions"], published["service"]) == (
        "SwiftCache",
        [["service"]],
        "swiftcache",
    )
    named = {metric["Name"]: metric["Unit"] for metric in described["Metrics"]}
    assert named["MemoryUsed"] == "Bytes"
    expected = {
        "InstancesRunning": 1,
        "InstancesUnreachable": 0,
        "InstancesNotRead": 0,
        "Commands": did.commands,
        "KeyspaceHits": did.hits,
        "KeyspaceMisses": did.misses,
        "EvictedClients": 0,
        "RejectedConnections": 0,
        "OutputLimitDisconnections": 0,
        "QueryLimitDisconnections": 0,
        "Keys": 50,
        "Connections": 1,
        "MemoryLimit": MIN_MEMORY,
    }
    assert {name: published[name] for name in expected} == {name: [value] for name, value in expected.items()}
    found = cloud.find(instance.id)
    assert found
    assert found.serves
    left = found.serves.ends - datetime.now(UTC)
    assert abs(published["CertificateDays"][0] - left / timedelta(days=1)) < 0.1


def test_a_pass_in_shards_publishes_the_same_and_counts_on(
    cloud: Cloud,
    running: tuple[Instance, Connect],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    instance, connect = running
    with connect() as client:
        a_load(client)
        collect(cloud)
        monkeypatch.setattr("functions.collect_metrics.app.shards_of", lambda instances: [instances, []])
        did = replace(a_load(client), hits=100, misses=100)
        collect(cloud)
    assert summed(cloud, instance) == did
    published = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert [found["KeyspaceHits"] for found in published] == [[50.0], [50.0]]
    assert [found["InstancesRunning"] for found in published] == [[1.0], [1.0]]
    assert all("CertificateDays" in found for found in published)


def test_a_shard_that_dies_is_told_as_instances_that_were_not_read(
    cloud: Cloud,
    running: tuple[Instance, Connect],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def died(_: str) -> list[Instance]:
        raise MemoryError

    monkeypatch.setattr("functions.collect_metrics.app.shards_of", lambda instances: [instances, []])
    monkeypatch.setattr("functions.scrape_shard.app.unpacked_instances", died)
    collect(cloud)
    [published] = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in line]
    assert (published["InstancesRunning"], published["InstancesNotRead"]) == ([1.0], [1.0])


def test_a_key_is_seen_in_use(cloud: Cloud, running: tuple[Instance, Connect]) -> None:
    instance, connect = running
    with connect():
        collect(cloud)
    [key] = instance.keys
    use = metrics_provider(cloud.injector).counter_state(instance.organization_id, instance.id).key_use
    assert set(use) == {key.id}
    assert use[key.id].connections == 1
    assert datetime.now(UTC) - datetime.fromisoformat(use[key.id].last_used_at) < timedelta(minutes=1)


def test_a_deleted_instance_is_in_no_scrape(cloud: Cloud, running: tuple[Instance, Connect]) -> None:
    instance, _ = running
    collect(cloud)
    service = metrics_service(cloud.injector)
    owner = cloud.caller.organization_id
    assert [found.id for found, _ in service.latest(cloud.caller, owner)] == [instance.id]
    cloud.delete(instance.id)
    cloud.wait(instance.id, "GONE")
    assert service.latest(cloud.caller, owner) == []
