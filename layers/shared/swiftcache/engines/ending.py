"""Which lines end soon: whoever runs one of them has to choose another in time."""

from datetime import date, timedelta

from swiftcache.engines.catalogue import Line, line_with
from swiftcache.engines.model import EngineName

NOTICE = timedelta(days=180)
"""So long before the end of a line owners are told of it."""


def ending(engine: EngineName, version: str | None, today: date) -> Line | None:
    """The version's line if it ends within the time of notice, or has ended. None if it does not, or is not known."""
    line = line_with(engine, version) if version else None
    if line is None or line.end_of_life is None or line.end_of_life - NOTICE > today:
        return None
    return line
