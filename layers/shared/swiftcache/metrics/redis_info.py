"""Scraping a Redis: what it counts and what it holds, and how much of the counting is our own.

Redis counts our conversation with those of its clients. What we say is always the same (AUTH, CLIENT LIST if the
connections are asked for, INFO), so its share is known to the byte. None of it looks up a key.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import redis

from swiftcache.instances.model import Instance
from swiftcache.metrics.key_usage import Connection
from swiftcache.metrics.model import LiveFigures, RedisSample
from swiftcache.metrics.redis_slowlog import ask_for_slow_commands
from swiftcache.metrics.slow_commands import SlowCommands
from swiftcache.platform.counters import Counters
from swiftcache.platform.errors import ControlPasswordRefused, RedisBusy, RedisSilent, RedisUnreachable
from swiftcache.redis import resp
from swiftcache.redis.acl import CONTROL_USER
from swiftcache.redis.connection import accepts, certificate_served, connect
from swiftcache.redis.probe import VERIFICATION
from swiftcache.redis.reach import Reach, from_outside
from swiftcache.redis.scripts import unless_busy

_SECONDS = 1.5
"""For connecting and for each answer: who waits for live figures waits for an answer of some kind."""

_PATIENT_SECONDS = 5.0
"""The same for one that did not answer a minute ago: before it is replaced, it may be slow."""

_CLIENT_LIST = ("CLIENT", "LIST")
_LIMITS = {
    "evicted_clients": "evicted_clients",
    "rejected_connections": "rejected_connections",
    "output_limit_disconnections": "client_output_buffer_limit_disconnections",
    "query_limit_disconnections": "client_query_buffer_limit_disconnections",
}
"""Redis's names for the connections that it closed. Not every version counts all of them."""

_INFO = ("INFO", "server", "clients", "memory", "stats", "keyspace")


class RedisFigures:
    """Reads as the control user, at the address of the serving task, with TLS verified for the public name."""

    def __init__(self, reach: Reach = from_outside) -> None:
        self._reach = reach

    def read(self, instance: Instance, password: str, *, connections: bool, patient: bool = False) -> RedisSample:
        with _talking(self._seen(instance), password, _PATIENT_SECONDS if patient else _SECONDS) as client:
            if patient:
                unless_busy(client, client.ping)
            return _sample(client, password, connections)

    def slow_commands(self, instance: Instance, password: str, limit: int) -> SlowCommands:
        with _talking(self._seen(instance), password, _SECONDS) as client:
            return ask_for_slow_commands(client, password, limit)

    def _seen(self, instance: Instance) -> Instance:
        """With its task as we see it."""
        return replace(instance, endpoint=self._reach(instance.endpoint)) if instance.endpoint else instance


@contextmanager
def _talking(instance: Instance, password: str, seconds: float) -> "Iterator[redis.Redis]":
    if instance.endpoint is None or instance.hostname is None:
        raise RedisUnreachable(f"{instance.id} has no address yet")
    try:
        with connect(instance.endpoint, instance.hostname, password, seconds) as client:
            yield client
    except redis.AuthenticationError:
        raise ControlPasswordRefused(f"the Redis of {instance.id} refuses our password") from None
    except redis.ResponseError as error:
        kind = RedisBusy if str(error).startswith("BUSY") else RedisUnreachable
        raise kind(f"the Redis of {instance.id} gave {type(error).__name__}") from None
    except (redis.RedisError, OSError) as error:
        accepted = accepts(instance.endpoint, seconds)
        # The class and not the text, which names addresses.
        what = f"the Redis of {instance.id} does not answer ({type(error).__name__})"
        # One that closes connections, such as too many, has answered.
        if accepted and not isinstance(error, redis.TimeoutError):
            raise RedisUnreachable(what) from None
        raise RedisSilent(what, accepted=accepted) from None


def _sample(client: "redis.Redis", password: str, connections: bool) -> RedisSample:
    client.set_response_callback("INFO", str)  # as it came: redis-py would take it apart, and its length would be lost
    ask: Callable[..., str] = client.execute_command
    listed = ask(*_CLIENT_LIST) if connections else ""
    text = ask(*_INFO)
    # What Redis counts of INFO after it has answered it.
    after = Counters(commands=1, bytes_out=resp.bulk(len(text)))
    before = Counters(1, resp.command("AUTH", CONTROL_USER, password) + resp.command(*_INFO), resp.OK)
    if connections:
        before += Counters(1, resp.command(*_CLIENT_LIST), resp.bulk(len(listed)))
    info = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return RedisSample(
        run_id=info["run_id"],
        counters=_counters(info) + after,
        own=before + after,
        preparation=VERIFICATION,
        live=_figures(info),
        connections=tuple(map(_connection, listed.splitlines())),
        certificate=certificate_served(client),
        # Valkey tells beside its own the version of Redis that it is like.
        version=info.get("valkey_version", info["redis_version"]),
    )


def _counters(info: Mapping[str, str]) -> Counters:
    """Without what replication moves, while a new task takes over. The commands it repeats cannot be told apart."""
    return Counters(
        commands=int(info["total_commands_processed"]),
        bytes_in=int(info["total_net_input_bytes"]) - int(info["total_net_repl_input_bytes"]),
        bytes_out=int(info["total_net_output_bytes"]) - int(info["total_net_repl_output_bytes"]),
        hits=int(info["keyspace_hits"]),
        misses=int(info["keyspace_misses"]),
        evictions=int(info["evicted_keys"]),
        **{name: int(info.get(counter, 0)) for name, counter in _LIMITS.items()},
    )


def _figures(info: Mapping[str, str]) -> LiveFigures:
    databases = [value for name, value in info.items() if name.startswith("db") and value.startswith("keys=")]
    return LiveFigures(
        used_memory=int(info["used_memory"]),
        max_memory=int(info["maxmemory"]),
        keys=sum(int(value.split(",")[0].removeprefix("keys=")) for value in databases),
        clients=int(info["connected_clients"]) - 1,
        ops_per_second=int(info["instantaneous_ops_per_sec"]),
        hits=int(info["keyspace_hits"]),
        misses=int(info["keyspace_misses"]),
        evicted_keys=int(info["evicted_keys"]),
        **{name: int(info[counter]) for name, counter in _LIMITS.items() if counter in info},
    )


def _connection(line: str) -> Connection:
    fields = dict(field.split("=", 1) for field in line.split(" "))
    return Connection(user=fields["user"], age=int(fields["age"]), idle=int(fields["idle"]))
