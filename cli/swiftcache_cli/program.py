"""The command itself: its words, what may stand before them, and how it ends."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from swiftcache_cli import __version__, completion
from swiftcache_cli.credentials import Flags
from swiftcache_cli.errors import CliError, ExitCode
from swiftcache_cli.lazy import lazy_group
from swiftcache_cli.outside import Outside
from swiftcache_cli.session import Session

WORDS = {
    "login": "login",
    "logout": "logout",
    "whoami": "whoami",
    "instances": "instances",
    "connect": "connect",
    "env": "env",
    "keys": "keys",
    "metrics": "metrics",
    "slowlog": "slowlog",
    "timeline": "timeline",
    "backups": "backups",
    "maintenance": "maintenance",
    "engines": "engines",
    "org": "org",
    "audit": "audit",
    "webhooks": "webhooks",
    "console": "console",
    "docs": "docs",
}

app = typer.Typer(
    cls=lazy_group({word: f"swiftcache_cli.commands.{module}" for word, module in WORDS.items()}),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"swiftcache {__version__}")
        raise typer.Exit


@app.callback()
def root(
    ctx: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(help="Use this profile instead of the default one.", autocompletion=completion.profiles),
    ] = None,
    api_url: Annotated[str | None, typer.Option(help="The API's address; with --api-key-file.")] = None,
    api_key_file: Annotated[Path | None, typer.Option(help="A file with an account key; with --api-url.")] = None,
    organization: Annotated[str | None, typer.Option(help="The id of one that is not the account key's own.")] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Managed Redis, from a terminal. Begin with: swiftcache login

    Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not found, 4 not signed in or not allowed, 5 the state of things does
    not allow it, 6 the time is over and the work goes on, 130 interrupted.
    """
    ctx.obj = Session(Flags(profile, api_url, api_key_file, organization), ctx.obj)


def run(arguments: Sequence[str] | None = None, outside: Outside | None = None) -> int:
    """The exit code. Everything that a person or program gets to know has been printed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        app(given, prog_name="swiftcache", obj=outside or Outside())
    except CliError as error:
        from swiftcache_cli import output

        output.error(error, in_json="--json" in _own(given))
        return error.exit_code
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ExitCode.OK
    return ExitCode.OK


def _own(arguments: Sequence[str]) -> Sequence[str]:
    """Without what is another program's."""
    return arguments[: arguments.index("--")] if "--" in arguments else arguments
