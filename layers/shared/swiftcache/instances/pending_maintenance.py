"""What must be done to an instance, by a deadline."""

from dataclasses import dataclass

from swiftcache.instances.change import ChangeReason


@dataclass(frozen=True, slots=True)
class PendingMaintenance:
    """A replacement that is to come: of `task`, so that it is done once another one serves, whatever brought that.

    Times are RFC 3339 in UTC. `starts_at` is when it begins by itself: in the window after `not_before`, or earlier
    where the deadline asks for it, or at once if its owner has asked. `tried` is the last change by which it failed.
    """

    reason: ChangeReason
    not_before: str
    deadline: str
    starts_at: str
    task: str
    at_once: bool = False
    tried: str | None = None
