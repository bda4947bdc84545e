"""An instance that tests resize again and again, and what must hold of it whatever happened."""

from collections.abc import Sequence
from dataclasses import dataclass

from swiftcache.changes.wiring import replacement_service
from swiftcache.instances.change import Change, ChangeReason, ChangeStatus
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Instance
from swiftcache.instances.sizes import MIB, MIN_MEMORY
from swiftcache.instances.stores import instances
from tests.statemachine.cloud import Cloud, wait_for

LARGER = 400 * MIB
"""In another task than the smallest size: the resize is not done in place."""

KEY = "swiftcache:verify:kept"


@dataclass
class Resized:
    """The instance; `value` is what was last written into it."""

    cloud: Cloud
    id: str
    value: int = 0

    @property
    def instance(self) -> Instance:
        found = self.cloud.find(self.id)
        assert found
        return found

    def write(self) -> None:
        self.value += 1
        with self.cloud.redis(self.id) as client:
            client.set(KEY, self.value)

    def resize(self) -> Change:
        """To the other size; the change when it has ended, as well as all executions."""
        self.write()
        size = LARGER if self.instance.max_memory == MIN_MEMORY else MIN_MEMORY
        return self._ended(self.cloud.ask_for_resize(self.id, size))

    def replace(self) -> Change:
        """By its owner; the change when it has ended, as well as all executions."""
        self.write()
        begun = replacement_service(self.cloud.injector).replace_task(self.cloud.caller, self.id).change
        assert begun
        return self._ended(begun.id)

    def begin(self, reason: ChangeReason, request_id: str = "request-replace") -> Change:
        """By the service; the change as it was begun."""
        self.write()
        replacements = replacement_service(self.cloud.injector)
        begun = replacements.begin(self.cloud.caller.organization_id, self.id, reason, request_id).change
        assert begun
        return begun

    def begun(self, reason: ChangeReason) -> Change:
        """The same; the change when it has ended."""
        return self._ended(self.begin(reason).id)

    def _ended(self, change_id: str) -> Change:
        wait_for(lambda: not self.instance.changing, seconds=40)
        self.cloud.quiet()
        change = self.instance.change
        assert change
        assert change.id == change_id
        return change

    def executions(self, change: Change) -> list[tuple[str, str | None]]:
        """Status and error of each attempt, in order."""
        name = f"resize-{self.id}-{change.id}-"
        found = sorted(execution for execution in self.cloud.ended(self.id) if execution[0].startswith(name))
        return [(status, error) for _, status, error in found]

    def assert_whole(self, max_memory: int) -> None:
        """It serves with this size and all its data, and there is nothing but it."""
        instance, cloud = self.instance, self.cloud
        assert (instance.status, instance.max_memory, instance.standby) == ("RUNNING", max_memory, None)
        assert instance.endpoint
        assert cloud.addresses(self.id) == (instance.endpoint.address,)
        left = cloud.left(self.id)
        assert [len(left[kind]) for kind in ("tasks", "secrets", "records")] == [1, 1, 1]
        # Those of recoveries with a backup stay until its deletion.
        if not instance.own_definitions:
            assert len(left.get("definitions", [])) == (0 if instance.shared_definition else 1)
        if instance.persistence:
            assert (len(left["volumes"]), left["folders"]) == (1, [".", instance.endpoint.folder])
        assert cloud.memory_used() == sum(found.max_memory for found in self._all())
        with cloud.redis(self.id) as client:
            assert client.get(KEY) == str(self.value)
            assert client.role()[0] == "master"
            found = client.config_get("*")
        assert found["maxmemory"] == str(max_memory)
        words = instance.settings.words
        assert {name: found[name] for name in words} == words
        self.write()

    def _all(self) -> Sequence[Instance]:
        """Whatever the organization has besides."""
        return instances(self.cloud.injector).page(self.instance.organization_id, 100, None).instances

    def assert_succeeded(self, change: Change) -> None:
        assert (change.status, change.failure) == (ChangeStatus.SUCCEEDED, None)
        self.assert_whole(change.max_memory)

    def assert_failed(self, change: Change, failure: Failure) -> None:
        assert (change.status, change.failure) == (ChangeStatus.FAILED, failure)
        self.assert_whole(LARGER if change.max_memory == MIN_MEMORY else MIN_MEMORY)


def new_instance(cloud: Cloud, persistence: bool = False) -> Resized:
    instance_id = cloud.create(persistence)
    cloud.wait(instance_id, "RUNNING")
    cloud.quiet()
    return Resized(cloud, instance_id)


def delete(resized: Resized) -> None:
    cloud = resized.cloud
    cloud.delete(resized.id)
    assert_gone(resized)


def assert_gone(resized: Resized) -> None:
    """Nothing is left, in AWS or of the organization's limit."""
    cloud = resized.cloud
    cloud.wait(resized.id, "GONE")
    cloud.quiet()
    assert cloud.left(resized.id) == {}
