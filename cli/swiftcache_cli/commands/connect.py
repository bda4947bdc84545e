"""swiftcache connect: Redis's own client, with a key for this once."""

from contextlib import nullcontext
from typing import Annotated

import typer

from swiftcache_cli import output, reaching, redis_program
from swiftcache_cli.options import Named, command_app, session_of

app = command_app()


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def connect(
    ctx: typer.Context,
    named: Named,
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="For redis-cli, such as PING or --scan.")
    ] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="With a key that only reads.")] = False,
    user: Annotated[str, typer.Option(help="With REDISCLI_AUTH: the key's id.")] = "default",
) -> None:
    """Talk to an instance by redis-cli or valkey-cli.

    Without either, by a small client of its own. The key is that of REDISCLI_AUTH. Without it one is made for this
    once, and revoked at the end: its name begins with cli-. Options go before the name.
    """
    session = session_of(ctx)
    instance = session.instance(named)
    endpoint = reaching.endpoint(session, instance)
    own = session.outside.environ.get(reaching.AUTH)
    login = (
        nullcontext(reaching.Login(user, own))
        if own
        else reaching.temporary_key(session, instance, read_only=read_only)
    )
    arguments = _without_separator(command or [])
    with login as known:
        program = redis_program.found(session.outside.environ.get("PATH"))
        if program is None:
            from swiftcache_cli import resp

            output.note("Neither redis-cli nor valkey-cli is installed: this is a small client of swiftcache's own")
            code = resp.run(endpoint, known, arguments)
        else:
            typed = redis_program.command(program, endpoint, known, arguments)
            code = session.outside.run_program(typed, redis_program.environment(known, session.outside.environ))
    raise typer.Exit(code)


def _without_separator(arguments: list[str]) -> list[str]:
    return arguments[1:] if arguments[:1] == ["--"] else arguments
