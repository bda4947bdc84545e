"""swiftcache whoami: whose key it is, and what it may do."""

import typer

from swiftcache_cli import output
from swiftcache_cli.options import InJson, command_app, session_of

app = command_app()


@app.command()
def whoami(ctx: typer.Context, json: InJson = False) -> None:
    """Show whose account key it is, and what it may do."""
    session = session_of(ctx)
    answer = session.api.get("/session")
    if json:
        return output.as_json(answer)
    who = answer["session"]
    return output.facts(
        [
            ("api", session.credentials.api_url),
            ("organization", f"{who['organizationName']} ({who['organizationId']})"),
            ("member", f"{who['memberName']} ({who['memberId']})"),
            ("role", who["role"]),
            ("key", f"{who['keyId']}, from {session.credentials.source}"),
        ]
    )
