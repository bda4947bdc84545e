"""The bodies of the metrics' routes, as the public guide shows them."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.metrics.history import History, Period, Point
from swiftcache.metrics.model import LiveFigures
from swiftcache.metrics.slow_commands import SlowCommand

_NOT_READ = "null if Redis was not read then"


class PointBody(Body):
    """What clients did in an hour or in five minutes, and what Redis held at the last reading in it.

    Bytes are those inside TLS; hits and misses are look-ups of keys. Connections that Redis closed or refused are those
    for its limits: docs/limits.md says which.
    """

    time: Annotated[str, Field(description="its start, RFC 3339 in UTC")]
    commands: int
    bytes_in: int
    bytes_out: int
    hits: int
    misses: int
    evicted_clients: int
    rejected_connections: int
    output_limit_disconnections: Annotated[int, Field(description="0 too if this version of Redis does not count them")]
    query_limit_disconnections: Annotated[int, Field(description="the same")]
    evictions: Annotated[int, Field(description="keys that were evicted for memory")]
    used_memory: Annotated[int | None, Field(description=f"bytes; {_NOT_READ}")]
    clients: Annotated[int | None, Field(description=f"open connections, ours not among them; {_NOT_READ}")]
    keys: Annotated[int | None, Field(description=_NOT_READ)]

    @classmethod
    def of(cls, point: Point) -> "PointBody":
        sums, gauges = point.found.counters, point.found.gauges
        return cls(
            time=point.time,
            commands=sums.commands,
            bytes_in=sums.bytes_in,
            bytes_out=sums.bytes_out,
            hits=sums.hits,
            misses=sums.misses,
            evicted_clients=sums.evicted_clients,
            rejected_connections=sums.rejected_connections,
            output_limit_disconnections=sums.output_limit_disconnections,
            query_limit_disconnections=sums.query_limit_disconnections,
            evictions=sums.evictions,
            used_memory=gauges.used_memory if gauges else None,
            clients=gauges.clients if gauges else None,
            keys=gauges.keys if gauges else None,
        )


class MetricsResponse(Body):
    period: Period
    resolution_seconds: Annotated[int, Field(description="from the start of a point to that of the next")]
    metrics: Annotated[list[PointBody], Field(description="the oldest first, the current one last")]

    @classmethod
    def of(cls, history: History) -> "MetricsResponse":
        return cls(
            period=history.period,
            resolution_seconds=int(history.period.resolution.total_seconds()),
            metrics=[PointBody.of(point) for point in history.points],
        )


class LiveMetricsBody(Body):
    """A running Redis at this moment. Memory in bytes; evictions, and what was closed, since its process started."""

    used_memory: int
    max_memory: int
    keys: int
    clients: Annotated[int, Field(description="open connections, ours not among them")]
    ops_per_second: int
    hit_ratio: Annotated[float | None, Field(description="from 0 to 1; null as long as no key was looked up")]
    evictions: int
    evicted_clients: Annotated[int | None, Field(description="closed, since all together took too much memory")]
    rejected_connections: Annotated[int | None, Field(description="refused, since there were too many")]
    output_limit_disconnections: Annotated[
        int | None, Field(description="closed, since too much of an answer was unread; null if Redis does not count it")
    ]
    query_limit_disconnections: Annotated[
        int | None, Field(description="closed, since a query was too long; null if Redis does not count it")
    ]

    @classmethod
    def of(cls, figures: LiveFigures) -> "LiveMetricsBody":
        return cls(
            used_memory=figures.used_memory,
            max_memory=figures.max_memory,
            keys=figures.keys,
            clients=figures.clients,
            ops_per_second=figures.ops_per_second,
            hit_ratio=figures.hit_ratio,
            evictions=figures.evicted_keys,
            evicted_clients=figures.evicted_clients,
            rejected_connections=figures.rejected_connections,
            output_limit_disconnections=figures.output_limit_disconnections,
            query_limit_disconnections=figures.query_limit_disconnections,
        )


class LiveMetricsResponse(Body):
    metrics: LiveMetricsBody


class SlowCommandBody(Body):
    """A command that took longer than 10 milliseconds of Redis's own time: waiting and the network are not in it."""

    id: Annotated[int, Field(description="grows; begins anew with the process")]
    at: Annotated[str, Field(description="when it ran, RFC 3339 in UTC")]
    microseconds: int
    command: Annotated[
        list[str],
        Field(description="its words, 32 at most, with 128 bytes of each; what is no UTF-8 as `\\x` and its bytes"),
    ]
    client: Annotated[str, Field(description="address and port")]
    client_name: Annotated[str, Field(description="as CLIENT SETNAME set it; empty if it did not")]

    @classmethod
    def of(cls, slow: SlowCommand) -> "SlowCommandBody":
        return cls(
            id=slow.id,
            at=slow.at,
            microseconds=slow.microseconds,
            command=list(slow.words),
            client=slow.client,
            client_name=slow.client_name,
        )


class SlowlogResponse(Body):
    slowlog: Annotated[list[SlowCommandBody], Field(description="the newest first; Redis keeps the last 128")]
