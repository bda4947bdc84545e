"""Copying a running Redis into another, and letting that take over without the loss of an acknowledged write.

What holds the guarantee is CLIENT PAUSE WRITE: while it is in force no client's write is carried out, nor does a key
expire; so the replication offset that is read after it covers every write ever acknowledged. Whoever writes waits,
and sees no error. (`min-replicas-to-write` would do the same with an error, which few programs would try again.)
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis

from swiftcache.changes.replication_ports import Access, Pair, aside
from swiftcache.instances.capacity import Capacity
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.model import Endpoint
from swiftcache.platform.errors import DataDoesNotFit, RedisUnreachable, StandbyBehind
from swiftcache.redis.acl import CONTROL_USER, DEFAULT_USER
from swiftcache.redis.connection import connect

_PAUSE_MILLISECONDS = 3_600_000
"""Normally it lasts for some milliseconds. It must not end by itself while a try that began it could still commit."""

_CLOSE_BYTES = 4 * 1024 * 1024
_POLL_SECONDS = 0.002


class RedisReplication:
    """Times are in seconds: for a task to listen, for data to be evicted, for a standby to catch up."""

    def __init__(self, start: float = 5.0, eviction: float = 5.0, pause: float = 0.8) -> None:
        self._start = start
        self._eviction = eviction
        self._pause = pause

    def make_room(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        with _connected(access, serving) as client:
            used = _used_memory(client)
            if used > capacity.max_memory and capacity.eviction_policy is EvictionPolicy.NOEVICTION:
                raise DataDoesNotFit(f"{used} bytes are in use, and would have to fit into {capacity.max_memory}")
            _configure(client, capacity)
            if not _becomes(lambda: _used_memory(client) <= capacity.max_memory, self._eviction):
                raise DataDoesNotFit(f"what may be evicted is not enough to fit into {capacity.max_memory} bytes")

    def follow(self, pair: Pair, source: Endpoint) -> None:
        _becomes(lambda: _listens(pair.access, aside(pair.standby)), self._start)
        with _connected(pair.access, aside(pair.standby)) as standby:
            if _copies(standby, source):
                return  # an earlier try did it; while Redis loads the copy it would refuse to hear it again
            _shut_out_clients(standby)
            standby.config_set("masteruser", CONTROL_USER, "masterauth", pair.access.password)
            standby.replicaof(source.address, source.port)

    def is_close(self, pair: Pair) -> bool:
        with _both(pair) as (serving, standby):
            return _is_ready(serving, standby)

    def hold(self, pair: Pair) -> None:
        with _both(pair) as (serving, standby):
            if not _is_ready(serving, standby):
                raise StandbyBehind("the standby has no copy yet, or is too far behind")
            serving.client_pause(_PAUSE_MILLISECONDS, all=False)
            if not _becomes(lambda: _follows(serving, standby, at_most=0), self._pause):
                raise StandbyBehind("the standby did not catch up while writes were paused")

    def hand_over(self, pair: Pair, users: Mapping[str, str]) -> None:
        with _connected_or_none(pair.access, aside(pair.standby)) as standby:
            if standby is None and _listens(pair.access, pair.standby):
                return  # an earlier try did it, and its answer was lost
            if standby is None:
                raise RedisUnreachable("the task that takes over does not answer")
            _retire(pair)
            _promote(standby, pair.standby.port, users)

    def version(self, serving: Endpoint, access: Access) -> str:
        with _connected(access, serving) as client:
            found: dict[str, Any] = client.info("server")
        # Valkey tells beside its own the version of Redis that it is like.
        return str(found.get("valkey_version", found["redis_version"]))

    def resume(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        with _connected(access, serving) as client:
            _configure(client, capacity)
            client.client_unpause()


def _retire(pair: Pair) -> None:
    """No new client comes to the old task, and those it has must go: their next connection is to the new one.

    If it does not answer it is as good as stopped, which it soon is: nobody can write to it in any case.
    """
    for endpoint in (pair.serving, aside(pair.serving)):
        with _connected_or_none(pair.access, endpoint) as old:
            if old is not None:
                old.config_set("tls-port", aside(pair.serving).port)
                old.client_kill_filter(_type="normal", skipme=True)
                old.client_kill_filter(_type="pubsub", skipme=True)
                _shut_out_clients(old)
                return


def _promote(standby: "redis.Redis", port: int, users: Mapping[str, str]) -> None:
    """Opening the port comes last: whoever gets in finds everything in place."""
    for name, rules in users.items():
        _run(standby, "ACL", "SETUSER", name, "reset", *rules.split())
    standby.replicaof("NO", "ONE")
    standby.config_set("masteruser", "", "masterauth", "")
    standby.config_set("tls-port", port)


def _shut_out_clients(client: "redis.Redis") -> None:
    """A key that is revoked from now on must open nothing, and only the task that serves is told of it."""
    for line in client.acl_list():
        name = str(line).split()[1]
        if name == DEFAULT_USER:
            _run(client, "ACL", "SETUSER", name, "reset")
        elif name != CONTROL_USER:
            client.acl_deluser(name)


def _is_ready(serving: "redis.Redis", standby: "redis.Redis") -> bool:
    """Whether the standby could take over: it has nearly all of the data, and if it is to keep them, it does."""
    return _follows(serving, standby, at_most=_CLOSE_BYTES) and not _rewrites(standby)


def _rewrites(standby: "redis.Redis") -> bool:
    """Redis writes its file anew from a copy that it was given. Until that is done it could not load the copy again."""
    found: dict[str, Any] = standby.info("persistence")
    return bool(found["aof_rewrite_in_progress"] or found["aof_rewrite_scheduled"])


def _follows(serving: "redis.Redis", standby: "redis.Redis", at_most: int) -> bool:
    """Whether the standby is a replica of just this history, and at most so many bytes behind.

    The serving task is asked first, so that the answer holds for all that it had acknowledged before.
    """
    said: dict[str, Any] = serving.info("replication")
    done: dict[str, Any] = standby.info("replication")
    if done["role"] != "slave" or done["master_link_status"] != "up" or done["master_replid"] != said["master_replid"]:
        return False
    return _is_streaming(said) and said["master_repl_offset"] - done["slave_repl_offset"] <= at_most


def _is_streaming(said: dict[str, Any]) -> bool:
    """Redis sends no writes to a replica until it has heard from it that the copy is loaded, which takes a second."""
    replicas = [said[name] for name in said if re.fullmatch(r"slave\d+", name)]
    heard = any(replica["state"] == "online" and replica["offset"] > 0 for replica in replicas)
    return heard or said["master_repl_offset"] == 0


def _copies(standby: "redis.Redis", source: Endpoint) -> bool:
    found: dict[str, Any] = standby.info("replication")
    return found["role"] == "slave" and (str(found["master_host"]), found["master_port"]) == (
        source.address,
        source.port,
    )


def _configure(client: "redis.Redis", capacity: Capacity) -> None:
    _run(client, "CONFIG", "SET", *capacity.words)


def _used_memory(client: "redis.Redis") -> int:
    """As Redis compares it with `maxmemory`: the buffers of replicas do not count."""
    memory: dict[str, Any] = client.info("memory")
    return int(memory["used_memory"]) - int(memory["mem_not_counted_for_evict"])


def _run(client: Any, *words: str) -> None:
    """A command that redis-py has no method for."""
    client.execute_command(*words)


def _becomes(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < end:
        time.sleep(_POLL_SECONDS)
    return true


def _listens(access: Access, endpoint: Endpoint) -> bool:
    with _connected_or_none(access, endpoint) as found:
        return found is not None


@contextmanager
def _both(pair: Pair) -> "Iterator[tuple[redis.Redis, redis.Redis]]":
    with _connected(pair.access, pair.serving) as serving, _connected(pair.access, aside(pair.standby)) as standby:
        yield serving, standby


@contextmanager
def _connected(access: Access, endpoint: Endpoint) -> "Iterator[redis.Redis]":
    """As the control user. Raises RedisUnreachable, with the class and not the text: that could hold a secret."""
    try:
        with connect(endpoint, access.hostname, access.password) as client:
            yield client
    except (redis.RedisError, OSError) as error:
        raise RedisUnreachable(f"{endpoint.address}:{endpoint.port} gave {type(error).__name__}") from None


@contextmanager
def _connected_or_none(access: Access, endpoint: Endpoint) -> "Iterator[redis.Redis | None]":
    with _connected(access, endpoint) as client:
        yield client if _answers(client) else None


def _answers(client: "redis.Redis") -> bool:
    try:
        client.ping()
    except redis.exceptions.BusyLoadingError:
        return True
    except (redis.ConnectionError, redis.TimeoutError, OSError):
        return False
    return True
