"""A failed creation, resize or recovery, in words that its owner can act on."""

from dataclasses import dataclass

from swiftcache.instances.recovery_state import Cause, Recovery, is_crash_loop


@dataclass(frozen=True, slots=True)
class Failure:
    """`step` is the workflow's state that failed; `request_id` that of the request, for whoever asks us about it."""

    code: str
    message: str
    step: str
    request_id: str


_NOTHING_LEFT = "Everything that had been made for it is removed. Delete the instance and create it again"
_VOLUME_LEFT = (
    "Its volume is kept until you delete the instance: if you need the data, ask the operator for them before. "
    "Then create it again"
)

_EXPLAINED: dict[str, tuple[str, str]] = {
    "ProvisioningTimedOut": ("PROVISIONING_TIMED_OUT", "The instance was not running after 2 minutes."),
    "TaskNotPlaced": ("NO_CAPACITY", "AWS had no capacity for the instance in this region."),
    "TaskStopped": ("REDIS_STOPPED", "The Redis process stopped before it answered."),
    "VerificationFailed": (
        "VERIFICATION_FAILED",
        "Redis was started, but did not answer as it must through its public hostname.",
    ),
    "RestoreIncomplete": (
        "RESTORE_INCOMPLETE",
        "Redis did not have all keys of the backup: they did not fit, or its file is not what it was.",
    ),
    "RestoreTimedOut": ("RESTORE_TIMED_OUT", "Redis had not loaded the backup in time."),
    "RestoreFailed": ("RESTORE_FAILED", "The backup's file could not be fetched, or Redis did not load it."),
    "RecoveryTimedOut": ("RECOVERY_FAILED", "Another Redis was not running in time."),
    "RecoveryGivenUp": ("RECOVERY_FAILED", "It was tried as often as it makes sense."),
}


def what_failed(error: str) -> str | None:
    """The sentence that a workflow's error stands for; None for an error that is not ours."""
    return _EXPLAINED[error][1] if error in _EXPLAINED else None


_OF_A_RESTORE = {"TaskStopped": "RestoreFailed"}
"""What an error means for an instance that begins with a backup: its task fetches that before Redis can run."""


def explain(error: str, step: str, request_id: str, *, restores: bool = False) -> Failure:
    """The failure that a workflow's first `error` (Step Functions' error name) stands for.

    AWS's own words stay in the execution: they can name resources of the account, which are not the owner's.
    """
    if restores:
        error = _OF_A_RESTORE.get(error, error)
    code, what = _EXPLAINED.get(error, ("PROVISIONING_FAILED", "A part of the infrastructure could not be set up."))
    message = f"{what} {_NOTHING_LEFT}; if it fails again, tell the operator the request id {request_id}."
    return Failure(code=code, message=message, step=step, request_id=request_id)


_EXPLAINED_RESIZE: dict[str, tuple[str, str]] = {
    "ResizeTimedOut": ("RESIZE_TIMED_OUT", "The new Redis did not have all data in time."),
    "TaskNotPlaced": _EXPLAINED["TaskNotPlaced"],
    "TaskStopped": ("REDIS_STOPPED", "The new Redis process stopped before it could take over."),
    "ServingTaskGone": ("REDIS_STOPPED", "The Redis process stopped, and its recovery began another as it was."),
    "DataDoesNotFit": ("DATA_DOES_NOT_FIT", "More data are in use than would fit."),
    "ImageTooOld": ("IMAGE_TOO_OLD", "The operator's image is older than what the instance runs."),
    "StandbyBehind": ("STANDBY_BEHIND", "Data were written faster than the new Redis could follow."),
}


def explain_resize(error: str, step: str, request_id: str) -> Failure:
    """The failure that a resize's first `error` (Step Functions' error name) stands for."""
    code, what = _EXPLAINED_RESIZE.get(error, ("RESIZE_FAILED", "A part of the infrastructure could not be set up."))
    message = (
        f"{what} The instance runs on as it was. Try the change again; "
        f"if it fails again, tell the operator the request id {request_id}."
    )
    return Failure(code=code, message=message, step=step, request_id=request_id)


def explain_replacement(error: str, step: str, request_id: str, *, by_owner: bool) -> Failure:
    """The failure that the first `error` of a replacement stands for. `by_owner`: only they try it again."""
    code, what = _EXPLAINED_RESIZE.get(error, ("RESIZE_FAILED", "A part of the infrastructure could not be set up."))
    again = "Try the replacement again" if by_owner else "The service tries the replacement again by itself"
    message = (
        f"{what} The instance runs on as it was. {again}; "
        f"if it fails again, tell the operator the request id {request_id}."
    )
    return Failure(code=code.replace("RESIZE_", "REPLACE_"), message=message, step=step, request_id=request_id)


_LOST: dict[Cause, str] = {
    Cause.REDIS_STOPPED: "The Redis process stopped by itself",
    Cause.OUT_OF_MEMORY: "The Redis process took more memory than its task has",
    Cause.TASK_LOST: "The task that Redis ran in was lost",
    Cause.NOT_ANSWERING: "The Redis process answered nobody",
}


def explain_recovery(
    recovery: Recovery, error: str, step: str, request_id: str, *, persistence: bool = False
) -> Failure:
    """The failure of a recovery that was given up. `error` is the first one that its workflow met, if any."""
    lost = _LOST[recovery.cause]
    if is_crash_loop(recovery):
        code, what = "CRASH_LOOP", f"{lost}, and so did each that was started in its place: {recovery.deaths} in a row."
    else:
        why = what_failed(error) or "A part of the infrastructure could not be set up."
        code, what = "RECOVERY_FAILED", f"{lost}, and another could not be started. {why}"
    left = _VOLUME_LEFT if persistence else _NOTHING_LEFT
    message = f"{what} {left}; if it fails again, tell the operator the request id {request_id}."
    return Failure(code=code, message=message, step=step, request_id=request_id)
