"""swiftcache engines: what instances may run."""

import typer

from swiftcache_cli import output
from swiftcache_cli.options import InJson, command_app, session_of

app = command_app()


@app.command()
def engines(ctx: typer.Context, json: InJson = False) -> None:
    """List the engines that instances may have."""
    answer = session_of(ctx).api.get("/engines")
    if json:
        return output.as_json(answer)
    rows = ((one["name"], one["version"], one["default"], one["endOfLife"]) for one in answer["engines"])
    return output.table(("NAME", "VERSION", "DEFAULT", "PATCHES UNTIL"), rows)
