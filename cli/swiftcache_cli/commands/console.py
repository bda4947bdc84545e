"""swiftcache console: the web page."""

from typing import Annotated

import typer

from swiftcache_cli import output
from swiftcache_cli.options import command_app, session_of

app = command_app()


@app.command()
def console(
    ctx: typer.Context,
    only_print: Annotated[bool, typer.Option("--print", help="Print the address and open nothing.")] = False,
) -> None:
    """Open the console in a browser. It asks for an account key: none is in the address."""
    session = session_of(ctx)
    url = f"{session.credentials.api_url}/console"
    output.line(url)
    if not only_print and not session.outside.open_page(url):
        output.note("No browser could be opened")
