"""The contract of the events: what `detail` is on the bus, and `data` in a webhook, for each type of event.

docs/schemas is written from these models (`make schemas`), and tests hold what is sent to that. No function loads them.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, create_model
from typing_extensions import TypedDict

from swiftcache.access.audit import Action
from swiftcache.api.body import Body
from swiftcache.events.model import STATUS_CHANGED, TEST_EVENT
from swiftcache.instances.status import Status

EventId = Annotated[
    str,
    Field(min_length=1, description="the event's own id; it stays the same however often the event is told"),
]
OrganizationId = Annotated[str, Field(min_length=1, description="whose")]
At = Annotated[AwareDatetime, Field(description="when, RFC 3339 in UTC")]
RequestId = Annotated[str, Field(description="the id of the request that led to it")]


class StatusChanged(Body):
    """An instance's status has changed"""

    id: EventId
    instance_id: Annotated[str, Field(min_length=1, description="whose status")]
    organization_id: OrganizationId
    before: Annotated[Status | None, Field(alias="from", description="the status before; null for a creation")]
    after: Annotated[
        Status | Literal["DELETED"],
        Field(alias="to", description="DELETED once nothing is left"),
    ]
    at: At
    hostname: Annotated[str | None, Field(description="null until RUNNING")]
    reason: Annotated[
        str,
        Field(
            description="why: CREATED, UNDELETED, VERIFIED, DELETE_REQUESTED, REMOVED, or the code of a failed creation"
        ),
    ]
    request_id: RequestId


class Target(Body):
    """What an audited change was made to"""

    id: Annotated[str, Field(min_length=1, description="what was changed")]
    name: Annotated[str, Field(description="its name; may be empty")]


class Actor(Body):
    """Who made an audited change"""

    role: Annotated[
        str,
        Field(description="the role of the account key at work, or the part of the service that did it itself"),
    ]
    key_id: Annotated[str | None, Field(description="the account key; null for the service itself")]
    member_id: Annotated[str | None, Field(description="whose key it is; null for the service itself")]


class AuditedChange(Body):
    """An entry of the organization's audit log, without the address that the request came from"""

    id: EventId
    organization_id: OrganizationId
    action: Action
    at: At
    target: Target
    actor: Actor
    request_id: RequestId
    details: Mapping[str, object]


class WebhookTest(Body):
    """Sent to one webhook because its owner asked for it. It tells of no change, and is not on the bus"""

    id: EventId
    organization_id: OrganizationId
    webhook_id: Annotated[str, Field(min_length=1, description="the webhook that is tested")]
    request_id: RequestId
    at: At


class NoDetails(TypedDict):
    pass


class OrganizationChanges(TypedDict, total=False):
    nameFrom: str
    nameTo: str
    instanceLimitFrom: int
    instanceLimitTo: int
    memoryLimitFrom: int
    memoryLimitTo: int
    backupLimitFrom: int
    backupLimitTo: int
    backupBytesLimitFrom: int
    backupBytesLimitTo: int


class NewMember(TypedDict, total=False):
    role: str


class RoleChange(TypedDict, total=False):
    roleFrom: str
    roleTo: str


class RemovedMember(TypedDict, total=False):
    role: str
    revokedKeys: int


class NewAccountKey(TypedDict, total=False):
    memberId: str
    role: str
    expiresAt: str


class RevokedAccountKey(TypedDict, total=False):
    memberId: str
    role: str


class CreatedInstance(TypedDict, total=False):
    restoredFrom: str


class InstanceChanges(TypedDict, total=False):
    nameFrom: str
    nameTo: str
    deletionProtectionFrom: bool
    deletionProtectionTo: bool
    expiresAtFrom: str
    expiresAtTo: str
    backupScheduleFrom: str
    backupScheduleTo: str
    recoverFromBackupFrom: bool
    recoverFromBackupTo: bool
    maintenanceWindowFrom: str
    maintenanceWindowTo: str
    allowedCidrsFrom: str
    allowedCidrsTo: str
    maxMemoryFrom: int
    maxMemoryTo: int
    evictionPolicyFrom: str
    evictionPolicyTo: str
    notifyKeyspaceEventsFrom: str
    notifyKeyspaceEventsTo: str
    settingsFrom: str
    settingsTo: str
    engineFrom: str
    engineTo: str
    versionFrom: str
    versionTo: str
    changeId: str


class Resize(TypedDict, total=False):
    changeId: str
    fromMaxMemory: int
    toMaxMemory: int


class FailedResize(Resize, total=False):
    failure: str


class BegunReplacement(TypedDict, total=False):
    changeId: str
    reason: str


class FailedReplacement(BegunReplacement, total=False):
    failure: str


class BegunSilence(TypedDict, total=False):
    since: str


class BegunRecovery(TypedDict, total=False):
    recoveryId: str
    cause: str
    deaths: int


class DoneRecovery(BegunRecovery, total=False):
    dataKept: bool
    backupId: str
    takenAt: str
    startedEmpty: str


class Maintenance(TypedDict, total=False):
    reason: str
    startsAt: str
    deadline: str


class ScheduledMaintenance(Maintenance, total=False):
    failure: str


class EndOfLife(TypedDict, total=False):
    engine: str
    version: str
    line: str
    endOfLife: str


class DeletionRequest(TypedDict, total=False):
    expiresAt: str
    finalBackup: str
    backupId: str


class FailedDeletion(TypedDict, total=False):
    finalBackup: str
    backupId: str
    failure: str


class Undeletion(TypedDict, total=False):
    backupId: str


class RevokedInstanceKey(TypedDict, total=False):
    keyId: str
    keyName: str


class NewInstanceKey(RevokedInstanceKey, total=False):
    role: str


class BackupDetails(TypedDict, total=False):
    kind: str
    instanceId: str


class SkippedBackup(TypedDict, total=False):
    reason: str
    nextBackupAt: str


class WholeBackup(BackupDetails, total=False):
    sizeBytes: int
    keys: int


class FailedBackup(BackupDetails, total=False):
    failure: str


class DeletedBackup(WholeBackup, total=False):
    failure: str


class VerifiedBackup(BackupDetails, total=False):
    keys: int
    seconds: int


class RolloutStep(TypedDict, total=False):
    statusFrom: str
    why: str
    replaced: int


class WebhookState(TypedDict, total=False):
    events: str
    enabled: bool


class ChangedWebhook(WebhookState, total=False):
    disabledReason: str


DETAILS: Mapping[Action, type] = {
    Action.ORGANIZATION_CREATED: NoDetails,
    Action.ORGANIZATION_CHANGED: OrganizationChanges,
    Action.ORGANIZATION_SUSPENDED: NoDetails,
    Action.ORGANIZATION_RESUMED: NoDetails,
    Action.ORGANIZATION_DELETED: NoDetails,
    Action.MEMBER_ADDED: NewMember,
    Action.MEMBER_CHANGED: RoleChange,
    Action.MEMBER_REMOVED: RemovedMember,
    Action.ACCOUNT_KEY_CREATED: NewAccountKey,
    Action.ACCOUNT_KEY_REVOKED: RevokedAccountKey,
    Action.INSTANCE_CREATED: CreatedInstance,
    Action.INSTANCE_CHANGED: InstanceChanges,
    Action.INSTANCE_RESIZED: Resize,
    Action.INSTANCE_RESIZE_FAILED: FailedResize,
    Action.INSTANCE_REPLACING: BegunReplacement,
    Action.INSTANCE_REPLACED: BegunReplacement,
    Action.INSTANCE_REPLACE_FAILED: FailedReplacement,
    Action.INSTANCE_NOT_ANSWERING: BegunSilence,
    Action.INSTANCE_ANSWERING: BegunSilence,
    Action.INSTANCE_RECOVERING: BegunRecovery,
    Action.INSTANCE_RECOVERED: DoneRecovery,
    Action.INSTANCE_MAINTENANCE_SCHEDULED: ScheduledMaintenance,
    Action.INSTANCE_MAINTENANCE_DEFERRED: Maintenance,
    Action.INSTANCE_MAINTENANCE_REQUESTED: Maintenance,
    Action.INSTANCE_MAINTENANCE_WITHDRAWN: Maintenance,
    Action.INSTANCE_END_OF_LIFE_ANNOUNCED: EndOfLife,
    Action.INSTANCE_DELETION_REQUESTED: DeletionRequest,
    Action.INSTANCE_DELETION_FAILED: FailedDeletion,
    Action.INSTANCE_UNDELETED: Undeletion,
    Action.INSTANCE_KEY_CREATED: NewInstanceKey,
    Action.INSTANCE_KEY_REVOKED: RevokedInstanceKey,
    Action.BACKUP_REQUESTED: BackupDetails,
    Action.BACKUP_SKIPPED: SkippedBackup,
    Action.BACKUP_AVAILABLE: WholeBackup,
    Action.BACKUP_FAILED: FailedBackup,
    Action.BACKUP_VERIFIED: VerifiedBackup,
    Action.BACKUP_DOWNLOADED: WholeBackup,
    Action.BACKUP_DELETION_REQUESTED: BackupDetails,
    Action.BACKUP_DELETED: DeletedBackup,
    Action.ROLLOUT_RESUMED: RolloutStep,
    Action.ROLLOUT_ABANDONED: RolloutStep,
    Action.ROLLOUT_UNDOING: RolloutStep,
    Action.WEBHOOK_CREATED: WebhookState,
    Action.WEBHOOK_CHANGED: ChangedWebhook,
    Action.WEBHOOK_DELETED: WebhookState,
}
"""For each action the details that its entry may have; one that has nothing to say is left out of the event."""


def event_models() -> dict[str, type[BaseModel]]:
    """The model of each type of event, as a webhook names the types."""
    audited = {action.value: _audited(action) for action in Action}
    return {STATUS_CHANGED: StatusChanged, TEST_EVENT: WebhookTest, **audited}


def _audited(action: Action) -> type[AuditedChange]:
    fields: dict[str, Any] = {"action": Literal[action], "details": DETAILS[action]}
    return create_model(action.name, __base__=AuditedChange, __doc__=AuditedChange.__doc__, **fields)
