"""swiftcache org: the organization, its members and account keys."""

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from swiftcache_cli import output
from swiftcache_cli.commands import org_keys, org_members
from swiftcache_cli.options import InJson, Limit, Sure, agree, command_app, session_of

app = command_app("The organization, its members and account keys.")
app.add_typer(org_members.app, name="members")
app.add_typer(org_keys.app, name="keys")


@app.command()
def get(ctx: typer.Context, json: InJson = False) -> None:
    """Show the organization."""
    session = session_of(ctx)
    answer = session.api.get(f"/organizations/{session.organization}")
    if json:
        return output.as_json(answer)
    found = answer["organization"]
    return output.facts(
        [("name", found["name"]), ("id", found["id"]), ("status", found["status"]), ("created", found["createdAt"])]
    )


@app.command()
def usage(ctx: typer.Context, json: InJson = False) -> None:
    """Show the organization's limits, and what of them is used."""
    session = session_of(ctx)
    answer = session.api.get(f"/organizations/{session.organization}/usage")
    if json:
        return output.as_json(answer)
    limits, used, left = answer["limits"], answer["used"], answer["left"]
    shown: Mapping[str, Callable[[int], str]] = {
        "instances": str,
        "memory": output.size,
        "backups": str,
        "backupBytes": output.size,
    }
    rows = ((name, show(used[name]), show(limits[name]), show(left[name])) for name, show in shown.items())
    return output.table(("", "USED", "LIMIT", "LEFT"), rows)


@app.command()
def rename(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 64 visible characters.")],
    json: InJson = False,
) -> None:
    """Give the organization another name."""
    session = session_of(ctx)
    answer = session.api.patch(f"/organizations/{session.organization}", {"name": name})
    return output.as_json(answer) if json else output.line(f"It is called {name} now")


@app.command("list")
def list_(ctx: typer.Context, limit: Limit = None, json: InJson = False) -> None:
    """List all organizations: for the operator."""
    found = session_of(ctx).all("/organizations", "organizations", limit)
    if json:
        return output.as_json({"organizations": found})
    rows = ((one["name"], one["id"], one["status"], output.moment(one["createdAt"])) for one in found)
    return output.table(("NAME", "ID", "STATUS", "CREATED (UTC)"), rows)


@app.command()
def create(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="1 to 64 visible characters.")],
    json: InJson = False,
) -> None:
    """Make an organization, and show its owner's account key: for the operator."""
    with session_of(ctx).created("/organizations", {"name": name}) as answer:
        if json:
            return output.as_json(answer)
        output.facts([("id", answer["organization"]["id"]), ("key", answer["createdOwnerKey"]["plainTextKey"])])
        return output.note("The key is shown here and nowhere else: keep it")


@app.command()
def suspend(
    ctx: typer.Context,
    organization_id: Annotated[str, typer.Argument(metavar="ID", help="The organization's id.")],
    yes: Sure = False,
) -> None:
    """Refuse its account keys at once, and delete its instances: for the operator."""
    session = session_of(ctx)
    agree(session, f"Suspend {organization_id}? Its instances are deleted, with all data.", yes)
    session.api.post(f"/organizations/{organization_id}/suspend")
    output.line(f"{organization_id} is suspended")


@app.command()
def resume(
    ctx: typer.Context, organization_id: Annotated[str, typer.Argument(metavar="ID", help="The organization's id.")]
) -> None:
    """Let its account keys work again: for the operator."""
    session_of(ctx).api.post(f"/organizations/{organization_id}/resume")
    output.line(f"{organization_id} is resumed")
