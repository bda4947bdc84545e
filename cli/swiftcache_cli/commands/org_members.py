"""swiftcache org members: who belongs to the organization, and what they may do."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.errors import UsageError
from swiftcache_cli.options import InJson, Sure, agree, command_app, session_of
from swiftcache_cli.session import Session

app = command_app("Who belongs to the organization, and what they may do.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The member's id.", autocompletion=completion.members)]
ROLES = "viewer, developer, admin or owner."


def _path(session: Session, member_id: str = "") -> str:
    return f"/organizations/{session.organization}/members{f'/{member_id}' if member_id else ''}"


@app.command("list")
def list_(ctx: typer.Context, json: InJson = False) -> None:
    """List the members."""
    session = session_of(ctx)
    answer = session.api.get(_path(session))
    if json:
        return output.as_json(answer)
    rows = ((one["name"], one["id"], one["role"], output.moment(one["createdAt"])) for one in answer["members"])
    return output.table(("NAME", "ID", "ROLE", "SINCE (UTC)"), rows)


@app.command()
def add(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 64 visible characters.")],
    role: Annotated[str, typer.Option(help=ROLES)],
    json: InJson = False,
) -> None:
    """Add a member. Then give them an account key: swiftcache org keys create."""
    session = session_of(ctx)
    answer = session.api.post(_path(session), {"name": name, "role": role})
    return output.as_json(answer) if json else output.line(f"{name} is {answer['member']['id']}")


@app.command("set")
def set_(
    ctx: typer.Context,
    member_id: Id,
    name: Annotated[str | None, typer.Option(help="Another name.")] = None,
    role: Annotated[str | None, typer.Option(help=ROLES)] = None,
    json: InJson = False,
) -> None:
    """Change a member's name or role, which counts for their keys at once."""
    body = {field: value for field, value in {"name": name, "role": role}.items() if value}
    if not body:
        raise UsageError("nothing to change was named", code="NOTHING_TO_DO", hint="Give --name or --role")
    session = session_of(ctx)
    answer = session.api.patch(_path(session, member_id), body)
    return output.as_json(answer) if json else output.line(f"{member_id} is changed")


@app.command()
def remove(ctx: typer.Context, member_id: Id, yes: Sure = False, json: InJson = False) -> None:
    """Remove a member, whose account keys stop working."""
    session = session_of(ctx)
    agree(session, f"Remove {member_id}? Their account keys stop working.", yes)
    answer = session.api.delete(_path(session, member_id))
    return output.as_json(answer) if json else output.line(f"{member_id} is removed")
