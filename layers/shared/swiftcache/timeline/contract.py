"""The bodies of timelines and receipts."""

from typing import Annotated, Literal

from pydantic import Field

from swiftcache.api.body import AttributesBody, Body
from swiftcache.backups.model import BackupKind
from swiftcache.instances.final_backup_contract import FinalBackupReceiptBody
from swiftcache.instances.receipt import Receipt
from swiftcache.instances.status import Status
from swiftcache.platform.timestamps import timestamp
from swiftcache.timeline.model import Estimate, OperationKind, Outcome, RemainingBackups, Timeline

NEWEST = 10

Ended = Annotated[str | None, Field(description="null while it is under way")]
Cause = Annotated[str | None, Field(description="why it failed or had to be repeated; null if it did not")]


class StepBody(AttributesBody):
    """One thing that a workflow did. `attempts` is 1 unless calls failed and were made again."""

    name: Annotated[str, Field(description="stable: compare it, not the title; an instance's `error.step` is one")]
    title: str
    started_at: str
    ended_at: Ended
    attempts: int
    outcome: Outcome
    cause: Cause


class OperationBody(AttributesBody):
    """One run of a workflow. Its steps are in the order of their starts, and may overlap."""

    kind: OperationKind
    attempt: Annotated[int, Field(description="a deletion or clean-up that fails is attempted again, counted from 1")]
    started_at: str
    ended_at: Ended
    outcome: Outcome
    cause: Cause
    steps: list[StepBody]


class EstimateBody(Body):
    """How long a creation takes. Of the recent ones that took longer than `elapsedSeconds`, half took at most
    `p50Seconds`, and 95 of 100 at most `p95Seconds`."""

    elapsed_seconds: float
    p50_seconds: Annotated[float | None, Field(description="null while fewer than 5 creations are known")]
    p95_seconds: Annotated[float | None, Field(description="null while fewer than 5 creations are known")]
    creations: Annotated[int, Field(description="how many recent creations this is from, at most 100 of 7 days")]
    waits_for_aws: Annotated[
        bool, Field(description="AWS has no room, or takes no more requests, at the moment: it waits for its turn")
    ]

    @classmethod
    def of(cls, estimate: Estimate) -> "EstimateBody":
        return cls(
            elapsed_seconds=round(estimate.elapsed, 1),
            p50_seconds=estimate.p50,
            p95_seconds=estimate.p95,
            creations=estimate.creations,
            waits_for_aws=estimate.waits_for_aws,
        )


class TimelineBody(Body):
    instance_id: str
    status: Status
    operations: list[OperationBody]
    estimate: Annotated[EstimateBody | None, Field(description="null unless PROVISIONING")]


class TimelineResponse(Body):
    timeline: TimelineBody

    @classmethod
    def of(cls, timeline: Timeline) -> "TimelineResponse":
        return cls(
            timeline=TimelineBody(
                instance_id=timeline.instance_id,
                status=Status(timeline.status),
                operations=[OperationBody.of(operation) for operation in timeline.operations],
                estimate=EstimateBody.of(timeline.estimate) if timeline.estimate else None,
            )
        )


class RemovedBody(Body):
    """Things of one kind that the deletion found and removed. `names` are given where owners know them by name."""

    kind: Literal["TASK", "TASK_DEFINITION", "DNS_RECORD", "SECRET", "VOLUME", "KEY", "DATA_SET"]
    count: int
    names: list[str] | None = None


class RequesterBody(Body):
    """Who asked for the deletion. For the service itself, `role` says why, and the ids are null."""

    role: str
    key_id: str | None
    member_id: str | None


class RemainingBackupBody(AttributesBody):
    id: str
    kind: BackupKind
    created_at: str
    expires_at: str | None
    size_bytes: int


class RemainingBackupsBody(Body):
    """The backups of the instance that can be restored, at this moment. GET …/backups lists them all."""

    count: int
    size_bytes: Annotated[int, Field(description="of all of them")]
    newest: Annotated[list[RemainingBackupBody], Field(description=f"up to {NEWEST} of them")]

    @classmethod
    def of(cls, remaining: RemainingBackups) -> "RemainingBackupsBody":
        return cls(
            count=len(remaining.backups),
            size_bytes=remaining.size_bytes,
            newest=[RemainingBackupBody.of(backup) for backup in remaining.backups[:NEWEST]],
        )


class ReceiptBody(Body):
    instance_id: str
    organization_id: str
    name: str
    requested_by: RequesterBody | None
    request_id: str
    requested_at: str
    removed_at: str
    duration_seconds: float
    removed: list[RemovedBody]
    complete: Annotated[
        bool, Field(description="false if an earlier attempt had failed: what that one removed is not counted")
    ]
    final_backup: Annotated[
        FinalBackupReceiptBody | None, Field(description="null if the deletion was to be without one")
    ]
    backups: RemainingBackupsBody
    expires_at: Annotated[str, Field(description="until when this receipt is shown")]


class ReceiptResponse(Body):
    receipt: ReceiptBody

    @classmethod
    def of(cls, receipt: Receipt, remaining: RemainingBackups) -> "ReceiptResponse":
        instance, by = receipt.instance, receipt.instance.deleted_by
        return cls(
            receipt=ReceiptBody(
                instance_id=instance.id,
                organization_id=instance.organization_id,
                name=instance.name,
                requested_by=RequesterBody(role=by.role, key_id=by.key_id, member_id=by.member_id) if by else None,
                request_id=instance.request_id,
                requested_at=receipt.requested_at,
                removed_at=receipt.removed_at,
                duration_seconds=receipt.seconds,
                removed=_removed(receipt),
                complete=receipt.removed.complete,
                final_backup=FinalBackupReceiptBody.of(instance.final_backup),
                backups=RemainingBackupsBody.of(remaining),
                expires_at=timestamp(receipt.expires_at),
            )
        )


def _removed(receipt: Receipt) -> list[RemovedBody]:
    instance, removed = receipt.instance, receipt.removed
    hostname = [instance.hostname] if instance.hostname and removed.dns_records else None
    return [
        RemovedBody(kind="TASK", count=removed.tasks),
        RemovedBody(kind="TASK_DEFINITION", count=removed.task_definitions),
        RemovedBody(kind="DNS_RECORD", count=removed.dns_records, names=hostname),
        RemovedBody(kind="SECRET", count=removed.secrets),
        RemovedBody(kind="VOLUME", count=removed.volumes),
        RemovedBody(kind="KEY", count=len(instance.keys), names=[key.name for key in instance.keys]),
        # A data set is in the memory of its task, and if there is a volume, in that.
        RemovedBody(kind="DATA_SET", count=removed.tasks),
    ]
