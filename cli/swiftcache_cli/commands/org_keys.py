"""swiftcache org keys: account keys, which this program and others sign in to the API with."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.options import InJson, Sure, agree, command_app, session_of
from swiftcache_cli.session import Session

app = command_app("Account keys: what programs sign in to the API with.")


def _path(session: Session) -> str:
    return f"/organizations/{session.organization}/keys"


@app.command("list")
def list_(ctx: typer.Context, json: InJson = False) -> None:
    """List the account keys, and when they were last used."""
    session = session_of(ctx)
    answer = session.api.get(_path(session))
    if json:
        return output.as_json(answer)
    rows = (
        (one["name"], one["id"], one["prefix"], one["role"], one["member"]["name"], output.moment(one["expiresAt"]),
         output.moment(one["lastUsedAt"]))
        for one in answer["keys"]
    )  # fmt: skip
    return output.table(("NAME", "ID", "BEGINS WITH", "ROLE", "MEMBER", "EXPIRES (UTC)", "LAST USED (UTC)"), rows)


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for.")],
    role: Annotated[str, typer.Option(help="viewer, developer, admin or owner.")],
    member: Annotated[
        str | None,
        typer.Option(help="The member's id, if it is not for yourself.", autocompletion=completion.members),
    ] = None,
    expires_at: Annotated[
        str | None, typer.Option(metavar="TIME", help="Such as 2030-01-31T12:00:00Z; never, unless given.")
    ] = None,
    json: InJson = False,
) -> None:
    """Make an account key, and show it: it is shown nowhere else."""
    session = session_of(ctx)
    beside = {field: value for field, value in {"memberId": member, "expiresAt": expires_at}.items() if value}
    with session.created(_path(session), {"name": name, "role": role, **beside}) as answer:
        if json:
            return output.as_json(answer)
        output.facts([("id", answer["createdKey"]["id"]), ("key", answer["createdKey"]["plainTextKey"])])
        return output.note("The key is shown here and nowhere else: keep it")


@app.command()
def revoke(
    ctx: typer.Context,
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The key's id.", autocompletion=completion.account_keys)],
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Revoke an account key at once."""
    session = session_of(ctx)
    agree(session, f"Revoke {key_id}? Programs that use it are refused at once.", yes)
    answer = session.api.delete(f"{_path(session)}/{key_id}")
    return output.as_json(answer) if json else output.line(f"{key_id} is revoked")
