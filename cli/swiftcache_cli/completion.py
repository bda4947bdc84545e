"""What a shell offers after TAB: names and ids, asked of the API within a second; nothing where that does not work."""

import shlex
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import typer

from swiftcache_cli.credentials import Flags
from swiftcache_cli.session import INSTANCE_PREFIX, Session

if TYPE_CHECKING:
    from swiftcache_cli.client import Json

SECONDS = 1.0
"""Somebody waits for them with a finger on the key."""

Offered = tuple[str, str]
"""A word, and what is said beside it where a shell shows that."""


def instances(ctx: typer.Context, incomplete: str) -> list[Offered]:
    """Names, and ids where a name is not enough or an id has been begun."""

    def found(session: Session) -> Iterable[Offered]:
        there = session.all("/instances", "instances", organizationId=session.organization)
        names = [one["name"] for one in there]
        for one in there:
            if incomplete.startswith(INSTANCE_PREFIX) or names.count(one["name"]) > 1:
                yield one["id"], f"{one['name']}, {one['status']}"
            else:
                yield one["name"], f"{one['id']}, {one['status']}"

    return _offered(ctx, incomplete, found)


def keys(ctx: typer.Context, incomplete: str) -> list[Offered]:
    """Of the instance that was named before."""

    def found(session: Session) -> Iterable[Offered]:
        path = f"/instances/{session.instance(ctx.params['named'])['id']}/keys"
        return map(_named, session.api.get(path)["apiKeys"])

    return _offered(ctx, incomplete, found)


def maintenance(ctx: typer.Context, incomplete: str) -> list[Offered]:
    """What is pending for the instance that was named before."""

    def found(session: Session) -> Iterable[Offered]:
        pending = session.instance(ctx.params["named"])["pendingMaintenance"]
        return ((one["reason"].lower(), f"begins {one['startsAt']}") for one in pending)

    return _offered(ctx, incomplete, found)


def backups(ctx: typer.Context, incomplete: str) -> list[Offered]:
    """The newest."""
    return _of_organization(
        ctx, incomplete, "backups", lambda one: (one["id"], f"{one['name'] or one['instanceName']}, {one['createdAt']}")
    )


def webhooks(ctx: typer.Context, incomplete: str) -> list[Offered]:
    return _of_organization(ctx, incomplete, "webhooks", lambda one: (one["id"], one["url"]))


def members(ctx: typer.Context, incomplete: str) -> list[Offered]:
    return _of_organization(ctx, incomplete, "members", lambda one: (one["id"], f"{one['name']}, {one['role']}"))


def account_keys(ctx: typer.Context, incomplete: str) -> list[Offered]:
    return _of_organization(ctx, incomplete, "keys", lambda one: (one["id"], f"{one['name']}, {one['role']}"))


def profiles(ctx: typer.Context, incomplete: str) -> list[Offered]:
    return _offered(ctx, incomplete, lambda session: ((name, "") for name in session.profiles.names()))


def _of_organization(
    ctx: typer.Context, incomplete: str, member: str, shown: "Callable[[Json], Offered]"
) -> list[Offered]:
    def found(session: Session) -> Iterable[Offered]:
        return map(shown, session.api.get(f"/organizations/{session.organization}/{member}")[member])

    return _offered(ctx, incomplete, found)


def _named(one: "Json") -> Offered:
    """The name, unless a shell would take it for more than one word."""
    name, key_id = one["name"], one["id"]
    return (name, key_id) if shlex.quote(name) == name else (key_id, name)


def _offered(ctx: typer.Context, incomplete: str, found: Callable[[Session], Iterable[Offered]]) -> list[Offered]:
    """Those that begin so. A thread that is late is left behind: it only reads, and ends with the program."""
    offered: list[Offered] = []

    def ask() -> None:
        with suppress(Exception):  # a complaint would be printed into the line that is being typed
            offered.extend(one for one in found(_session(ctx)) if one[0].startswith(incomplete))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(SECONDS)
    return list(offered)


def _session(ctx: typer.Context) -> Session:
    """The program's own callback, which makes the session of a command, is not called for a completion."""
    root = ctx.find_root()
    given = root.params
    flags = Flags(given["profile"], given["api_url"], given["api_key_file"], given["organization"])
    return Session(flags, root.obj)
