"""The metrics' routes: the guide's shape, live figures, and Prometheus's text format."""

import re
from dataclasses import replace

import pytest

from swiftcache.access.identity import Role
from swiftcache.instances.model import Endpoint
from swiftcache.instances.status import Status
from swiftcache.metrics.buckets import bucket_of
from swiftcache.metrics.contract import LiveMetricsBody
from swiftcache.metrics.model import Aggregate, CounterState
from swiftcache.metrics.service import MetricsService
from swiftcache.metrics.wiring import metrics_service
from swiftcache.platform.counters import Counters
from tests.api_world import INSTANCE, ORGANIZATION, World
from tests.fakes.metrics import FIGURES, FakeInspector, FakeMetrics
from tests.samples import AT, NOW, an_account, an_entry, an_instance

LOAD = Counters(10, 1000, 2000, 5, 2, 1, 3, 4, 6, 7)
COUNTER_STATE = CounterState(
    sequence=1, run_id="run-1", at=AT, totals=LOAD, live=FIGURES, hours={"2026-01-02T03:00:00Z": LOAD}
)


@pytest.fixture
def metrics(world: World, monkeypatch: pytest.MonkeyPatch) -> FakeMetrics:
    metrics = FakeMetrics()
    inspector = FakeInspector({INSTANCE: FIGURES})
    service = MetricsService(world.instances, metrics, inspector, lambda: NOW)
    world.injector.given[metrics_service] = service
    return metrics


def with_running(world: World, instance_id: str = INSTANCE, name: str = "my-redis") -> None:
    endpoint = Endpoint("203.0.113.7", 6379)
    instance = an_instance(id=instance_id, organization_id=ORGANIZATION, name=name, endpoint=endpoint)
    world.instances.create(replace(instance, status=Status.RUNNING), an_entry())


@pytest.mark.parametrize("query", [{}, {"period": "24h"}])
def test_metrics_are_24_hours_in_the_guides_shape(world: World, metrics: FakeMetrics, query: dict[str, str]) -> None:
    with_running(world)
    metrics.put(ORGANIZATION, INSTANCE, COUNTER_STATE)
    answer = world.send("get_metrics", queryStringParameters=query)
    assert answer.status == 200
    assert (answer.body["period"], answer.body["resolutionSeconds"]) == ("24h", 3600)
    hours = answer.body["metrics"]
    assert [len(hours), hours[0]["time"]] == [24, "2026-01-01T04:00:00Z"]
    assert hours[-1] == {
        "time": "2026-01-02T03:00:00Z",
        "commands": 10,
        "bytesIn": 1000,
        "bytesOut": 2000,
        "hits": 5,
        "misses": 2,
        "evictedClients": 3,
        "rejectedConnections": 4,
        "outputLimitDisconnections": 6,
        "queryLimitDisconnections": 7,
        "evictions": 1,
        "usedMemory": 1_000_000,
        "clients": 2,
        "keys": 3,
    }


@pytest.mark.parametrize("period", ["1h", "24h", "7d"])
def test_points_without_data_are_zeros_and_say_that_nothing_was_read(
    world: World, metrics: FakeMetrics, period: str
) -> None:
    with_running(world)
    points = world.send("get_metrics", queryStringParameters={"period": period}).body["metrics"]
    gauges = {"usedMemory", "clients", "keys"}
    assert {point[name] for point in points for name in gauges} == {None}
    assert {value for point in points for name, value in point.items() if name not in {"time", *gauges}} == {0}


def test_hours_that_are_over_a_day_old_are_left_out(world: World, metrics: FakeMetrics) -> None:
    with_running(world)
    metrics.keep_hours(INSTANCE, {"2026-01-01T03:00:00Z": Aggregate(LOAD)})
    metrics.put(ORGANIZATION, INSTANCE, replace(COUNTER_STATE, hours={"2026-01-01T02:00:00Z": LOAD}))
    assert sum(hour["commands"] for hour in world.send("get_metrics").body["metrics"]) == 0


def test_a_week_is_168_hours(world: World, metrics: FakeMetrics) -> None:
    with_running(world)
    metrics.put(ORGANIZATION, INSTANCE, COUNTER_STATE)
    kept = Aggregate(LOAD, FIGURES.gauges)
    metrics.keep_hours(INSTANCE, {"2025-12-26T04:00:00Z": kept, "2025-12-26T03:00:00Z": kept})
    answer = world.send("get_metrics", queryStringParameters={"period": "7d"}).body
    hours = answer["metrics"]
    assert (answer["period"], answer["resolutionSeconds"], len(hours)) == ("7d", 3600, 168)
    assert [hours[0]["time"], hours[-1]["time"]] == ["2025-12-26T04:00:00Z", "2026-01-02T03:00:00Z"]
    assert [hour["commands"] for hour in hours] == [10, *[0] * 166, 10]
    assert (hours[0]["usedMemory"], hours[1]["usedMemory"]) == (1_000_000, None)


def test_an_hour_is_12_points_of_five_minutes_of_which_the_last_is_under_way(
    world: World, metrics: FakeMetrics
) -> None:
    with_running(world)
    metrics.keep_hours(INSTANCE, {"2026-01-02T02:00:00Z": Aggregate(LOAD + LOAD + LOAD)})
    for minute, load in ((4, LOAD), (54, LOAD + LOAD)):
        state = replace(COUNTER_STATE, at=f"2026-01-02T02:{minute:02}:00.000Z", hours={"2026-01-02T02:00:00Z": load})
        metrics.put(ORGANIZATION, INSTANCE, state)
        metrics.keep_snapshot(metrics.bucket(bucket_of(ORGANIZATION, INSTANCE)))
    metrics.put(ORGANIZATION, INSTANCE, COUNTER_STATE)
    answer = world.send("get_metrics", queryStringParameters={"period": "1h"}).body
    points = answer["metrics"]
    assert (answer["period"], answer["resolutionSeconds"], len(points)) == ("1h", 300, 12)
    assert [points[0]["time"], points[-1]["time"]] == ["2026-01-02T02:05:00Z", "2026-01-02T03:00:00Z"]
    assert [point["commands"] for point in points] == [0] * 9 + [10, 10, 10]
    assert [point["keys"] for point in points] == [None] * 9 + [3, None, 3]


@pytest.mark.parametrize("period", ["", "2h", "24H", "1d", "168h"])
def test_another_period_is_refused_and_told_which_there_are(world: World, metrics: FakeMetrics, period: str) -> None:
    with_running(world)
    answer = world.send("get_metrics", queryStringParameters={"period": period})
    assert (answer.status, answer.body["code"]) == (422, "INVALID_VALUE")
    assert "'1h', '24h' or '7d'" in answer.body["errors"][0]["detail"]


@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_metrics_are_there_in_every_status(world: World, metrics: FakeMetrics, status: Status) -> None:
    world.with_instance(status=status)
    assert len(world.send("get_metrics").body["metrics"]) == 24


def test_live_metrics_tell_what_limits_have_closed_and_null_where_redis_does_not_count() -> None:
    told = LiveMetricsBody.of(replace(FIGURES, evicted_clients=27, rejected_connections=0)).model_dump(by_alias=True)
    assert (told["evictedClients"], told["rejectedConnections"], told["outputLimitDisconnections"]) == (27, 0, None)


def test_live_metrics_are_the_figures_of_the_moment(world: World, metrics: FakeMetrics) -> None:
    with_running(world)
    answer = world.send("get_live_metrics")
    assert answer.status == 200
    assert answer.body == {
        "metrics": {
            "usedMemory": 1_000_000,
            "maxMemory": 10_485_760,
            "keys": 3,
            "clients": 2,
            "opsPerSecond": 5,
            "hitRatio": 0.75,
            "evictions": 1,
            "evictedClients": None,
            "rejectedConnections": None,
            "outputLimitDisconnections": None,
            "queryLimitDisconnections": None,
        }
    }


def test_slow_commands_are_told_as_redis_remembers_them(world: World, metrics: FakeMetrics) -> None:
    with_running(world)
    answer = world.send("get_slowlog")
    assert answer.status == 200
    assert answer.body == {
        "slowlog": [
            {
                "id": 7,
                "at": "2026-01-02T03:04:05Z",
                "microseconds": 21_480,
                "command": ["KEYS", "session:*"],
                "client": "203.0.113.9:50214",
                "clientName": "worker",
            }
        ]
    }


@pytest.mark.parametrize("limit", ["0", "101", "many"])
def test_so_many_slow_commands_are_not_told_at_a_time(world: World, metrics: FakeMetrics, limit: str) -> None:
    with_running(world)
    answer = world.send("get_slowlog", queryStringParameters={"limit": limit})
    assert (answer.status, answer.body["code"]) == (422, "INVALID_VALUE")


@pytest.mark.parametrize("name", ["get_live_metrics", "get_slowlog"])
@pytest.mark.parametrize("status", [Status.PROVISIONING, Status.ERROR, Status.DELETING])
def test_only_a_running_instance_is_looked_into(world: World, metrics: FakeMetrics, status: Status, name: str) -> None:
    world.with_instance(status=status)
    answer = world.send(name)
    assert (answer.status, answer.body["code"]) == (409, "STATUS_CONFLICT")
    assert status in answer.body["detail"]


def test_a_redis_that_does_not_answer_is_a_503_that_says_when_to_come_back(
    world: World, metrics: FakeMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_running(world)
    monkeypatch.setattr(metrics_service(world.injector).inspector, "figures", {})
    answer = world.send("get_live_metrics")
    assert (answer.status, answer.body["code"], answer.headers["retry-after"]) == (503, "REDIS_UNREACHABLE", "2")


@pytest.mark.parametrize("name", ["get_metrics", "get_live_metrics", "get_slowlog"])
def test_metrics_of_anothers_instance_and_of_none_look_the_same(world: World, metrics: FakeMetrics, name: str) -> None:
    missing = world.send(name)
    an_account(world.accounts, "org_2", "sk_live_2")
    with_running(world)
    foreign = world.send(name, headers={"authorization": "Bearer sk_live_2"})
    assert (missing.status, foreign.status) == (404, 404)
    assert missing.body == foreign.body


@pytest.mark.parametrize("name", ["get_metrics", "get_live_metrics"])
def test_what_cannot_be_an_id_has_no_metrics(world: World, metrics: FakeMetrics, name: str) -> None:
    path = f"/api/v1/instances/inst_A/{'metrics/live' if 'live' in name else 'metrics'}"
    assert world.send(name, path).status == 404


@pytest.mark.parametrize("name", ["get_metrics", "get_live_metrics", "get_slowlog", "get_prometheus_metrics"])
def test_a_viewer_may_read_metrics_and_nobody_else_without_a_key(world: World, metrics: FakeMetrics, name: str) -> None:
    an_account(world.accounts, "org_viewed", "sk_live_viewer", Role.VIEWER)
    world.instances.create(an_instance(id=INSTANCE, organization_id="org_viewed", status=Status.RUNNING), an_entry())
    path = "/api/v1/organizations/org_viewed/metrics/prometheus" if "prometheus" in name else ""
    assert world.send(name, path, headers={"authorization": "Bearer sk_live_viewer"}).status == 200
    assert world.send(name, path, headers={"authorization": None}).status == 401


METRIC_LINE = re.compile(
    r"swiftcache_[a-z_]+"
    r'\{instance_id="(?P<id>inst_[a-z0-9]+)",name="(?P<name>(?:[^"\\\n]|\\[\\"n])*)"\} (?P<value>[0-9.e+]+)'
)
COMMENT_LINE = re.compile(r"# (HELP swiftcache_[a-z_]+ [^\\\n]+|TYPE swiftcache_[a-z_]+ (counter|gauge))")


def scraped(world: World) -> list[str]:
    answer = world.send("get_prometheus_metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.endswith("\n")
    return answer.text.splitlines()


def test_prometheus_gets_each_running_instance(world: World, metrics: FakeMetrics) -> None:
    for instance_id, name in ((INSTANCE, "my-redis"), ("inst_b", "other"), ("inst_unread", "new")):
        with_running(world, instance_id, name)
    for instance_id in (INSTANCE, "inst_b", "inst_deleted"):
        metrics.put(ORGANIZATION, instance_id, COUNTER_STATE)
    lines = scraped(world)
    assert 'swiftcache_commands_total{instance_id="inst_abc123xyz",name="my-redis"} 10' in lines
    assert 'swiftcache_memory_used_bytes{instance_id="inst_b",name="other"} 1000000' in lines
    labels = '{instance_id="inst_b",name="other"}'
    assert f"swiftcache_evicted_clients_total{labels} 3" in lines
    assert f"swiftcache_rejected_connections_total{labels} 4" in lines
    assert f"swiftcache_output_limit_disconnections_total{labels} 6" in lines
    assert f"swiftcache_query_limit_disconnections_total{labels} 7" in lines
    assert not [line for line in lines if "inst_deleted" in line or "inst_unread" in line]


def test_every_line_is_in_the_format(world: World, metrics: FakeMetrics) -> None:
    with_running(world, name='a"b\\c\nd')
    metrics.put(ORGANIZATION, INSTANCE, COUNTER_STATE)
    for line in scraped(world):
        found = METRIC_LINE.fullmatch(line)
        assert found or COMMENT_LINE.fullmatch(line), line
        assert not found or found["name"] == r"a\"b\\c\nd"


def test_each_family_is_introduced_once_and_counters_are_called_so(world: World, metrics: FakeMetrics) -> None:
    with_running(world)
    metrics.put(ORGANIZATION, INSTANCE, COUNTER_STATE)
    lines = scraped(world)
    families = [line.split() for line in lines if line.startswith("# TYPE")]
    helped = [line.split()[2] for line in lines if line.startswith("# HELP")]
    assert [family[2] for family in families] == helped == sorted(set(helped), key=helped.index)
    assert all((kind == "counter") == name.endswith("_total") for _, _, name, kind in families)


def test_without_instances_prometheus_gets_an_answer_too(world: World, metrics: FakeMetrics) -> None:
    assert [line for line in scraped(world) if not line.startswith("#")] == []


def test_another_organizations_metrics_do_not_exist(world: World, metrics: FakeMetrics) -> None:
    answer = world.send("get_prometheus_metrics", "/api/v1/organizations/org_2/metrics/prometheus")
    assert (answer.status, answer.body["code"]) == (404, "NOT_FOUND")
