"""The life of an instance. The one place that knows which status may follow which.

    (nothing) → PROVISIONING → RUNNING ──────┐
                     │  │         ↓          │
                     │  └─────→ ERROR ───────┤
                     └───────────────────────┴→ DELETING → (gone)

From RUNNING to ERROR goes only an instance whose task has died, and which cannot be recovered.

A status is stored once, in the instance's item, and changed only by a write that is conditional on `allowed_from`.
"""

from enum import StrEnum


class Status(StrEnum):
    PROVISIONING = "PROVISIONING"
    RUNNING = "RUNNING"
    ERROR = "ERROR"
    DELETING = "DELETING"


_ALLOWED_FROM: dict[Status, frozenset[Status]] = {
    Status.PROVISIONING: frozenset(),
    Status.RUNNING: frozenset({Status.PROVISIONING}),
    Status.ERROR: frozenset({Status.PROVISIONING, Status.RUNNING}),
    Status.DELETING: frozenset({Status.PROVISIONING, Status.RUNNING, Status.ERROR}),
}


def allowed_from(target: Status) -> frozenset[Status]:
    """The statuses from which `target` may be reached. Empty for the first one: it is only ever created."""
    return _ALLOWED_FROM[target]


class Reason(StrEnum):
    """Why a status changed, as the event says it. A failed creation gives its failure's code instead."""

    CREATED = "CREATED"
    UNDELETED = "UNDELETED"
    VERIFIED = "VERIFIED"
    DELETE_REQUESTED = "DELETE_REQUESTED"
    REMOVED = "REMOVED"
