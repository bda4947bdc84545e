"""swiftcache audit: who did what, from where."""

from typing import Annotated

import typer

from swiftcache_cli import output
from swiftcache_cli.options import InJson, command_app, session_of

app = command_app()


@app.command()
def audit(
    ctx: typer.Context,
    action: Annotated[str | None, typer.Option(help="Only this, such as instance.deletion_requested.")] = None,
    member: Annotated[str | None, typer.Option(help="Only by the member with this id.")] = None,
    target: Annotated[str | None, typer.Option(help="Only of what has this id.")] = None,
    instance: Annotated[str | None, typer.Option(help="Only of this instance's id, and what it has.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Not before this, such as 2030-01-31T12:00:00Z.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="TIME", help="Only before this.")] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="So many at most.")] = 50,
    json: InJson = False,
) -> None:
    """Show the organization's audit log, the newest first."""
    session = session_of(ctx)
    found = session.all(
        f"/organizations/{session.organization}/audit",
        "entries",
        limit,
        action=action,
        memberId=member,
        targetId=target,
        instanceId=instance,
        since=since,
        until=until,
    )
    if json:
        return output.as_json({"entries": found})
    rows = (
        (output.moment(one["at"]), one["action"], one["target"]["name"], one["target"]["id"],
         one["actor"]["keyName"] or one["actor"]["keyId"] or one["actor"]["system"], one["sourceIp"])
        for one in found
    )  # fmt: skip
    return output.table(("AT (UTC)", "ACTION", "TARGET", "ID", "BY", "FROM"), rows)
