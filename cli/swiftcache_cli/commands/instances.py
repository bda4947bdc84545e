"""swiftcache instances: make, see, change and delete them."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.creating import create as make
from swiftcache_cli.creating import only_region
from swiftcache_cli.errors import ConflictError, NotFoundError, UsageError
from swiftcache_cli.instance_options import (
    Cidrs,
    Engine,
    EngineVersion,
    Events,
    Evict,
    Expires,
    Memory,
    Never,
    NewMemory,
    NewName,
    Policy,
    Protection,
    Recover,
    Schedule,
    Setting,
    Window,
    changes,
    wanted,
)
from swiftcache_cli.options import WAIT_SECONDS, InJson, Limit, Named, Seconds, Sure, agree, command_app, session_of
from swiftcache_cli.showing import note_plan, show_instance, show_plan
from swiftcache_cli.waiting import CHANGE, DELETED, RUNNING, wait

DEFAULT_MEMORY = 512 * 1024 * 1024

app = command_app("Make, see, change and delete instances.")


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 64 letters, digits, -, _ and .")],
    memory: NewMemory = None,
    region: Annotated[str | None, typer.Option(help="Needed where there is more than one.")] = None,
    persistence: Annotated[
        bool | None, typer.Option("--persistence/--no-persistence", help="Keep the data on a volume.")
    ] = None,
    eviction_policy: Policy = None,
    notify_keyspace_events: Events = None,
    setting: Setting = None,
    deletion_protection: Protection = None,
    expires_at: Expires = None,
    backup_schedule: Schedule = None,
    recover_from_backup: Recover = None,
    engine: Engine = None,
    engine_version: EngineVersion = None,
    maintenance_window: Window = None,
    allowed_cidr: Cidrs = None,
    restore_from: Annotated[
        str | None, typer.Option(help="The id of a backup to begin with.", autocompletion=completion.backups)
    ] = None,
    restore_keys: Annotated[bool, typer.Option("--restore-keys", help="With the backup's keys, too.")] = False,
    until_running: Annotated[bool, typer.Option("--wait", help="Until it runs.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    json: InJson = False,
) -> None:
    """Make an instance, and show its first key, which is shown nowhere else.

    If it is interrupted or killed, run the same command again within a day: the same instance, the same key.
    """
    session = session_of(ctx)
    body = {
        "organizationId": session.organization,
        "name": name,
        "maxMemory": DEFAULT_MEMORY,
        "region": region or only_region(session),
        **wanted(ctx.params),
    }
    if restore_from:
        body["restoreFrom"] = restore_from
    if restore_keys:
        body["restoreKeys"] = True
    make(session, body, until_running=until_running, seconds=timeout, in_json=json)


@app.command("list")
def list_(
    ctx: typer.Context,
    status: Annotated[str | None, typer.Option(help="Only those that are so, such as RUNNING.")] = None,
    name: Annotated[str | None, typer.Option(help="Only those with exactly this name.")] = None,
    limit: Limit = None,
    json: InJson = False,
) -> None:
    """List the organization's instances."""
    session = session_of(ctx)
    found = session.all("/instances", "instances", limit, organizationId=session.organization, status=status, name=name)
    if json:
        return output.as_json({"instances": found})
    rows = (
        (one["name"], one["id"], one["status"], output.size(one["maxMemory"]), one["engine"], one["region"],
         output.moment(one["createdAt"]))
        for one in found
    )  # fmt: skip
    return output.table(("NAME", "ID", "STATUS", "MEMORY", "ENGINE", "REGION", "CREATED (UTC)"), rows)


@app.command()
def get(ctx: typer.Context, named: Named, json: InJson = False) -> None:
    """Show an instance."""
    instance = session_of(ctx).instance(named)
    if json:
        return output.as_json({"instance": instance})
    return show_instance(instance)


@app.command("wait")
def wait_(
    ctx: typer.Context,
    named: Named,
    until: Annotated[str, typer.Option("--for", help="running, deleted or change.")] = "running",
    timeout: Seconds = WAIT_SECONDS,
    json: InJson = False,
) -> None:
    """Wait until an instance runs, is deleted, or its change has ended."""
    if until.upper() not in (RUNNING, DELETED, CHANGE):
        raise UsageError(
            f"--for {until} is not possible", code="INVALID_VALUE", hint="Choose running, deleted or change"
        )
    session = session_of(ctx)
    try:
        found = session.instance(named)
    except NotFoundError:
        if until.upper() == DELETED:
            return output.note(f"{named} is not there")
        raise
    found = wait(session, found, until.upper(), timeout, quiet=json)
    if json:
        return output.as_json({"instance": found})
    return output.line(f"{found['name']} ({found['id']}) is {found['status']}")


@app.command("set")
def set_(
    ctx: typer.Context,
    named: Named,
    name: NewName = None,
    memory: Memory = None,
    eviction_policy: Policy = None,
    notify_keyspace_events: Events = None,
    setting: Setting = None,
    deletion_protection: Protection = None,
    expires_at: Expires = None,
    never_expires: Never = False,
    backup_schedule: Schedule = None,
    recover_from_backup: Recover = None,
    engine: Engine = None,
    engine_version: EngineVersion = None,
    maintenance_window: Window = None,
    allowed_cidr: Cidrs = None,
    allow_eviction: Evict = False,
    until_done: Annotated[bool, typer.Option("--wait", help="Until the change has ended.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Change an instance. What closes its connections is shown first, and asked for."""
    body = changes(ctx.params)
    session = session_of(ctx)
    instance = session.instance(named)
    path = f"/instances/{instance['id']}"
    plan = session.api.post(f"{path}/plan", body)["plan"]
    if plan["blockedBy"]:
        reason = plan["blockedBy"][0]
        raise ConflictError(reason["detail"], code=reason["code"])
    if plan["restart"]:
        if not json:
            note_plan(plan)
        agree(session, f"Change {instance['name']}? Its connections are closed once.", yes)
    changed = session.api.patch(path, body)["instance"]
    if until_done:
        changed = wait(session, changed, CHANGE, timeout, quiet=json)
    if json:
        return output.as_json({"instance": changed})
    under_way = changed["change"] and changed["change"]["status"] == "IN_PROGRESS"
    after = f", under way: swiftcache instances wait {changed['id']} --for change" if under_way else ""
    return output.line(f"{changed['name']} ({changed['id']}) is changed{after}")


@app.command()
def plan(
    ctx: typer.Context,
    named: Named,
    name: NewName = None,
    memory: Memory = None,
    eviction_policy: Policy = None,
    notify_keyspace_events: Events = None,
    setting: Setting = None,
    deletion_protection: Protection = None,
    expires_at: Expires = None,
    never_expires: Never = False,
    backup_schedule: Schedule = None,
    recover_from_backup: Recover = None,
    engine: Engine = None,
    engine_version: EngineVersion = None,
    maintenance_window: Window = None,
    allowed_cidr: Cidrs = None,
    allow_eviction: Evict = False,
    json: InJson = False,
) -> None:
    """Show what the same `set` would do and cost, and change nothing."""
    body = changes(ctx.params)
    session = session_of(ctx)
    found = session.api.post(f"/instances/{session.instance(named)['id']}/plan", body)["plan"]
    if json:
        return output.as_json({"plan": found})
    return show_plan(found)


@app.command()
def replace(
    ctx: typer.Context,
    named: Named,
    until_done: Annotated[bool, typer.Option("--wait", help="Until another task serves.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Replace its task by an equal one, with all data; its connections are closed once."""
    session = session_of(ctx)
    instance = session.instance(named)
    agree(session, f"Replace the task of {instance['name']}? Its connections are closed once.", yes)
    found = session.api.post(f"/instances/{instance['id']}/replace")["instance"]
    if until_done:
        found = wait(session, found, CHANGE, timeout, quiet=json)
    if json:
        return output.as_json({"instance": found})
    return output.line(f"{found['name']} ({found['id']}): {found['change']['status']}")


@app.command()
def delete(
    ctx: typer.Context,
    named: Named,
    final_backup: Annotated[str | None, typer.Option(help="Before it: required, best-effort or none.")] = None,
    until_gone: Annotated[bool, typer.Option("--wait", help="Until it is gone.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Delete an instance, with all its data."""
    session = session_of(ctx)
    instance = session.instance(named)
    kept = "a last backup" if final_backup in ("required", "best-effort") else "nothing"
    agree(session, f"Delete {instance['name']} ({instance['id']})? Of its data {kept} stays.", yes)
    answer = session.api.delete(f"/instances/{instance['id']}", finalBackup=final_backup)
    if until_gone:
        answer["instance"] = {"id": instance["id"], "status": DELETED}
        wait(session, {**instance, "status": "DELETING"}, DELETED, timeout, quiet=json)
    if json:
        return output.as_json(answer)
    return output.line(f"{instance['name']} ({instance['id']}) is gone" if until_gone else str(answer["message"]))
