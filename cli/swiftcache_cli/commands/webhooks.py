"""swiftcache webhooks: events, signed, to addresses of yours."""

from typing import Annotated

import typer

from swiftcache_cli import completion, output
from swiftcache_cli.errors import UsageError
from swiftcache_cli.options import InJson, Limit, Sure, agree, command_app, session_of
from swiftcache_cli.session import Session

app = command_app("Events of the organization, sent to addresses of yours.")

Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id.", autocompletion=completion.webhooks)]
Url = Annotated[str, typer.Argument(metavar="URL", help="https://...")]
Events = Annotated[list[str] | None, typer.Option("--event", help="A type of events; may be repeated. None is all.")]

OtherEvents = Annotated[
    list[str] | None, typer.Option("--event", help="In place of those before: a type, or *; may be repeated.")
]


def _path(session: Session, webhook_id: str = "") -> str:
    return f"/organizations/{session.organization}/webhooks{f'/{webhook_id}' if webhook_id else ''}"


@app.command("list")
def list_(ctx: typer.Context, json: InJson = False) -> None:
    """List the webhooks."""
    session = session_of(ctx)
    answer = session.api.get(_path(session))
    if json:
        return output.as_json(answer)
    rows = (
        (one["id"], one["url"], ",".join(one["events"]), one["enabled"], one["disabledReason"])
        for one in answer["webhooks"]
    )
    return output.table(("ID", "URL", "EVENTS", "ENABLED", "WHY NOT"), rows)


@app.command()
def create(
    ctx: typer.Context,
    url: Url,
    event: Events = None,
    description: Annotated[str | None, typer.Option(help="What it is for.")] = None,
    json: InJson = False,
) -> None:
    """Make a webhook, and show the secret of its signatures, which is shown nowhere else."""
    session = session_of(ctx)
    body = {"url": url, "events": event or ["*"], **({"description": description} if description else {})}
    with session.created(_path(session), body) as answer:
        if json:
            return output.as_json(answer)
        output.facts([("id", answer["webhook"]["id"]), ("secret", answer["signingSecret"])])
        return output.note("The secret is shown here and nowhere else: keep it")


@app.command("set")
def set_(
    ctx: typer.Context,
    webhook_id: Id,
    url: Annotated[str | None, typer.Option(help="Another address.")] = None,
    event: OtherEvents = None,
    enabled: Annotated[bool | None, typer.Option("--enabled/--disabled", help="Whether events are sent.")] = None,
    json: InJson = False,
) -> None:
    """Change a webhook."""
    body = {
        name: value for name, value in {"url": url, "events": event, "enabled": enabled}.items() if value is not None
    }
    if not body:
        raise UsageError(
            "nothing to change was named", code="NOTHING_TO_DO", hint="See: swiftcache webhooks set --help"
        )
    session = session_of(ctx)
    answer = session.api.patch(_path(session, webhook_id), body)
    if json:
        return output.as_json(answer)
    return output.line(f"{webhook_id} is changed")


@app.command()
def delete(ctx: typer.Context, webhook_id: Id, yes: Sure = False, json: InJson = False) -> None:
    """Delete a webhook, with its secret."""
    session = session_of(ctx)
    agree(session, f"Delete {webhook_id}?", yes)
    answer = session.api.delete(_path(session, webhook_id))
    if json:
        return output.as_json(answer)
    return output.line(f"{webhook_id} is deleted")


@app.command("test")
def send_test(ctx: typer.Context, webhook_id: Id, json: InJson = False) -> None:
    """Send a test event."""
    session = session_of(ctx)
    answer = session.api.post(f"{_path(session, webhook_id)}/test")
    if json:
        return output.as_json(answer)
    return output.line(f"{answer['eventId']} is on its way: swiftcache webhooks deliveries {webhook_id}")


@app.command()
def deliveries(ctx: typer.Context, webhook_id: Id, limit: Limit = None, json: InJson = False) -> None:
    """Show what was sent in the last 7 days, the newest first, and what was answered."""
    session = session_of(ctx)
    found = session.all(f"{_path(session, webhook_id)}/deliveries", "deliveries", limit)
    if json:
        return output.as_json({"deliveries": found})
    rows = (
        (output.moment(one["at"]), one["eventType"], one["status"], len(one["attempts"]), _last(one["attempts"]))
        for one in found
    )
    return output.table(("AT (UTC)", "EVENT", "STATUS", "ATTEMPTS", "LAST ANSWER"), rows)


def _last(attempts: list[dict[str, object]]) -> object:
    return (attempts[-1]["error"] or attempts[-1]["statusCode"]) if attempts else None
