"""swiftcache backups: take, see, restore, and carry them out and in. A schedule is in swiftcache instances set."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from swiftcache_cli import completion, output, values
from swiftcache_cli.errors import CliError, StillGoingError, UsageError
from swiftcache_cli.options import (
    WAIT_SECONDS,
    InJson,
    Limit,
    Named,
    Seconds,
    Sure,
    agree,
    command_app,
    parsed,
    session_of,
)
from swiftcache_cli.waiting import RUNNING, wait

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.session import Session

LOOK_SECONDS = 1.0

app = command_app("Backups: taken, restored, carried out and in.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The backup's id.", autocompletion=completion.backups)]
Title = Annotated[str | None, typer.Option("--name", help="What it is called.")]
Days = Annotated[int | None, typer.Option("--retention-days", min=1, metavar="DAYS", help="For how long it is kept.")]
Wait = Annotated[bool, typer.Option("--wait", help="Until it can be restored.")]


@app.command("list")
def list_(
    ctx: typer.Context,
    instance: Annotated[
        str | None,
        typer.Option(help="Only of the instance with this name or id.", autocompletion=completion.instances),
    ] = None,
    limit: Limit = None,
    json: InJson = False,
) -> None:
    """List backups, the newest first; those of deleted instances too."""
    session = session_of(ctx)
    of = f"/instances/{_instance_id(session, instance)}" if instance else f"/organizations/{session.organization}"
    found = session.all(f"{of}/backups", "backups", limit)
    if json:
        return output.as_json({"backups": found})
    rows = (
        (one["name"], one["id"], one["kind"], one["status"], output.size(one["sizeBytes"]), one["keys"],
         output.moment(one["createdAt"]), one["verified"] is not None)
        for one in found
    )  # fmt: skip
    return output.table(("NAME", "ID", "KIND", "STATUS", "SIZE", "KEYS", "CREATED (UTC)", "PROVED"), rows)


def _instance_id(session: "Session", named: str) -> str:
    """An id counts also where its instance is gone: its backups are there."""
    return named if named.startswith("inst_") else str(session.instance(named)["id"])


@app.command()
def get(ctx: typer.Context, backup_id: Id, json: InJson = False) -> None:
    """Show a backup."""
    answer = session_of(ctx).api.get(f"/backups/{backup_id}")
    return output.as_json(answer) if json else _show(answer["backup"])


@app.command()
def create(
    ctx: typer.Context,
    named: Named,
    name: Title = None,
    retention_days: Days = None,
    until_whole: Wait = False,
    timeout: Seconds = WAIT_SECONDS,
    json: InJson = False,
) -> None:
    """Take a backup now, while the instance serves on."""
    session = session_of(ctx)
    body = _body(name, retention_days)
    with session.created(f"/instances/{session.instance(named)['id']}/backups", body) as answer:
        _end(session, answer["backup"], timeout, wait_for_it=until_whole, in_json=json)


@app.command()
def delete(ctx: typer.Context, backup_id: Id, yes: Sure = False, json: InJson = False) -> None:
    """Delete a backup for good."""
    session = session_of(ctx)
    agree(session, f"Delete the backup {backup_id} for good?", yes)
    answer = session.api.delete(f"/backups/{backup_id}")
    return output.as_json(answer) if json else output.line(str(answer["message"]))


@app.command()
def plan(
    ctx: typer.Context,
    backup_id: Id,
    memory: Annotated[
        int | None,
        typer.Option("--memory", parser=parsed(values.memory), metavar="SIZE", help="What it is to hold, such as 1GB."),
    ] = None,
    json: InJson = False,
) -> None:
    """Show what an instance made of it would have and cost. Then: swiftcache instances create --restore-from."""
    body = {} if memory is None else {"maxMemory": memory}
    answer = session_of(ctx).api.post(f"/backups/{backup_id}/plan", body)
    if json:
        return output.as_json(answer)
    found = answer["plan"]
    blocked = "; ".join(f"{one['detail']} ({one['code']})" for one in found["blockedBy"])
    return output.facts(
        [
            ("keys", found["keys"]),
            ("file", output.size(found["sizeBytes"])),
            ("taken", found["takenAt"]),
            ("memory", f"{output.size(found['memory']['needed'])} of {output.size(found['memory']['target'])}"),
            ("engine", f"{found['engine']} {found['engineVersion']} -> {found['targetEngine']}"),
            ("takes", f"about {found['expectedSeconds']} s"),
            ("a month", output.dollars(found["costMonthly"])),
            ("refused", blocked or None),
        ]
    )


@app.command()
def undelete(
    ctx: typer.Context,
    backup_id: Id,
    until_running: Annotated[bool, typer.Option("--wait", help="Until it runs.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    json: InJson = False,
) -> None:
    """Bring back the deleted instance whose last backup it is: the same name, keys and data."""
    session = session_of(ctx)
    answer = session.api.post(f"/backups/{backup_id}/undelete")
    if until_running:
        answer["instance"] = wait(session, answer["instance"], RUNNING, timeout, quiet=json)
    if json:
        return output.as_json(answer)
    return output.line(f"{answer['instance']['name']} ({answer['instance']['id']}) is {answer['instance']['status']}")


@app.command()
def download(
    ctx: typer.Context,
    backup_id: Id,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; there is none yet.")],
) -> None:
    """Fetch a backup as an RDB file, and compare its SHA-256."""
    if file.exists():
        raise UsageError(f"{file} is there already", code="FILE_EXISTS", hint="Choose another name, or remove it")
    from swiftcache_cli import transfer

    link = session_of(ctx).api.post(f"/backups/{backup_id}/download")
    size = transfer.download(link["url"], link["sha256"], file)
    output.line(f"{file}: {output.size(size)}, SHA-256 {link['sha256']}")


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="An RDB file of any Redis.")
    ],
    name: Title = None,
    retention_days: Days = None,
    until_whole: Wait = False,
    timeout: Seconds = WAIT_SECONDS,
    json: InJson = False,
) -> None:
    """Make a backup of an RDB file."""
    from swiftcache_cli import transfer

    session = session_of(ctx)
    answer = session.api.post(f"/organizations/{session.organization}/imports", _body(name, retention_days))
    transfer.upload(answer["upload"]["url"], file)
    _end(session, answer["backup"], timeout, wait_for_it=until_whole, in_json=json)


def _body(name: str | None, retention_days: int | None) -> "Json":
    given = {"name": name, "retentionDays": retention_days}
    return {field: value for field, value in given.items() if value is not None}


def _end(session: "Session", backup: "Json", seconds: float, *, wait_for_it: bool, in_json: bool) -> None:
    deadline = session.outside.monotonic() + seconds
    while wait_for_it and backup["status"] == "CREATING":
        if session.outside.monotonic() >= deadline:
            raise StillGoingError(
                f"the backup {backup['id']} is not whole after {seconds:.0f} s, and it goes on",
                code="TIMED_OUT",
                hint=f"Look again: swiftcache backups get {backup['id']}",
            )
        session.outside.sleep(LOOK_SECONDS)
        backup = session.api.get(f"/backups/{backup['id']}")["backup"]
    if wait_for_it and backup["status"] != "AVAILABLE":
        reason = backup["error"] or {"message": f"it is {backup['status']}", "code": "NOT_AVAILABLE"}
        raise CliError(f"the backup {backup['id']} failed: {reason['message']}", code=reason["code"])
    if in_json:
        return output.as_json({"backup": backup})
    return _show(backup)


def _show(backup: "Json") -> None:
    error, verified = backup["error"], backup["verified"]
    output.facts(
        [
            ("name", backup["name"]),
            ("id", backup["id"]),
            ("status", backup["status"]),
            ("error", error and f"{error['message']} ({error['code']})"),
            ("kind", backup["kind"]),
            ("instance", backup["instanceId"] and f"{backup['instanceName']} ({backup['instanceId']})"),
            ("taken", backup["takenAt"]),
            ("size", output.size(backup["sizeBytes"])),
            ("keys", backup["keys"]),
            ("engine", backup["engine"] and f"{backup['engine']} {backup['engineVersion']}"),
            ("sha256", backup["sha256"]),
            ("proved", verified and f"{verified['at']}, keys: {verified['keys']}"),
            ("expires", backup["expiresAt"]),
        ]
    )
