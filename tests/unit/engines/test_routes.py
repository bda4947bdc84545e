"""GET /engines, and what an instance shows of its own."""

from swiftcache.instances.model import Endpoint
from swiftcache.instances.observed import ObservedTask
from swiftcache.instances.status import Status
from tests.api_world import World
from tests.samples import an_instance


def test_the_engines_are_public(world: World) -> None:
    answer = world.send("list_engines", headers={"authorization": None})
    assert answer.status == 200
    assert answer.body == {
        "engines": [
            {"name": "redis", "version": "7.2.16", "default": True, "endOfLife": "2029-12-31"},
            {"name": "valkey", "version": "8.1.10", "default": False, "endOfLife": None},
        ]
    }


def test_an_instance_tells_its_engine_and_no_version_before_its_redis_was_asked(world: World) -> None:
    created = world.send("create_instance").body["instance"]
    assert (created["engine"], created["version"]) == ("redis", None)


def test_a_version_is_that_of_the_serving_task_alone() -> None:
    serving = an_instance(status=Status.RUNNING, endpoint=Endpoint("192.0.2.1", 6379, "arn:task/1"))
    assert serving.version is None
    seen = an_instance(endpoint=serving.endpoint, observed=ObservedTask("arn:task/1", "7.2.16"))
    assert seen.version == "7.2.16"
    other = an_instance(endpoint=serving.endpoint, observed=ObservedTask("arn:task/0", "7.0.15"))
    assert other.version is None
