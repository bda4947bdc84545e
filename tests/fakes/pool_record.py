"""The warm pool's record in memory. tests/contract holds it to what the adapter does."""

from dataclasses import dataclass

from swiftcache.instances.model import Instance
from swiftcache.pool.model import POOL
from tests.fakes.instances import FakeInstances


@dataclass
class FakePoolRecord:
    """The members lie with all other instances."""

    instances: FakeInstances
    added: int = 0

    def members(self) -> list[Instance]:
        return [one for (owner, _), one in sorted(self.instances.stored.items()) if owner == POOL]

    def version(self) -> int:
        return self.added

    def add(self, member: Instance, version: int) -> bool:
        if version != self.added:
            return False
        self.added += 1
        self.instances.stored[POOL, member.id] = member
        return True
