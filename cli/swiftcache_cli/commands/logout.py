"""swiftcache logout: forgets a profile."""

import typer

from swiftcache_cli import output
from swiftcache_cli.options import command_app, session_of
from swiftcache_cli.profiles import DEFAULT

app = command_app()


@app.command()
def logout(ctx: typer.Context) -> None:
    """Forget the profile. Its account key goes on: swiftcache org keys revoke ends it."""
    session = session_of(ctx)
    name = session.flags.profile or DEFAULT
    there = session.profiles.remove(name)
    output.line(f"The profile {name!r} is forgotten" if there else f"There is no profile {name!r}")
