"""How the maintenance window, and what is pending, look in the API."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from swiftcache.api.body import AttributesBody, RequestBody, whole
from swiftcache.instances.backup_schedule import AT
from swiftcache.instances.change import ChangeReason
from swiftcache.instances.maintenance_window import MAX_HOURS, Day, MaintenanceWindow

WINDOW = "when its task may be replaced by itself; null is a night that the service chooses"
DAY = "null is every day"
OPENS = "HH:MM in UTC, when it opens"
HOURS = "for how long it is open"


class MaintenanceWindowRequest(RequestBody):
    """When its task may be replaced by itself."""

    # Not strict: JSON has no enumerations, so a day comes as a string.
    day: Annotated[Day | None, Field(strict=False, description=DAY)] = None
    at: Annotated[str, Field(pattern=AT, description=OPENS)]
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS, description=HOURS), BeforeValidator(whole)]

    def window(self) -> MaintenanceWindow:
        return MaintenanceWindow(self.at, self.hours, self.day)


class MaintenanceWindowBody(AttributesBody):
    """When its task may be replaced by itself."""

    day: Annotated[Day | None, Field(description=DAY)]
    at: Annotated[str, Field(description=OPENS)]
    hours: Annotated[int, Field(description=HOURS)]


class PendingMaintenanceBody(AttributesBody):
    """A replacement of its task that is to come."""

    reason: ChangeReason
    not_before: Annotated[str, Field(description="it begins in the first window after this")]
    deadline: Annotated[str, Field(description="when it must be done: 24 hours before, it begins whatever the window")]
    starts_at: Annotated[str, Field(description="when it begins by itself, as planned now")]
