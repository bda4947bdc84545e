"""The warm pool in tests."""

from contextlib import suppress
from dataclasses import replace

import pytest

from swiftcache.instances.model import Instance
from swiftcache.instances.status import Status
from swiftcache.instances.stores import instances
from swiftcache.platform.errors import IllegalTransition, NotFound
from swiftcache.platform.items import instance_key
from swiftcache.pool.model import POOL, is_ready
from swiftcache.pool.planning import member_name
from swiftcache.pool.wiring import pool_reconciler
from tests.samples import an_entry
from tests.statemachine.cloud import Cloud, wait_for
from tests.statemachine.test_sample_events import sample

SECONDS = 40


class Pool:
    """Off until `size` says otherwise. Its schedule does not run: a test calls `keep`, or the stream does."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
        self.cloud = cloud
        self._patch = monkeypatch

    def size(self, text: str) -> None:
        self._set("WARM_POOL", text)

    def image(self, text: str) -> None:
        """The image of now, by name: the tasks of all are this machine's redis-server."""
        self._set("REDIS_IMAGE", text)

    def _set(self, name: str, text: str) -> None:
        self._patch.setenv(name, text)
        self.cloud.injector.forget()

    def keep(self) -> None:
        self.cloud.invoke(self.cloud.stack.functions["KeepPoolFunction"].name, sample("keep_pool"))

    def members(self, *statuses: Status) -> list[Instance]:
        found = pool_reconciler(self.cloud.injector).record.members()
        return [member for member in found if not statuses or member.status in statuses]

    def ready(self, image: str | None = None) -> list[str]:
        """The ids of those that are, and made from this image."""
        names = {member_name(image)} if image else {one.name for one in self.members()}
        return [one.id for one in self.members() if is_ready(one) and one.name in names]

    def filled(self, number: int) -> list[str]:
        """The ids of all members, as soon as so many are ready and no other is there."""
        wait_for(lambda: len(self.ready()) == number == len(self.members()), SECONDS)
        self.cloud.quiet()
        # One that was recovered is configured once more, which takes it away for a moment.
        wait_for(lambda: len(self.ready()) == number, SECONDS)
        return [member.id for member in self.members()]

    def take(self, instance_id: str) -> None:
        """Makes a member the tests' organization's, as a claim does it but for the keys, and waits until it is."""
        [member] = [one for one in self.members() if one.id == instance_id]
        table, client = self.cloud.stack.outputs["TableName"], self.cloud.client("dynamodb")
        client.delete_item(TableName=table, Key=instance_key(POOL, instance_id))
        owner = self.cloud.caller.organization_id
        instances(self.cloud.injector).create(
            replace(member, organization_id=owner, claimed=True, status=Status.PROVISIONING, hostname=None, port=None),
            an_entry(organization_id=owner, target_id=member.id),
        )
        self.cloud.wait(instance_id, "RUNNING")

    def forget(self) -> None:
        """Takes the records of all members away, which nobody has been at work on."""
        table, client = self.cloud.stack.outputs["TableName"], self.cloud.client("dynamodb")
        for member in self.members():
            client.delete_item(TableName=table, Key=instance_key(POOL, member.id))

    def kill(self, instance_id: str) -> None:
        """Stops its task behind the back of everybody."""
        ecs, cluster = self.cloud.client("ecs"), self.cloud.stack.outputs["ClusterName"]
        [task] = self.cloud.tasks(instance_id)
        ecs.stop_task(cluster=cluster, task=task)

    def close(self) -> None:
        """Nothing is left of any member."""
        ids = [member.id for member in self.members()]
        self.size("")
        for member in self.members():
            with suppress(NotFound, IllegalTransition):
                instances(self.cloud.injector).force_deleting(POOL, member.id, an_entry(organization_id=POOL))
        wait_for(lambda: not self.members(), SECONDS)
        self.cloud.quiet()
        assert {instance_id: left for instance_id in ids if (left := self.cloud.left(instance_id))} == {}
