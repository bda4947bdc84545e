"""What the features need of the event bus."""

from collections.abc import Sequence
from typing import Protocol

from swiftcache.events.model import Event


class Events(Protocol):
    def publish(self, events: Sequence[Event]) -> None:
        """Puts all of them on the bus, those about the same subject in their order.

        Raises NotPublished if the bus did not take them all.
        """
