"""Metrics, from outside: what a client sent, and what the API and Prometheus say of it."""

from pathlib import Path

import pytest

from tests.e2e.stack import Stack
from tests.metering import MeteredClient

KEYS = 500


def collect(stack: Stack) -> None:
    """What happens by itself every minute."""
    functions = stack.aws("lambda").list_functions()["Functions"]
    [name] = [found["FunctionName"] for found in functions if "-CollectMetricsFunction-" in found["FunctionName"]]
    assert "FunctionError" not in stack.aws("lambda").invoke(FunctionName=name, Payload=b"{}")


def test_the_api_and_prometheus_say_what_a_client_sent(stack: Stack) -> None:
    api = stack.api
    created = api.create(name="metered")
    instance = api.wait(created.id)
    [address] = stack.names.resolve(instance["hostname"])
    ca = Path(stack.facts["caFile"])
    with MeteredClient(address, instance["port"], instance["hostname"], ca, created.key) as client:
        for number in range(KEYS):
            client.do("SET", f"key{number}", "x" * 400)
            client.do("GET", f"key{number}")
            client.do("GET", f"none{number}")
        live = api.send("GET", f"/instances/{created.id}/metrics/live").json()["metrics"]
        collect(stack)

    metrics = api.send("GET", f"/instances/{created.id}/metrics").json()["metrics"]
    assert len(metrics) == 24
    summed = {name: sum(hour[name] for hour in metrics) for name in ("commands", "bytesIn", "bytesOut")}
    # Equal, unless the minute's own pass met ours.
    assert summed["commands"] == pytest.approx(client.commands, rel=0.03)
    assert summed["bytesIn"] == pytest.approx(client.sent, rel=0.03)
    assert summed["bytesOut"] == pytest.approx(client.received, rel=0.03)
    for period, points in (("1h", 12), ("24h", 24), ("7d", 168)):
        metrics = api.send("GET", f"/instances/{created.id}/metrics?period={period}").json()["metrics"]
        assert len(metrics) == points
        assert [sum(point[name] for point in metrics) for name in ("hits", "misses")] == [KEYS, KEYS]
        assert [point["keys"] for point in metrics if point["keys"] is not None][-1] == KEYS
    assert (live["keys"], live["clients"], live["hitRatio"], live["evictions"]) == (KEYS, 1, 0.5, 0)

    scraped = api.send("GET", f"/organizations/{api.organization_id}/metrics/prometheus")
    assert scraped.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    labels = f'{{instance_id="{created.id}",name="metered"}}'
    assert f"swiftcache_keyspace_hits_total{labels} {KEYS}" in scraped.text.splitlines()
    api.delete(created.id)
    api.wait_gone(created.id)
