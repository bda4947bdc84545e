"""The warm pool in memory. tests/contract holds it to what the adapter does."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.key import KEY_RULES
from swiftcache.instances.model import REDIS_PORT, Endpoint, Instance
from swiftcache.instances.sizes import SIZES, largest_memory, task_size
from swiftcache.instances.status import Status
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.unit_of_work import current_work
from swiftcache.pool.model import POOL, is_ready
from tests.fakes.instances import FakeInstances
from tests.samples import an_instance


@dataclass
class FakeReadyMembers:
    """`asked` counts the reads."""

    instances: FakeInstances
    asked: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ready(self, task_memory: int) -> Sequence[Instance]:
        self.asked += 1
        members = [member for (owner, _), member in self.instances.stored.items() if owner == POOL]
        return [found for found in members if is_ready(found) and task_size(found.max_memory).memory == task_memory]

    def take_over(self, member: Instance, instance: Instance, audit: AuditEntry) -> None:
        work = current_work()
        if work and work.repeats:
            work.pass_by()
            return
        with self.lock:
            found = self.instances.get(member.organization_id, member.id)
            if found is None or not is_ready(found) or found.endpoint != member.endpoint:
                raise RecordChanged(f"{member.id} is not ready any more")
            self.instances.create(instance, audit)
            del self.instances.stored[member.organization_id, member.id]
        if work:
            work.count()


def a_member(**different: Any) -> Instance:
    """One that is ready, in the smallest task."""
    member = an_instance(
        id="inst_m1",
        organization_id=POOL,
        name="redis-1",
        status=Status.RUNNING,
        max_memory=largest_memory(SIZES[0]),
        keys=(),
        hostname="m1.redis.example.com",
        port=REDIS_PORT,
        endpoint=Endpoint("203.0.113.7", REDIS_PORT, "arn:aws:ecs:eu-central-1:123456789012:task/swiftcache/m1"),
        applied_revision=1,
        key_rules=KEY_RULES,
    )
    return replace(member, **different)
