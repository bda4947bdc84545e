"""swiftcache maintenance: what is to come, now or later. The window is in swiftcache instances set."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.options import WAIT_SECONDS, InJson, Named, Seconds, Sure, agree, command_app, session_of
from swiftcache_cli.waiting import CHANGE, wait

app = command_app("What the service has to do to an instance's task, and when.")

Reason = Annotated[
    str,
    typer.Argument(
        metavar="REASON", help="As the list has it: retirement, certificate.", autocompletion=completion.maintenance
    ),
]


@app.command("list")
def list_(ctx: typer.Context, named: Named, json: InJson = False) -> None:
    """List what is pending, and when it begins by itself."""
    found = session_of(ctx).instance(named)["pendingMaintenance"]
    if json:
        return output.as_json({"pendingMaintenance": found})
    rows = ((one["reason"].lower(), output.moment(one["startsAt"]), output.moment(one["deadline"])) for one in found)
    return output.table(("REASON", "BEGINS (UTC)", "DEADLINE (UTC)"), rows)


@app.command()
def now(
    ctx: typer.Context,
    named: Named,
    reason: Reason,
    until_done: Annotated[bool, typer.Option("--wait", help="Until another task serves.")] = False,
    timeout: Seconds = WAIT_SECONDS,
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Have it done now and not in the window: connections are closed once."""
    session = session_of(ctx)
    instance = session.instance(named)
    agree(session, f"Replace the task of {instance['name']} now? Its connections are closed once.", yes)
    found = session.api.post(f"/instances/{instance['id']}/maintenance/{reason.lower()}/now")["instance"]
    if until_done:
        found = wait(session, found, CHANGE, timeout, quiet=json)
    if json:
        return output.as_json({"instance": found})
    return output.line(f"{found['name']} ({found['id']}): {found['change']['status']}")


@app.command()
def defer(ctx: typer.Context, named: Named, reason: Reason, json: InJson = False) -> None:
    """Put it off to the next window."""
    session = session_of(ctx)
    found = session.api.post(f"/instances/{session.instance(named)['id']}/maintenance/{reason.lower()}/defer")
    if json:
        return output.as_json(found)
    begins = [one["startsAt"] for one in found["instance"]["pendingMaintenance"] if one["reason"] == reason.upper()]
    return output.line(f"It begins {', '.join(map(output.moment, begins))} UTC")
