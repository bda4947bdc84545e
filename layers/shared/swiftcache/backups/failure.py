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


NOT_UPLOADED = "NotUploaded"
"""The error of an import whose file never came. Nobody raises it: whoever looks at what is due finds it."""

TIMED_OUT = "BackupTimedOut"

_UPLOAD_AGAIN = "Ask for another import, and upload the file again"

_EXPLAINED_IMPORT: dict[str, tuple[str, str, str]] = {
    NOT_UPLOADED: ("NOT_UPLOADED", "No file was uploaded before the link had ended.", _UPLOAD_AGAIN),
    "NotAnRdb": (
        "NOT_AN_RDB",
        "The file is empty, or does not begin as an RDB file does.",
        "Upload what redis-cli --rdb, SAVE or BGSAVE has written",
    ),
    "FileDamaged": (
        "FILE_DAMAGED",
        "The file is not what it was when it was written: it was cut, or changed on the way.",
        _UPLOAD_AGAIN,
    ),
    "FileTooLarge": (
        "FILE_TOO_LARGE",
        "The file is larger than 5 GB.",
        "Split the data before, or copy them by commands",
    ),
    "VersionNotSupported": (
        "VERSION_NOT_SUPPORTED",
        "The file is of a version of the RDB format that the Redis of this service does not read.",
        "Write it by an older Redis or Valkey, or ask the operator for a newer one",
    ),
    TIMED_OUT: ("BACKUP_TIMED_OUT", "It was not checked and restored in time.", _UPLOAD_AGAIN),
    "CannotBeRestored": (
        "CANNOT_BE_RESTORED",
        "What was kept of the file was not the file any more when it was to be loaded.",
        _UPLOAD_AGAIN,
    ),
    "FileRefused": (
        "CANNOT_BE_RESTORED",
        "Redis did not load the file when that was tried, or it takes more memory than any instance has.",
        "Look whether a Redis of your own loads it",
    ),
    "ProofNotMade": (
        "PROOF_NOT_MADE",
        "It could not be tried whether Redis loads the file, and it counts only once it was.",
        _UPLOAD_AGAIN,
    ),
}


def explain_import(error: str, step: str, request_id: str) -> Failure:
    """The same of a file that was to be imported."""
    code, what, advice = _EXPLAINED_IMPORT.get(
        error, ("IMPORT_FAILED", "Something that it needs did not work as it must.", _UPLOAD_AGAIN)
    )
    message = (
        f"{what} Nothing of it is kept. {advice}; if it fails again, tell the operator the request id {request_id}."
    )
    return Failure(code=code, message=message, step=step, request_id=request_id)
