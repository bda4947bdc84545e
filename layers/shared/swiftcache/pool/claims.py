"""Taking over a member of the warm pool, where one waits that fits."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.model import Endpoint, Instance, NewInstance
from swiftcache.platform.errors import RecordChanged
from swiftcache.platform.unit_of_work import already_applied, record_decision, recorded_decision
from swiftcache.pool.model import PoolTarget, claimed, has_public_address, pool_target_for
from swiftcache.pool.ports import ReadyMembers

_TRIES = 3
"""So many members may be lost to others before a creation begins with nothing, as it would without a pool."""


@dataclass(frozen=True, slots=True)
class WarmPool:
    """Without targets there is no pool, and nothing is read of it. `members` builds what reads it. `private`: it takes
    no member that has a public address, as there may be some of while a stack becomes private."""

    targets: tuple[PoolTarget, ...]
    members: Callable[[], ReadyMembers]
    private: bool = False

    def claim(
        self, new: NewInstance, instance: Instance, entry_of: Callable[[Instance], AuditEntry]
    ) -> Instance | None:
        """The instance as it is now stored, with the member's id and task; None if there was no member for it.

        A request that comes again gets the member that it got before. `entry_of` makes the audit entry. Raises what
        `Instances.create` raises.
        """
        noted = recorded_decision()
        if noted is not None:
            return _with(instance, noted)
        target = None if already_applied() else pool_target_for(new, self.targets)
        if target is None:
            return None
        members = self.members()
        waiting = list(members.ready(target.size.memory))
        if self.private:
            waiting = [member for member in waiting if not has_public_address(member)]
        for _ in range(min(_TRIES, len(waiting))):
            # At random, so that those who ask at the same moment seldom want the same.
            member = waiting.pop(secrets.randbelow(len(waiting)))
            taken = claimed(instance, member)
            try:
                with record_decision(_note(taken)):
                    members.take_over(member, taken, entry_of(taken))
            except RecordChanged:
                continue
            return taken
        return None


def _note(taken: Instance) -> str:
    """What the next try of the same request could not find out: chance chose the member."""
    assert taken.endpoint
    found = taken.endpoint
    return json.dumps([taken.id, found.address, found.port, found.task, found.private_address])


def _with(instance: Instance, note: str) -> Instance:
    # A note of the release before has no private address.
    id_, address, port, task, *private = json.loads(note)
    # Its name is the record's, and nobody is told it before it is RUNNING.
    return replace(instance, id=id_, claimed=True, dns_name=None, endpoint=Endpoint(address, port, task, "", *private))
