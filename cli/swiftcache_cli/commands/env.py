"""swiftcache env: what a program needs to connect, for its environment."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from swiftcache_cli import output, reaching
from swiftcache_cli.errors import UsageError
from swiftcache_cli.options import InJson, Named, command_app, session_of

if TYPE_CHECKING:
    from swiftcache_cli.client import Json
    from swiftcache_cli.session import Session

KEY_PREFIX = "sc_live_"

app = command_app()


@app.command()
def env(
    ctx: typer.Context,
    named: Named,
    new_key: Annotated[str | None, typer.Option(metavar="NAME", help="Make a key of this name for it.")] = None,
    read_only: Annotated[bool, typer.Option("--read-only", help="With --new-key: one that only reads.")] = False,
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from standard input.")] = False,
    json: InJson = False,
) -> None:
    """Print REDIS_URL=..., for a program that connects.

    The service keeps no keys: give yours (REDISCLI_AUTH, --key-stdin, or when asked), or have one made by --new-key.
    """
    session = session_of(ctx)
    instance = session.instance(named)
    template = reaching.running(instance)["urlTemplate"]
    if new_key:
        body = {"name": new_key, "role": "read-only" if read_only else "read-write"}
        with session.created(f"/instances/{instance['id']}/keys", body) as answer:
            made: Json = answer["createdKey"]
            _show(session, made["urlTemplate"].replace("{key}", made["plainTextKey"]), in_json=json)
        return
    _show(session, template.replace("{key}", _given_key(session, from_stdin=key_stdin)), in_json=json)


def _given_key(session: "Session", *, from_stdin: bool) -> str:
    if from_stdin:
        key = sys.stdin.readline().strip()
    elif own := session.outside.environ.get(reaching.AUTH):
        key = own
    elif session.outside.asks():
        key = session.outside.read_secret(f"Key of the instance ({KEY_PREFIX}...): ")
    else:
        raise UsageError(
            "the service keeps no keys, and nobody can be asked for one here",
            code="NO_KEY",
            hint=f"Set {reaching.AUTH}, give it with --key-stdin, or have one made with --new-key NAME",
        )
    if not key.startswith(KEY_PREFIX):
        raise UsageError(f"this is no key of an instance: it begins with {KEY_PREFIX}", code="NOT_A_KEY")
    return key


def _show(session: "Session", url: str, *, in_json: bool) -> None:
    found = {"REDIS_URL": url}
    if session.credentials.ca_file:
        found["REDIS_CA_FILE"] = session.credentials.ca_file
    if in_json:
        return output.as_json(found)
    for name, value in found.items():
        output.line(f"{name}={value}")
    if session.credentials.dns:
        output.note(f"The name is known to the local stack's DNS server alone, at {session.credentials.dns}")
    return None
