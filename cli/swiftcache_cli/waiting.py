"""Waiting until an instance is as wanted, through whatever the network does meanwhile, and never for ever."""

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING

from swiftcache_cli import output
from swiftcache_cli.errors import CliError, ConflictError, NotFoundError, StillGoingError, UnreachableError

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.progress import Progress
    from swiftcache_cli.session import Session

LOOK_SECONDS = 1
"""For how long a request waits while somebody watches, and it is time to look at the timeline."""
POLL_SECONDS = 25
"""And while nobody does: as long as the API lets it."""
RUNNING = "RUNNING"
DELETED = "DELETED"
CHANGE = "CHANGE"


def wait(session: "Session", instance: "Json", until: str, seconds: float, *, quiet: bool) -> "Json":
    """The instance as it is then: RUNNING, DELETED, or with its change ended. Raises CliError if it goes another way.

    Raises StillGoingError when the time is over; the work goes on.
    """
    watched = nullcontext(None) if quiet else _progress(session)
    deadline = session.outside.monotonic() + seconds
    with watched as progress:
        while True:
            left = deadline - session.outside.monotonic()
            if left <= 0:
                raise _still_going(instance, until, seconds)
            try:
                instance = _look(session, instance, until, min(left, POLL_SECONDS if quiet else LOOK_SECONDS))
                if progress and instance["status"] != DELETED:
                    _show(session, instance, progress)
            except UnreachableError as error:
                output.note(f"swiftcache: {error}; it goes on, and so does the wait")
                continue
            if _is_reached(instance, until):
                return instance


def _look(session: "Session", instance: "Json", until: str, seconds: float) -> "Json":
    path = f"/instances/{instance['id']}"
    if until == CHANGE:
        found = session.api.get(path)["instance"]
        if not _is_reached(found, until):
            session.outside.sleep(min(seconds, LOOK_SECONDS))
        return dict(found)
    try:
        return dict(session.api.get(path, waitFor=until, timeout=max(1, int(seconds)))["instance"])
    except NotFoundError:
        if until == DELETED:
            return {**instance, "status": DELETED}
        raise


def _is_reached(instance: "Json", until: str) -> bool:
    """Raises CliError if it never will be."""
    status, name = instance["status"], instance["name"]
    if until == CHANGE:
        return _is_changed(instance)
    if status == until:
        return True
    if until == RUNNING and status == "ERROR":
        raise failed(instance)
    if until == RUNNING and status != "PROVISIONING":
        raise ConflictError(f"{name} is {status}: it will not run any more", code="STATUS_CONFLICT")
    if until == DELETED and status == RUNNING and instance["finalBackup"] is None:
        reason = (instance["finalBackupError"] or {}).get("message", "nobody has asked for its deletion")
        raise ConflictError(f"{name} is not deleted: {reason}", code="NOT_DELETED")
    return False


def _is_changed(instance: "Json") -> bool:
    change = instance["change"]
    if change and change["status"] == "FAILED":
        reason = change["error"]
        raise CliError(
            f"the change of {instance['name']} failed: {reason['message']}",
            code=reason["code"],
            hint="The instance is as it was",
        )
    return change is None or change["status"] != "IN_PROGRESS"


def failed(instance: "Json") -> CliError:
    reason = instance["error"]
    return CliError(
        f"{instance['name']} ({instance['id']}) could not be made: {reason['message']}",
        code=reason["code"],
        hint=f"It failed at {reason['step']}, and nothing of it is left. Remove its record: "
        f"swiftcache instances delete {instance['id']} --yes",
    )


def _still_going(instance: "Json", until: str, seconds: float) -> StillGoingError:
    return StillGoingError(
        f"{instance['name']} ({instance['id']}) is {instance['status']} after {seconds:.0f} s, and it goes on",
        code="TIMED_OUT",
        hint=f"Wait again: swiftcache instances wait {instance['id']} --for {until.lower()}",
    )


def _progress(session: "Session") -> "Progress":
    from swiftcache_cli.progress import DrawnProgress, PlainProgress

    return DrawnProgress() if session.outside.draws() else PlainProgress()


def _show(session: "Session", instance: "Json", progress: "Progress") -> None:
    with suppress(NotFoundError):  # it may be gone by now
        progress.show(session.api.get(f"/instances/{instance['id']}/timeline")["timeline"])
