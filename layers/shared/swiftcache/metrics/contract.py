"""The bodies of the metrics' routes, as the public guide shows them."""

from typing import Annotated

from pydantic import Field

from swiftcache.api.body import Body
from swiftcache.metrics.model import Hour, LiveFigures


class HourBody(Body):
    """What clients did in an hour. Bytes are those inside TLS; hits and misses are look-ups of keys."""

    time: Annotated[str, Field(description="the hour's start, RFC 3339 in UTC")]
    commands: int
    bytes_in: int
    bytes_out: int
    hits: int
    misses: int

    @classmethod
    def of(cls, hour: Hour) -> "HourBody":
        sums = hour.counters
        return cls(
            time=hour.time,
            commands=sums.commands,
            bytes_in=sums.bytes_in,
            bytes_out=sums.bytes_out,
            hits=sums.hits,
            misses=sums.misses,
        )


class MetricsResponse(Body):
    metrics: Annotated[list[HourBody], Field(description="24 hours, the oldest first, the current one last")]

    @classmethod
    def of(cls, hours: list[Hour]) -> "MetricsResponse":
        return cls(metrics=[HourBody.of(hour) for hour in hours])


class LiveMetricsBody(Body):
    """A running Redis at this moment. Memory in bytes; evictions count since its process started."""

    used_memory: int
    max_memory: int
    keys: int
    clients: Annotated[int, Field(description="open connections, ours not among them")]
    ops_per_second: int
    hit_ratio: Annotated[float | None, Field(description="from 0 to 1; null as long as no key was looked up")]
    evictions: int

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
        )


class LiveMetricsResponse(Body):
    metrics: LiveMetricsBody
