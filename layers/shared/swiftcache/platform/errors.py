"""The errors that the domain raises.

    SwiftCacheError
    ├── NotAuthenticated            no account key, or one that does not exist
    ├── NotAllowed                  the account key's role is too low
    ├── NotFound                    not there, or not yours: the two are never told apart
    ├── InvalidRequest              a value that the service does not take
    ├── Conflict                    the state of things does not allow it
    │   ├── IllegalTransition       the instance's status does not
    │   ├── DeletionProtected
    │   ├── FinalBackupInProgress   the instance is to be deleted as soon as it has a backup
    │   ├── FinalBackupNotPossible  there is nothing that could be backed up
    │   ├── ChangeInProgress        one change of memory or policy at a time
    │   ├── RecoveryInProgress      no task can take over from one that has died
    │   ├── MemoryInUse             more is in use than there would be
    │   ├── UpgradeNotPossible      there is no way from the engine that runs to the one that is wanted
    │   ├── AllowedCidrsNotPossible  nothing could hold others off from this instance
    │   ├── BackupInProgress        one backup of an instance at a time
    │   ├── BackupNotAvailable      it is not whole yet, or of no use
    │   ├── BackupDoesNotFit        into the memory that the new instance is to have
    │   ├── BackupVersionTooNew     the Redis of this stack does not read it
    │   ├── MaintenanceNotDeferrable  it would be after its deadline
    │   ├── RolloutEnded            it can neither go on nor be given up any more
    │   ├── RolloutInProgress       another one goes on: there is one at a time
    │   ├── RecordChanged           somebody else's change came between: look again
    │   ├── WebhookDisabled         (webhooks.py)
    │   ├── RequestInProgress       the first request with this idempotency key is still at work
    │   ├── LastOwner               nobody would be left to speak for the organization
    │   ├── LastOwnerKey            nobody would be left who can open it
    │   └── OwnOrganization         the operator would lock himself out
    ├── IdempotencyKeyReused        the key came with another request before
    ├── TargetRefused               (webhooks.py) a URL that webhooks are not sent to
    ├── LimitExceeded               the organization's limit is reached
    ├── RateLimited                 too many requests in a short time
    ├── OrganizationSuperseded      the organization was resumed or removed while a workflow was at work on it
    ├── InstanceSuperseded          the instance was deleted while a workflow was at work on it
    ├── BackupSuperseded            the backup was deleted, or has failed, while a workflow was at work on it
    ├── NotEnoughHeadroom           a copy would take more memory than Redis's task can spare
    ├── NotRunning                  there is no task to copy from
    ├── CorruptCopy                 what was copied is not what an RDB must be
    ├── NotAnRdb                    a file that was uploaded is none
    ├── FileDamaged                 it is not what it was when it was written
    ├── FileTooLarge                it is larger than an import may be
    ├── VersionNotSupported         it is of a version of the format that no Redis here reads
    ├── BackupTimedOut              the copy was not whole in time
    ├── CannotBeRestored            a backup is of no use: Redis does not have of it what it should
    ├── FileRefused                 Redis does not load a file that somebody has uploaded
    ├── ProofNotMade                it could not be found out whether a backup can be restored
    ├── VerificationFailed          the new Redis did not answer as it must
    ├── RestoreIncomplete           the new Redis has not all keys of the backup that it was made from
    ├── RenewalFailed               (certificates/model.py) there is no new certificate
    ├── ServingTaskGone             the task that serves has died, so there is nothing to copy from
    ├── DataDoesNotFit              what is in use is more than the instance is to have
    ├── ImageTooOld                 a new task would run an older version than the one that serves
    ├── StandbyBehind               the task that is to take over has not all data yet
    └── DependencyUnavailable       an AWS service did not answer in time; trying again is safe
        ├── MembershipChanged       somebody else changed the same organization at the same moment
        ├── NotMarked               the instance serves; only its record could not be told
        ├── StorageUnavailable      the bucket of backups did not take or give something
        └── RedisUnreachable        an instance's Redis did not
            ├── ControlPasswordRefused
            └── RedisBusy           it runs a script that has been told to end and does not

`code` is stable: programs may compare it. The class names are stable too, since Step Functions shows them.
"""

from dataclasses import dataclass


class SwiftCacheError(Exception):
    """The base of all. `str(error)` is a sentence for people; `code` is for programs."""

    code = "INTERNAL_ERROR"


class NotAuthenticated(SwiftCacheError):
    code = "NOT_AUTHENTICATED"


class NotAllowed(SwiftCacheError):
    code = "ROLE_TOO_LOW"


class NotFound(SwiftCacheError):
    code = "NOT_FOUND"


class InvalidRequest(SwiftCacheError):
    """A value that the service does not take.

    `pointer` is the JSON pointer (RFC 6901) of the value in the request's body.
    """

    code = "INVALID_VALUE"

    def __init__(self, message: str, pointer: str) -> None:
        super().__init__(message)
        self.pointer = pointer


class Conflict(SwiftCacheError):
    """The request is in order, but not now: what there is does not allow it."""

    code = "CONFLICT"


class IllegalTransition(Conflict):
    """`current` is the status that stood in the way."""

    code = "STATUS_CONFLICT"

    def __init__(self, message: str, current: str) -> None:
        super().__init__(message)
        self.current = current


class DeletionProtected(Conflict):
    code = "DELETION_PROTECTED"


class FinalBackupInProgress(Conflict):
    code = "FINAL_BACKUP_IN_PROGRESS"


class FinalBackupNotPossible(Conflict):
    code = "FINAL_BACKUP_NOT_POSSIBLE"


class LastOwner(Conflict):
    code = "LAST_OWNER"


class LastOwnerKey(Conflict):
    code = "LAST_OWNER_KEY"


class OwnOrganization(Conflict):
    code = "OWN_ORGANIZATION"


@dataclass(frozen=True, slots=True)
class LimitUsage:
    """A limit in numbers. `name` is what is counted: `instances`, `memory` (bytes), `members`, `keys` …"""

    name: str
    limit: int
    used: int
    requested: int


class ChangeInProgress(Conflict):
    code = "CHANGE_IN_PROGRESS"


class RecoveryInProgress(Conflict):
    code = "RECOVERY_IN_PROGRESS"


class MemoryInUse(Conflict):
    code = "MEMORY_IN_USE"


class UpgradeNotPossible(Conflict):
    code = "UPGRADE_NOT_POSSIBLE"


class AllowedCidrsNotPossible(Conflict):
    code = "ALLOWED_CIDRS_NOT_POSSIBLE"


class BackupInProgress(Conflict):
    code = "BACKUP_IN_PROGRESS"


class BackupNotAvailable(Conflict):
    code = "BACKUP_NOT_AVAILABLE"


class BackupDoesNotFit(Conflict):
    code = "BACKUP_DOES_NOT_FIT"


class BackupVersionTooNew(Conflict):
    code = "BACKUP_VERSION_TOO_NEW"


class MaintenanceNotDeferrable(Conflict):
    code = "MAINTENANCE_NOT_DEFERRABLE"


class RolloutEnded(Conflict):
    code = "ROLLOUT_ENDED"


class RolloutInProgress(Conflict):
    code = "ROLLOUT_IN_PROGRESS"


class RecordChanged(Conflict):
    code = "RECORD_CHANGED"


class LimitExceeded(SwiftCacheError):
    """`figures` say the same as the words, for programs."""

    code = "LIMIT_EXCEEDED"

    def __init__(self, message: str, *figures: LimitUsage) -> None:
        super().__init__(message)
        self.figures = figures


class RateLimited(SwiftCacheError):
    """`retry_after` is when they count no more, in seconds."""

    code = "RATE_LIMITED"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OrganizationSuperseded(SwiftCacheError):
    code = "ORGANIZATION_SUPERSEDED"


class IdempotencyKeyReused(SwiftCacheError):
    code = "IDEMPOTENCY_KEY_REUSED"


class RequestInProgress(Conflict):
    """`retry_after` is in seconds: when the other request has ended, whatever becomes of it."""

    code = "IDEMPOTENT_REQUEST_IN_PROGRESS"

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class InstanceSuperseded(SwiftCacheError):
    code = "INSTANCE_SUPERSEDED"


class BackupSuperseded(SwiftCacheError):
    code = "BACKUP_SUPERSEDED"


class NotEnoughHeadroom(SwiftCacheError):
    code = "NOT_ENOUGH_HEADROOM"


class NotRunning(SwiftCacheError):
    code = "INSTANCE_NOT_RUNNING"


class CorruptCopy(SwiftCacheError):
    code = "CORRUPT_COPY"


class NotAnRdb(SwiftCacheError):
    code = "NOT_AN_RDB"


class FileDamaged(SwiftCacheError):
    code = "FILE_DAMAGED"


class FileTooLarge(SwiftCacheError):
    code = "FILE_TOO_LARGE"


class VersionNotSupported(SwiftCacheError):
    code = "VERSION_NOT_SUPPORTED"


class BackupTimedOut(SwiftCacheError):
    code = "BACKUP_TIMED_OUT"


class CannotBeRestored(SwiftCacheError):
    code = "CANNOT_BE_RESTORED"


class FileRefused(SwiftCacheError):
    code = "CANNOT_BE_RESTORED"


class ProofNotMade(SwiftCacheError):
    code = "PROOF_NOT_MADE"


class RestoreIncomplete(SwiftCacheError):
    code = "RESTORE_INCOMPLETE"


class VerificationFailed(SwiftCacheError):
    code = "VERIFICATION_FAILED"


class ServingTaskGone(SwiftCacheError):
    code = "SERVING_TASK_GONE"


class DataDoesNotFit(SwiftCacheError):
    code = "DATA_DOES_NOT_FIT"


class ImageTooOld(SwiftCacheError):
    code = "IMAGE_TOO_OLD"


class StandbyBehind(SwiftCacheError):
    code = "STANDBY_BEHIND"


class DependencyUnavailable(SwiftCacheError):
    code = "SERVICE_UNAVAILABLE"


class RedisUnreachable(DependencyUnavailable):
    code = "REDIS_UNREACHABLE"


class ControlPasswordRefused(RedisUnreachable):
    """Redis answers, but takes another password than the one that we know."""


class RedisBusy(RedisUnreachable):
    """Redis runs a script, and answers nothing else; or a script that has written, and so can only end with Redis
    itself, or one after the other."""


class CopyInterrupted(RedisUnreachable):
    """A resize, a recovery, or what Redis writes for itself came between: from the beginning it may succeed."""


class RedisSilent(RedisUnreachable):
    """Nobody answers in time where Redis should. `accepted`: its address takes connections all the same."""

    def __init__(self, message: str, *, accepted: bool) -> None:
        super().__init__(message)
        self.accepted = accepted


class StorageUnavailable(DependencyUnavailable):
    code = "S3_UNAVAILABLE"


class NotMarked(DependencyUnavailable):
    """All that had to be done for an instance is done, but for its status in the record."""


class MembershipChanged(DependencyUnavailable):
    """What was decided on is no longer so: read again, decide again."""
