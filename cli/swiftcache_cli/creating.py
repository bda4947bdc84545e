"""Creating an instance: once, whatever happens on the way, and its first key shown before anything is waited for."""

from typing import TYPE_CHECKING

from swiftcache_cli import output
from swiftcache_cli.errors import NotFoundError, UsageError
from swiftcache_cli.waiting import RUNNING, wait

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.pending import Pending
    from swiftcache_cli.session import Session

_PATH = "/instances"


def only_region(session: "Session") -> str:
    """Raises UsageError where there is a choice."""
    offered = [one["region"] for one in session.api.get("/instances/regions")["regions"] if one["available"]]
    if len(offered) != 1:
        raise UsageError(
            f"there are several regions: {', '.join(offered)}", code="NO_REGION", hint="Choose one with --region"
        )
    return str(offered[0])


def create(session: "Session", body: "Json", *, until_running: bool, seconds: float, in_json: bool) -> None:
    while not _created(session, body, until_running=until_running, seconds=seconds, in_json=in_json):
        pass


def _created(session: "Session", body: "Json", *, until_running: bool, seconds: float, in_json: bool) -> bool:
    """False if this was the answer to an earlier run, and what that made is not there any more."""
    with session.once(_PATH, body) as pending:
        answer, replayed = session.api.replayable("POST", _PATH, body=body, idempotency_key=pending.key)
        if (replayed or pending.resumed) and _is_gone(session, answer["instance"]["id"]):
            return False
        try:
            _finish(session, answer, pending, until_running=until_running, seconds=seconds, in_json=in_json)
        except KeyboardInterrupt:
            output.note("\nIt goes on without you. Run the same command again to see it through: the same instance")
            raise
    return True


def _finish(
    session: "Session", answer: "Json", pending: "Pending", *, until_running: bool, seconds: float, in_json: bool
) -> None:
    instance, key = answer["instance"], answer["createdDefaultKey"]
    if pending.resumed:
        output.note(f"This goes on with {instance['id']}, which an earlier run of the same command began")
    if not in_json:
        output.facts([("id", instance["id"]), ("key", key["plainTextKey"])])
        output.note("The key is shown here and nowhere else: keep it")
    if until_running:
        instance = wait(session, instance, RUNNING, seconds, quiet=in_json)
    if in_json:
        output.as_json({**answer, "instance": instance})
    elif until_running:
        url = instance["connection"]["urlTemplate"].replace("{key}", key["plainTextKey"])
        output.facts([("status", instance["status"]), ("host", instance["hostname"]), ("url", url)])
    else:
        output.note(f"Wait for it: swiftcache instances wait {instance['id']}")


def _is_gone(session: "Session", instance_id: str) -> bool:
    try:
        return bool(session.api.get(f"{_PATH}/{instance_id}")["instance"]["status"] == "DELETING")
    except NotFoundError:
        return True
