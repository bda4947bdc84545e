"""One key takes the place of another while clients of both run without a pause."""

import threading
import time
from collections.abc import Iterator

import pytest
import redis

from swiftcache.configuration.key_service import CreatedKey
from swiftcache.configuration.wiring import key_service
from swiftcache.instances.key import KeyRole
from tests.statemachine.cloud import Cloud, wait_for


class Client:
    """Writes and reads without a pause, as redis-py does with nothing set but host, port and key."""

    def __init__(self, cloud: Cloud, instance_id: str, key: CreatedKey, *, by_name: bool) -> None:
        instance = cloud.find(instance_id)
        assert instance is not None
        assert instance.hostname is not None
        assert instance.port is not None
        self._redis = redis.Redis(
            host=instance.hostname,
            port=instance.port,
            username=key.key.id if by_name else None,
            password=key.plain_key,
            ssl=True,
        )
        self.done = 0
        self.last = 0.0
        """When a command last succeeded, in seconds of time.monotonic."""
        self.failed: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(f"client-{id(self)}",))
        self._thread.start()

    def _run(self, name: str) -> None:
        while not self._stop.is_set():
            try:
                self._redis.set(name, self.done)
                assert self._redis.get(name) == str(self.done).encode()
                self.done += 1
                self.last = time.monotonic()
            except redis.RedisError as error:
                self.failed.append(repr(error))
                return

    def goes_on(self) -> bool:
        """Whether it does a hundred more commands from now on."""
        target = self.done + 100
        wait_for(lambda: self.done >= target or bool(self.failed))
        return not self.failed

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()
        self._redis.close()


@pytest.fixture
def instance_id(cloud: Cloud) -> Iterator[str]:
    instance_id = cloud.create()
    cloud.wait(instance_id, "RUNNING")
    yield instance_id
    cloud.delete(instance_id)
    cloud.wait(instance_id, "GONE")


def test_no_command_fails_but_those_of_the_revoked_key(cloud: Cloud, instance_id: str) -> None:
    keys = key_service(cloud.injector)
    clients: list[Client] = []

    def both(name: str) -> tuple[CreatedKey, list[Client]]:
        key = keys.create(cloud.caller, instance_id, name, KeyRole.READ_WRITE)
        made = [Client(cloud, instance_id, key, by_name=by_name) for by_name in (True, False, False)]
        clients.extend(made)
        return key, made

    try:
        old, on_old = both("old")
        assert all(client.goes_on() for client in on_old)
        _, on_new = both("new")
        assert all(client.goes_on() for client in clients)
        revoked_at = time.monotonic()
        keys.revoke(cloud.caller, instance_id, old.key.id)
        wait_for(lambda: all(client.failed for client in on_old))
        assert all(client.goes_on() for client in on_new)
    finally:
        for client in clients:
            client.stop()
    assert max(client.last for client in on_old) - revoked_at < 2
    assert [client.failed for client in on_new] == [[], [], []]
