"""Keys that come and go, at one instance after another, while something else is done to these."""

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import redis

from swiftcache.configuration.wiring import key_service
from swiftcache.instances.key import KeyRole
from tests.integration.redis.writers import connector
from tests.statemachine.cloud import Cloud

SECONDS = 30.0
"""For a key to be taken, and then to be refused: it takes milliseconds where nothing else runs."""

_PAUSE = 0.2
"""Between two keys."""

Connect = Callable[[], "redis.Redis"]


@dataclass
class KeyRevoker:
    """`wrong` is what was not as it must be. Clients verify by the file `trusted`."""

    cloud: Cloud
    trusted: str
    instances: Sequence[str]
    revoked: list[Connect] = field(default_factory=list)
    """For each key that is gone what connects with it."""
    wrong: list[str] = field(default_factory=list)

    def run(self, stop: threading.Event) -> None:
        for instance_id in itertools.cycle(self.instances):
            if stop.wait(_PAUSE):
                return
            self._make_and_revoke(instance_id)

    def still_taken(self) -> int:
        """How many of the keys that were revoked are taken."""
        return sum(not _comes_to(connect(), taken=False) for connect in self.revoked[:])

    def _make_and_revoke(self, instance_id: str) -> None:
        keys, instance = key_service(self.cloud.injector), self.cloud.find(instance_id)
        assert instance
        assert instance.hostname
        assert instance.port
        made = keys.create(self.cloud.caller, instance_id, None, KeyRole.READ_WRITE)
        connect = connector(instance.hostname, instance.port, made.plain_key, self.trusted)
        # One that is open when its key is revoked is not to go on.
        client = connect()
        if not _comes_to(client, taken=True):
            self.wrong.append(f"{made.key.id} of {instance_id} is refused")
        keys.revoke(self.cloud.caller, instance_id, made.key.id)
        if not _comes_to(client, taken=False):
            self.wrong.append(f"{made.key.id} of {instance_id} is taken, and was revoked")
        client.close()
        self.revoked.append(connect)


def _comes_to(client: "redis.Redis", *, taken: bool) -> bool:
    """Whether the client's key is taken, or is refused, in time."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            client.ping()
        except redis.AuthenticationError:
            if not taken:
                return True
        except (redis.ConnectionError, redis.TimeoutError):
            pass  # it is asked again
        else:
            if taken:
                return True
        time.sleep(0.01)
    return False
