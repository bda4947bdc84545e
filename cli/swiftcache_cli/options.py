"""Options that several commands have, in the same words."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from swiftcache_cli import completion
from swiftcache_cli.errors import UsageError
from swiftcache_cli.session import Session

Named = Annotated[
    str, typer.Argument(metavar="NAME", help="The instance's name or id.", autocompletion=completion.instances)
]
InJson = Annotated[bool, typer.Option("--json", help="Print JSON, as the API has it.")]
Sure = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Seconds = Annotated[float, typer.Option("--timeout", min=1, metavar="SECONDS", help="To wait at most; then exit 6.")]
Limit = Annotated[int | None, typer.Option(min=1, metavar="NUMBER", help="So many at most.")]

WAIT_SECONDS = 900.0
"""AWS may have no room for ten minutes; then an instance is ERROR."""


def command_app(about: str | None = None) -> typer.Typer:
    """The commands of a module. Help is plain text: a table would cut the options' names on 80 columns."""
    return typer.Typer(help=about, no_args_is_help=about is not None, rich_markup_mode=None, add_completion=False)


def parsed(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    """For an option: what is not possible is a usage error with the parser's words."""

    def read(text: str) -> Any:
        try:
            return parse(text)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None

    return read


def session_of(ctx: typer.Context) -> Session:
    session: Session = ctx.obj
    return session


def agree(session: Session, question: str, sure: bool) -> None:
    """Asks, unless `sure`. Raises UsageError where nobody can be asked, and typer.Exit(1) for a no."""
    if sure:
        return
    if not session.outside.asks():
        raise UsageError(f"{question} Nobody can be asked here", code="NOT_CONFIRMED", hint="Say so with --yes")
    if not typer.confirm(question, err=True):
        raise typer.Exit(1)
