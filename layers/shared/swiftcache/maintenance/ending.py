"""The line of an instance's engine ends: its owner is told in time to choose another, once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from swiftcache.engines.ending import ending
from swiftcache.instances.model import Instance
from swiftcache.maintenance.ports import MaintenanceRecord
from swiftcache.maintenance.telling import end_of_life_announced
from swiftcache.platform.errors import RecordChanged


@dataclass(frozen=True, slots=True)
class EndOfLifeWatch:
    """`now` gives the time with its zone."""

    record: MaintenanceRecord
    now: Callable[[], datetime]

    def look(self, instance: Instance, request_id: str) -> bool:
        """Whether its owner is told now. Of the same line nobody is told twice."""
        now = self.now()
        line = ending(instance.engine, instance.version, now.date())
        if line is None or instance.end_of_life_told == str(line):
            return False
        try:
            self.record.announce(instance, str(line), end_of_life_announced(instance, line, request_id, now))
        except RecordChanged:
            return False  # another pass was faster, or another task serves
        return True
