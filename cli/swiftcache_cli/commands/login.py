"""swiftcache login: a profile with an account key that works."""

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from swiftcache_cli import output
from swiftcache_cli.credentials import URL, Credentials, checked_url
from swiftcache_cli.errors import UsageError
from swiftcache_cli.options import command_app, session_of
from swiftcache_cli.profiles import DEFAULT, Profile

if TYPE_CHECKING:
    from swiftcache_cli.session import Session

KEY_PREFIX = "sk_live_"

app = command_app()


@app.command()
def login(
    ctx: typer.Context,
    url: Annotated[str | None, typer.Argument(metavar="URL", help="The API's address.")] = None,
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from standard input.")] = False,
    local: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Of a stack on this computer: .swiftcache. Needs no URL.")
    ] = None,
) -> None:
    """Sign in with an account key.

    It is asked for and not shown, checked, and kept in a file that only you can read. swiftcache --profile NAME login
    keeps it beside others.
    """
    session = session_of(ctx)
    given = _local(local) if local else Credentials(_address(session, url), "")
    if key_stdin:
        given = replace(given, api_key=sys.stdin.readline().strip())
    elif not given.api_key:
        if not session.outside.asks():
            raise UsageError("nobody can be asked for the key here", code="NO_KEY", hint="Give it with --key-stdin")
        given = replace(given, api_key=session.outside.read_secret(f"Account key ({KEY_PREFIX}...): "))
    if not given.api_key.startswith(KEY_PREFIX) or not given.api_key.isascii():
        raise UsageError(
            "this is no account key", code="NOT_A_KEY", hint=f"It begins with {KEY_PREFIX}; sc_live_ keys are of Redis"
        )
    who = session.client(replace(given, source="what you have just given")).get("/session")["session"]
    name = session.flags.profile or DEFAULT
    session.profiles.save(name, Profile(given.api_url, given.api_key, who["organizationId"], given.ca_file, given.dns))
    output.line(f"Signed in to {who['organizationName']} as {who['memberName']} ({who['role']}), at {given.api_url}")
    output.note(f"The key is in {session.profiles.path}, profile {name!r}")


def _address(session: "Session", url: str | None) -> str:
    found = url or session.flags.api_url or session.outside.environ.get(URL)
    if not found:
        raise UsageError("which API?", code="NO_URL", hint="Run: swiftcache login https://<the address of your API>")
    return checked_url(found)


def _local(folder: Path) -> Credentials:
    """What a running local stack says of itself."""
    file = folder / "local.json"
    try:
        facts: dict[str, Any] = json.loads(file.read_text())
    except OSError:
        raise UsageError(
            f"no stack is running: {file} is not there", code="NO_STACK", hint="Start one: make run"
        ) from None
    return Credentials(checked_url(facts["apiUrl"]), facts["token"], ca_file=facts["caFile"], dns=facts["dns"])
