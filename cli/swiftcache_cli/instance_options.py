"""Options of what an instance is to be, and the body that they make."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from swiftcache_cli import values
from swiftcache_cli.errors import UsageError
from swiftcache_cli.options import parsed

Memory = Annotated[
    int | None,
    typer.Option(
        "--memory", parser=parsed(values.memory), metavar="SIZE", help="What Redis may hold, such as 512MB or 1GB."
    ),
]
NewMemory = Annotated[
    int | None,
    typer.Option(
        "--memory", parser=parsed(values.memory), metavar="SIZE", help="What Redis may hold; 512MB, unless given."
    ),
]
Policy = Annotated[
    str | None, typer.Option("--eviction-policy", help="What goes when it is full, by Redis's name: allkeys-lru.")
]
Events = Annotated[str | None, typer.Option("--notify-keyspace-events", help="Redis's flags, such as KEA.")]
Setting = Annotated[
    list[str] | None, typer.Option("--setting", metavar="NAME=VALUE", help="One of Redis's settings; may be repeated.")
]
Protection = Annotated[
    bool | None, typer.Option("--deletion-protection/--no-deletion-protection", help="Whether deletions are refused.")
]
Expires = Annotated[
    str | None,
    typer.Option("--expires-at", metavar="TIME", help="When it deletes itself, such as 2030-01-31T12:00:00Z."),
]
Schedule = Annotated[
    str | None,
    typer.Option(
        "--backup-schedule",
        metavar="EVERY[@AT]:KEEP",
        help="1d@03:00:7 is each day at 03:00 UTC, and 7 are kept; 6h:4; or none.",
    ),
]
Recover = Annotated[
    bool | None,
    typer.Option(
        "--recover-from-backup/--no-recover-from-backup",
        help="Whether a Redis that dies begins again with the newest backup.",
    ),
]
Engine = Annotated[str | None, typer.Option(help="redis or valkey: swiftcache engines.")]
EngineVersion = Annotated[
    str | None, typer.Option("--engine-version", help="A line, such as 7.2, or one version, such as 7.2.11.")
]
Window = Annotated[
    str | None,
    typer.Option(
        "--maintenance-window",
        metavar="[DAY@]HH:MM+HOURSh",
        help="When its task may be replaced, in UTC: sunday@03:00+4h, or default.",
    ),
]
Cidrs = Annotated[
    list[str] | None,
    typer.Option(
        "--allowed-cidr",
        metavar="CIDR",
        help="In a private network: who reaches it, in place of the stack's clients; may be repeated.",
    ),
]
Evict = Annotated[
    bool, typer.Option("--allow-eviction", help="Let the policy evict what does not fit into less memory.")
]
NewName = Annotated[str | None, typer.Option("--name", help="Another name.")]
Never = Annotated[bool, typer.Option("--never-expires", help="It does not delete itself any more.")]


def wanted(options: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a `POST` or `PATCH`, of the options that were given. Raises UsageError."""
    body = {field: options[option] for option, field in _FIELDS.items() if options.get(option) is not None}
    for option, (field, parse) in _PARSED.items():
        if options.get(option):
            body[field] = _usage(option, parse, options[option])
    if options.get("never_expires"):
        body["expiresAt"] = None
    if options.get("allow_eviction"):
        body["allowEviction"] = True
    return body


_FIELDS: Mapping[str, str] = {
    "name": "name",
    "memory": "maxMemory",
    "eviction_policy": "evictionPolicy",
    "notify_keyspace_events": "notifyKeyspaceEvents",
    "persistence": "persistence",
    "deletion_protection": "deletionProtection",
    "expires_at": "expiresAt",
    "recover_from_backup": "recoverFromBackup",
    "engine": "engine",
    "engine_version": "version",
}

_PARSED: Mapping[str, tuple[str, Callable[[Any], Any]]] = {
    "setting": ("settings", values.settings),
    "allowed_cidr": ("allowedCidrs", list),
    "backup_schedule": ("backupSchedule", values.schedule),
    "maintenance_window": ("maintenanceWindow", values.window),
}
"""Where what is typed may mean null: an option's own parser could not tell it from what was left out."""


def changes(options: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a change. Raises UsageError if there is none."""
    body = wanted(options)
    if not body:
        raise UsageError(
            "nothing to change was named", code="NOTHING_TO_DO", hint="See: swiftcache instances set --help"
        )
    return body


def _usage(option: str, parse: Callable[[Any], Any], given: Any) -> Any:
    try:
        return parse(given)
    except ValueError as error:
        raise UsageError(f"--{option.replace('_', '-')}: {error}", code="INVALID_VALUE") from None
