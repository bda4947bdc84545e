"""What is told of an instance's maintenance, before it begins. From then on its change is told of."""

from datetime import datetime

from swiftcache.access.audit import Action, AuditEntry, System, system_entry
from swiftcache.engines.catalogue import Line
from swiftcache.instances.model import Instance
from swiftcache.instances.pending_maintenance import PendingMaintenance


def details(one: PendingMaintenance) -> dict[str, str]:
    return {"reason": one.reason.value, "startsAt": one.starts_at, "deadline": one.deadline}


def withdrawal(instance: Instance, one: PendingMaintenance, request_id: str, now: datetime) -> AuditEntry:
    """It is not to be done any more."""
    return system_entry(
        System.MAINTENANCE,
        Action.INSTANCE_MAINTENANCE_WITHDRAWN,
        *(instance.organization_id, instance.id, instance.name, request_id, now),
        reason=one.reason.value,
        startsAt=one.starts_at,
        deadline=one.deadline,
    )


def scheduled(
    instance: Instance, one: PendingMaintenance, request_id: str, now: datetime, failure: str | None = None
) -> AuditEntry:
    """It is planned; after a failure, anew."""
    return system_entry(
        System.MAINTENANCE,
        Action.INSTANCE_MAINTENANCE_SCHEDULED,
        *(instance.organization_id, instance.id, instance.name, request_id, now),
        reason=one.reason.value,
        startsAt=one.starts_at,
        deadline=one.deadline,
        failure=failure,
    )


def end_of_life_announced(instance: Instance, line: Line, request_id: str, now: datetime) -> AuditEntry:
    """Its line gets no more patches from a day on."""
    return system_entry(
        System.MAINTENANCE,
        Action.INSTANCE_END_OF_LIFE_ANNOUNCED,
        *(instance.organization_id, instance.id, instance.name, request_id, now),
        engine=line.engine.value,
        version=instance.version,
        line=line.name,
        endOfLife=line.end_of_life.isoformat() if line.end_of_life else None,
    )
