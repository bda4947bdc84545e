"""The latest figures in Prometheus's text format, version 0.0.4.

https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.instances.model import Instance
from swiftcache.metrics.model import CounterState, LiveFigures

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Family:
    name: str
    kind: str
    help: str
    value: Callable[[CounterState, LiveFigures], float]


_FAMILIES = (
    _Family("commands_total", "counter", "Commands of clients.", lambda state, _: state.totals.commands),
    _Family("received_bytes_total", "counter", "Bytes from clients.", lambda state, _: state.totals.bytes_in),
    _Family("sent_bytes_total", "counter", "Bytes to clients.", lambda state, _: state.totals.bytes_out),
    _Family("keyspace_hits_total", "counter", "Look-ups of keys that were there.", lambda state, _: state.totals.hits),
    _Family(
        "keyspace_misses_total", "counter", "Look-ups of keys that were not.", lambda state, _: state.totals.misses
    ),
    _Family("evicted_keys_total", "counter", "Keys evicted for memory.", lambda state, _: state.totals.evictions),
    _Family(
        "evicted_clients_total",
        "counter",
        "Clients closed, since all together took too much memory.",
        lambda state, _: state.totals.evicted_clients,
    ),
    _Family(
        "rejected_connections_total",
        "counter",
        "Connections refused, since there were too many.",
        lambda state, _: state.totals.rejected_connections,
    ),
    _Family(
        "output_limit_disconnections_total",
        "counter",
        "Clients closed, since too much of an answer was unread.",
        lambda state, _: state.totals.output_limit_disconnections,
    ),
    _Family(
        "query_limit_disconnections_total",
        "counter",
        "Clients closed, since a query was too long.",
        lambda state, _: state.totals.query_limit_disconnections,
    ),
    _Family("memory_used_bytes", "gauge", "Memory that Redis uses.", lambda _, live: live.used_memory),
    _Family("memory_max_bytes", "gauge", "Memory that Redis may use.", lambda _, live: live.max_memory),
    _Family("keys", "gauge", "Keys stored.", lambda _, live: live.keys),
    _Family("connected_clients", "gauge", "Open connections of clients.", lambda _, live: live.clients),
    _Family("commands_per_second", "gauge", "Redis's own short average.", lambda _, live: live.ops_per_second),
    _Family(
        "last_read_timestamp_seconds",
        "gauge",
        "When the figures were read. If this grows old, Redis does not answer.",
        lambda state, _: datetime.fromisoformat(state.at).timestamp(),
    ),
)


def exposition(instances: Iterable[tuple[Instance, CounterState]]) -> str:
    """One family after the other, in each a line for each instance that was ever read."""
    read = [(_labels(instance), state, state.live) for instance, state in instances if state.live]
    lines: list[str] = []
    for family in _FAMILIES:
        name = f"swiftcache_{family.name}"
        lines += [f"# HELP {name} {family.help}", f"# TYPE {name} {family.kind}"]
        lines += [f"{name}{labels} {family.value(state, live)}" for labels, state, live in read]
    return "\n".join(lines) + "\n"


def _labels(instance: Instance) -> str:
    return f'{{instance_id="{_escaped(instance.id)}",name="{_escaped(instance.name)}"}}'


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
