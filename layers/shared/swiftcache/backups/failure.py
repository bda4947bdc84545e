"""A backup that failed, in words that its owner can act on."""

from swiftcache.instances.failure import Failure

_AGAIN = "Take another"

_EXPLAINED: dict[str, tuple[str, str, str]] = {
    "NotEnoughHeadroom": (
        "NOT_ENOUGH_HEADROOM",
        "Redis would have needed more memory than its task has: what is written while it is copied is there twice.",
        "Take it when less is written, or give the instance more memory",
    ),
    "NotRunning": (
        "INSTANCE_NOT_RUNNING",
        "The instance was not RUNNING when its turn came.",
        "Take one when it is",
    ),
    "CopyInterrupted": (
        "CONNECTION_LOST",
        "The connection to Redis was lost before all was copied, each time that it was tried.",
        "Take another when no change of the instance is under way",
    ),
    "CorruptCopy": ("CORRUPT_COPY", "What was copied was not what a whole copy must be.", _AGAIN),
    **dict.fromkeys(
        ("BackupTimedOut", "Sandbox.Timedout", "States.Timeout"),
        ("BACKUP_TIMED_OUT", "It was not whole in time.", "Take it when less is written"),
    ),
    "CannotBeRestored": (
        "CANNOT_BE_RESTORED",
        "It was restored into a Redis that serves nobody, to prove it, and that had not all of it.",
        _AGAIN,
    ),
    "ProofNotMade": (
        "PROOF_NOT_MADE",
        "A file from outside counts only once it was restored to prove it, and that could not be tried.",
        "Send it again",
    ),
    "StorageUnavailable": ("S3_UNAVAILABLE", "S3, where backups are kept, did not take it.", _AGAIN),
}


def explain_backup(error: str, step: str, request_id: str) -> Failure:
    """The failure that a backup's first `error` (Step Functions' error name) stands for."""
    code, what, advice = _EXPLAINED.get(
        error, ("BACKUP_FAILED", "Something that it needs did not work as it must.", _AGAIN)
    )
    message = (
        f"{what} The instance is as it was, and nothing of this backup is kept. {advice}; "
        f"if it fails again, tell the operator the request id {request_id}."
    )
    return Failure(code=code, message=message, step=step, request_id=request_id)
