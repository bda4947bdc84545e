"""swiftcache timeline: what has happened to an instance, step by step."""

import typer

from swiftcache_cli import output
from swiftcache_cli.options import InJson, Named, command_app, session_of
from swiftcache_cli.progress import described, duration

app = command_app()


@app.command()
def timeline(ctx: typer.Context, named: Named, json: InJson = False) -> None:
    """Show what has happened to an instance, step by step."""
    session = session_of(ctx)
    answer = session.api.get(f"/instances/{session.instance(named)['id']}/timeline")
    if json:
        return output.as_json(answer)
    for operation in answer["timeline"]["operations"]:
        seconds = duration(operation["startedAt"], operation["endedAt"])
        took = "" if seconds is None else f", {seconds:.1f} s"
        why = f": {operation['cause']}" if operation["cause"] else ""
        output.line(
            f"{operation['kind']} {operation['outcome']}, {output.moment(operation['startedAt'])} UTC{took}{why}"
        )
        for step in operation["steps"]:
            output.line(f"  {described(step)}")
    return None
