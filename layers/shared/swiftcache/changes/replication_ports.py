"""Two tasks of one instance: the one that serves, and a standby that is to take over.

Who listens on the port for clients serves. A task that does not serve listens on the next port, where only our own
user gets in: the standby before it takes over, the one that served afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from swiftcache.instances.capacity import Capacity
from swiftcache.instances.model import Endpoint


@dataclass(frozen=True, slots=True)
class Access:
    """The name that both tasks' certificates are for, and the control user's password."""

    hostname: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pair:
    """As seen from outside: `serving` serves until `standby` takes over."""

    serving: Endpoint
    standby: Endpoint
    access: Access


def aside(endpoint: Endpoint) -> Endpoint:
    """Where a task listens that does not serve."""
    return Endpoint(endpoint.address, endpoint.port + 1, private_address=endpoint.private_address)


class Replication(Protocol):
    """Each may run again, whether it did all, a part or nothing before. All raise RedisUnreachable."""

    def make_room(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        """Gives the serving task the capacity of the smaller one, so that its data fit into that at every moment.

        Raises DataDoesNotFit.
        """

    def follow(self, pair: Pair, source: Endpoint) -> None:
        """Lets nobody but us into the standby, and begins to copy the data into it.

        `source` is the serving task as the standby sees it.
        """

    def is_close(self, pair: Pair) -> bool:
        """Whether the standby has a copy and is so little behind that a short pause will do."""

    def hold(self, pair: Pair) -> None:
        """From its return on the standby has every write that was ever acknowledged, and no more are.

        Clients that write have to wait until `hand_over` or `resume`. Raises StandbyBehind if that would take long.
        """

    def hand_over(self, pair: Pair, users: Mapping[str, str]) -> None:
        """The old task stops to serve and the standby begins to, with these users and their rules.

        Only after `hold`: then no write can come between.
        """

    def version(self, serving: Endpoint, access: Access) -> str:
        """That of the engine, as the task says itself."""

    def resume(self, serving: Endpoint, access: Access, capacity: Capacity) -> None:
        """Takes back `make_room` and `hold`: the serving task goes on as if nothing had been."""
