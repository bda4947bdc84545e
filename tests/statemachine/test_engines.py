"""An instance becomes Valkey while clients write, keeps all its data, and stays what it is."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
import redis

from local import engines
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.engines.model import EngineName
from swiftcache.instances.change import ChangeStatus
from swiftcache.instances.model import NewInstance
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.sizes import MIN_MEMORY
from swiftcache.instances.wiring import instance_service
from swiftcache.metrics.wiring import observed_tasks
from swiftcache.platform.errors import UpgradeNotPossible
from tests.integration.redis.writers import connector, lost, writing
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.resizes import Resized, assert_gone, delete

pytestmark = pytest.mark.skipif(not engines.has_valkey(), reason="there is no valkey-server: local/valkey.sh gets one")

TO_VALKEY = ChangeRequest(engine=EngineName.VALKEY)


class Owned(Resized):
    """With the key that its owner has."""

    key: str = ""

    def connect(self) -> "redis.Redis":
        assert self.instance.hostname
        assert self.instance.port
        return connector(self.instance.hostname, self.instance.port, self.key, str(self.cloud.ca_file))()

    def upgrade(self) -> None:
        change_service(self.cloud.injector).change(
            replace(self.cloud.caller, request_id="request-upgrade"), self.id, TO_VALKEY
        )
        wait_for(lambda: not self.instance.changing, seconds=40)
        self.cloud.quiet()

    def runs(self) -> str:
        with self.connect() as client:
            return str(client.info("server").get("server_name", "redis"))


def created(cloud: Cloud, engine: EngineName | None = None, *, persistence: bool = False) -> Owned:
    new = NewInstance(
        cloud.caller.organization_id, "tested", MIN_MEMORY, "eu-central", persistence=persistence, engine=engine
    )
    made = instance_service(cloud.injector).create(replace(cloud.caller, request_id="request-create"), new)
    cloud.wait(made.instance.id, "RUNNING")
    cloud.quiet()
    owned = Owned(cloud, made.instance.id)
    owned.key = made.plain_key
    return owned


def look(owned: Owned) -> None:
    """As the metrics do each minute: what runs is in the record then."""
    instance = owned.instance
    assert instance.endpoint
    with owned.connect() as client:
        version = str(client.info("server")["redis_version"])
    assert observed_tasks(owned.cloud.injector).note(instance, ObservedTask(instance.endpoint.task, version))


def fill(client: "redis.Redis") -> Mapping[str, Any]:
    """Something of every kind of data; what `read` tells of it."""
    client.set("text", "value", ex=10_000)
    client.set("bytes", bytes(range(256)))
    client.setbit("bits", 77, 1)
    client.rpush("list", *map(str, range(600)))
    client.sadd("numbers", 1, 2, 3)
    client.sadd("set", *(f"member-{number}" for number in range(600)))
    client.hset("hash", mapping={f"field-{number}": "x" * number for number in range(200)})
    client.zadd("sorted", {f"member-{number}": number / 3 for number in range(200)})
    client.geoadd("places", (8.68, 50.11, "Frankfurt"))
    client.pfadd("counted", *range(500))
    client.xadd("stream", {"field": "value"}, id="1-1")
    client.xgroup_create("stream", "group", id="0")
    client.xreadgroup("group", "reader", {"stream": ">"})
    return read(client)


def read(client: "redis.Redis") -> Mapping[str, Any]:
    raw = redis.Redis(connection_pool=client.connection_pool)
    return {
        "text": (raw.get("text"), raw.ttl("text") > 9_000),
        "bits": raw.bitcount("bits"),
        "list": raw.lrange("list", 0, -1),
        "numbers": sorted(map(str, raw.smembers("numbers"))),
        "set": sorted(map(str, raw.smembers("set"))),
        "hash": raw.hgetall("hash"),
        "sorted": raw.zrange("sorted", 0, -1, withscores=True),
        "places": raw.geohash("places", "Frankfurt"),
        "counted": raw.pfcount("counted"),
        "stream": raw.xrange("stream"),
        "pending": raw.xpending("stream", "group"),
        "bytes": raw.strlen("bytes"),
    }


@pytest.mark.parametrize("persistence", [False, True], ids=["plain", "persistent"])
def test_redis_becomes_valkey_under_load_with_all_its_data_and_there_is_no_way_back(
    cloud: Cloud, persistence: bool
) -> None:
    owned = created(cloud, persistence=persistence)
    assert owned.instance.engine is EngineName.REDIS
    look(owned)
    with owned.connect() as client:
        before = fill(client)
    with writing(owned.connect) as writers:
        owned.upgrade()
    instance = owned.instance
    assert instance.change
    assert (instance.change.status, instance.change.failure) == (ChangeStatus.SUCCEEDED, None)
    with owned.connect() as client:
        assert read(client) == before
        assert lost(client, writers) == []
    assert (owned.runs(), instance.engine) == ("valkey", EngineName.VALKEY)
    assert instance.version
    assert instance.version.startswith("8.")
    with pytest.raises(UpgradeNotPossible, match="no way back"):
        change_service(cloud.injector).change(cloud.caller, owned.id, ChangeRequest(engine=EngineName.REDIS))
    # It is replaced as what it is.
    grown = owned.resize()
    assert (grown.status, owned.runs()) == (ChangeStatus.SUCCEEDED, "valkey")
    delete(owned)


def test_a_new_instance_is_valkey_where_its_owner_wants_that(cloud: Cloud) -> None:
    owned = created(cloud, EngineName.VALKEY)
    assert (owned.runs(), owned.instance.engine) == ("valkey", EngineName.VALKEY)
    delete(owned)


def test_an_upgrade_that_fails_leaves_redis_as_it_was(cloud: Cloud) -> None:
    owned = created(cloud)
    look(owned)
    owned.write()
    cloud.faults.plan("CheckReplication", *[lambda _: {"Payload": {"close": False}}] * 5_000)
    change_service(cloud.injector).change(cloud.caller, owned.id, TO_VALKEY)
    wait_for(lambda: not owned.instance.changing, seconds=60)
    cloud.quiet()
    cloud.faults.plan("CheckReplication")
    instance = owned.instance
    assert instance.change
    assert instance.change.failure
    assert instance.change.failure.code == "RESIZE_TIMED_OUT"
    assert (owned.runs(), instance.engine) == ("redis", EngineName.REDIS)
    owned.assert_whole(MIN_MEMORY)
    cloud.delete(owned.id)
    assert_gone(owned)
