"""swiftcache docs: the API's own page."""

from typing import Annotated

import typer

from swiftcache_cli import output
from swiftcache_cli.options import command_app, session_of

app = command_app()


@app.command()
def docs(
    ctx: typer.Context,
    only_print: Annotated[bool, typer.Option("--print", help="Print the address and open nothing.")] = False,
) -> None:
    """Open the API's documentation in a browser."""
    session = session_of(ctx)
    url = f"{session.credentials.api_url}/docs"
    output.line(url)
    if not only_print and not session.outside.open_page(url):
        output.note("No browser could be opened")
