"""AWS Health's event of the retirement of tasks, as what it means: which tasks are stopped from when on.

Its form: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html, and
https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Retirement:
    """`tasks` are ARNs. `at` is when AWS begins to stop them, `notice` the id of its event."""

    tasks: frozenset[str]
    at: datetime
    notice: str


def retirement_of(event: dict[str, Any]) -> Retirement | None:
    """From the event as EventBridge brings it. None if it names no task that still runs, or tells of the end."""
    detail = event["detail"]
    entities = detail.get("affectedEntities", [])
    tasks = frozenset(
        entity["entityValue"]
        for entity in entities
        if ":task/" in entity["entityValue"] and entity.get("status") != "RESOLVED"
    )
    if not tasks or detail.get("statusCode") == "closed":
        return None
    return Retirement(tasks, _moment(detail["startTime"]), event["id"])


def _moment(text: str) -> datetime:
    """In the form of HTTP's headers, which Health uses: `Wed, 16 Aug 2023 23:18:51 GMT`."""
    found = parsedate_to_datetime(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
