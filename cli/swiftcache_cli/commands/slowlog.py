"""swiftcache slowlog: what took long."""

import shlex

import typer

from swiftcache_cli import output
from swiftcache_cli.options import InJson, Named, command_app, session_of

app = command_app()


@app.command()
def slowlog(ctx: typer.Context, named: Named, json: InJson = False) -> None:
    """Show the newest commands that took 10 milliseconds or more."""
    session = session_of(ctx)
    answer = session.api.get(f"/instances/{session.instance(named)['id']}/slowlog")
    if json:
        return output.as_json(answer)
    rows = (
        (output.moment(one["at"]), f"{one['microseconds'] / 1000:,.1f} ms", one["client"], shlex.join(one["command"]))
        for one in answer["slowlog"]
    )
    return output.table(("AT (UTC)", "TOOK", "CLIENT", "COMMAND"), rows)
