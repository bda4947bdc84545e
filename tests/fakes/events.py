"""The event bus, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from swiftcache.events.model import Event, NotPublished


@dataclass
class FakeEvents:
    """Refuses the events with these ids."""

    available: bool = True
    refused: frozenset[str] = frozenset()
    published: list[Event] = field(default_factory=list)

    def publish(self, events: Sequence[Event]) -> None:
        for index, event in enumerate(events):
            if not self.available or event.id in self.refused:
                raise NotPublished(index, "the event bus did not take the event")
            self.published.append(event)
