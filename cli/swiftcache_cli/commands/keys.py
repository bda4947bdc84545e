"""swiftcache keys: of an instance. Account keys are in swiftcache org keys."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.errors import NotFoundError, UsageError
from swiftcache_cli.options import InJson, Named, Sure, agree, command_app, session_of

app = command_app("Keys of an instance: what Redis clients sign in with.")

ReadOnly = Annotated[bool, typer.Option("--read-only", help="It reads everything and writes nothing.")]


@app.command("list")
def list_(ctx: typer.Context, named: Named, json: InJson = False) -> None:
    """List an instance's keys, and which are in use."""
    session = session_of(ctx)
    answer = session.api.get(f"/instances/{session.instance(named)['id']}/keys")
    if json:
        return output.as_json(answer)
    rows = (
        (key["name"], key["id"], key["role"], output.moment(key["createdAt"]), output.moment(key["lastUsedAt"]),
         key["connections"])
        for key in answer["apiKeys"]
    )  # fmt: skip
    return output.table(("NAME", "ID", "ROLE", "CREATED (UTC)", "LAST USED (UTC)", "CONNECTIONS"), rows)


@app.command()
def create(
    ctx: typer.Context,
    named: Named,
    name: Annotated[str | None, typer.Option("--name", help="What it is called.")] = None,
    read_only: ReadOnly = False,
    json: InJson = False,
) -> None:
    """Make a key, and show it: it is shown nowhere else."""
    session = session_of(ctx)
    body = {"role": "read-only" if read_only else "read-write"} | ({"name": name} if name else {})
    with session.created(f"/instances/{session.instance(named)['id']}/keys", body) as answer:
        if json:
            return output.as_json(answer)
        key = answer["createdKey"]
        url = key["urlTemplate"].replace("{key}", key["plainTextKey"])
        output.facts([("id", key["id"]), ("name", key["name"]), ("key", key["plainTextKey"]), ("url", url)])
        return output.note("The key is shown here and nowhere else: keep it")


@app.command()
def revoke(
    ctx: typer.Context,
    named: Named,
    key: Annotated[str, typer.Argument(metavar="KEY", help="The key's name or id.", autocompletion=completion.keys)],
    yes: Sure = False,
    json: InJson = False,
) -> None:
    """Revoke a key: it is refused, and its connections are closed, within 2 seconds."""
    session = session_of(ctx)
    instance = session.instance(named)
    path = f"/instances/{instance['id']}/keys"
    found = [one for one in session.api.get(path)["apiKeys"] if key in (one["id"], one["name"])]
    if not found:
        raise NotFoundError(
            f"{instance['name']} has no key {key!r}", code="NOT_FOUND", hint=f"swiftcache keys list {instance['id']}"
        )
    if len(found) > 1:
        ids = ", ".join(one["id"] for one in found)
        raise UsageError(f"{len(found)} keys are called {key!r}: {ids}", code="AMBIGUOUS", hint="Use an id")
    [one] = found
    agree(session, f"Revoke {one['name']} ({one['id']})? {one['connections']} connections are closed.", yes)
    answer = session.api.delete(f"{path}/{one['id']}")
    if json:
        return output.as_json(answer)
    return output.line(f"{one['name']} ({one['id']}) is revoked")
