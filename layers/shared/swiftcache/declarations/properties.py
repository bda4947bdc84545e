"""The properties of `Custom::SwiftCacheInstance`, and how CloudFormation's strings are read.

CloudFormation sends numbers and booleans as strings, so each property says what it is.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from swiftcache.declarations.model import DeclarationRefused
from swiftcache.instances.settings import SETTINGS, Switch, canonical_events
from swiftcache.platform.errors import InvalidRequest

Values = dict[str, Any]
"""Values by the properties' names, each as the API has it."""

Read = Callable[[str, object], object]


@dataclass(frozen=True, slots=True)
class Property:
    """`field` is the API's name of it. `fixed`: only another instance can have another value.

    `default` is what it is again when it is taken out of a template; `kept`: then it stays as it is.
    """

    field: str
    read: Read
    required: bool = False
    fixed: bool = False
    default: object = None
    kept: bool = False


def refused(name: str, why: str) -> DeclarationRefused:
    return DeclarationRefused(f"INVALID_PROPERTY: {name} {why}")


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise refused(name, "is a text")
    return value


def _number(name: str, value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(_text(name, value))
    except ValueError:
        raise refused(name, f"is a whole number; this is {value!r}") from None


def _yes_or_no(name: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "false": False}
    if (found := words.get(_text(name, value).lower())) is None:
        raise refused(name, f"is true or false; this is {value!r}")
    return found


def _time(name: str, value: object) -> str:
    text = _text(name, value)
    try:
        zone = datetime.fromisoformat(text).tzinfo
    except ValueError:
        zone = None
    if zone is None:
        raise refused(name, f"is a time with its zone (RFC 3339), such as 2027-01-31T12:00:00Z; this is {text!r}")
    return text


def _events(name: str, value: object) -> str:
    try:
        return canonical_events(_text(name, value))
    except InvalidRequest as error:
        raise refused(name, f"is not as Redis wants it: {error}") from None


def _object(name: str, value: object, known: Mapping[str, tuple[str, Read]]) -> dict[str, object]:
    if not isinstance(value, Mapping):
        raise refused(name, f"is an object with {', '.join(known)}")
    if unknown := sorted(set(value) - set(known)):
        raise refused(f"{name}.{unknown[0]}", f"is not known; there are {', '.join(known)}")
    return {field: read(f"{name}.{key}", value[key]) for key, (field, read) in known.items() if key in value}


_SETTINGS: Mapping[str, tuple[str, Read]] = {
    name: (name, _yes_or_no if isinstance(kind, Switch) else _number) for name, kind in SETTINGS.items()
}
_SCHEDULE: Mapping[str, tuple[str, Read]] = {
    "Every": ("every", _text),
    "At": ("at", _text),
    "Keep": ("keep", _number),
}
_WINDOW: Mapping[str, tuple[str, Read]] = {"Day": ("day", _text), "At": ("at", _text), "Hours": ("hours", _number)}


def _texts(name: str, value: object) -> list[str]:
    if not isinstance(value, list):
        raise refused(name, "is a list of texts")
    return [_text(f"{name}.{number}", each) for number, each in enumerate(value)]


def _settings(name: str, value: object) -> dict[str, object]:
    return _object(name, value, _SETTINGS)


def _schedule(name: str, value: object) -> dict[str, object]:
    return {"at": None, **_object(name, value, _SCHEDULE)}


def _window(name: str, value: object) -> dict[str, object]:
    return {"day": None, **_object(name, value, _WINDOW)}


PROPERTIES: Mapping[str, Property] = {
    "Name": Property("name", _text, required=True),
    "MaxMemory": Property("maxMemory", _number, required=True),
    "Region": Property("region", _text, required=True, fixed=True),
    "EvictionPolicy": Property("evictionPolicy", _text, default="allkeys-lru"),
    "NotifyKeyspaceEvents": Property("notifyKeyspaceEvents", _events, default=""),
    "Settings": Property("settings", _settings, default={}),
    "Persistence": Property("persistence", _yes_or_no, fixed=True),
    "DeletionProtection": Property("deletionProtection", _yes_or_no, default=False),
    "ExpiresAt": Property("expiresAt", _time),
    "BackupSchedule": Property("backupSchedule", _schedule),
    "MaintenanceWindow": Property("maintenanceWindow", _window),
    "RecoverFromBackup": Property("recoverFromBackup", _yes_or_no, default=False),
    "RestoreFrom": Property("restoreFrom", _text, fixed=True),
    "RestoreKeys": Property("restoreKeys", _yes_or_no, fixed=True),
    "Engine": Property("engine", _text, kept=True),
    "Version": Property("version", _text, kept=True),
    "AllowedCidrs": Property("allowedCidrs", _texts, kept=True),
}
"""What an instance is, by CloudFormation's name of it."""

FINAL_BACKUP = ("none", "best-effort", "required")

_ABOUT_IT: Mapping[str, Read] = {"AllowEviction": _yes_or_no, "FinalBackup": _text, "Refresh": _text}
"""What a change or a deletion may do, and a text that only asks for another look."""

_NOT_OURS = frozenset({"ServiceToken", "ServiceTimeout"})


def read(properties: Mapping[str, object]) -> Values:
    """What is declared of the instance. Raises DeclarationRefused."""
    known = [*PROPERTIES, *_ABOUT_IT]
    if unknown := sorted(set(properties) - set(known) - _NOT_OURS):
        raise refused(unknown[0], f"is not known; there are {', '.join(known)}")
    if missing := [name for name, found in PROPERTIES.items() if found.required and name not in properties]:
        raise refused(missing[0], "is missing")
    for name, check in _ABOUT_IT.items():
        if name in properties:
            check(name, properties[name])
    return {name: found.read(name, properties[name]) for name, found in PROPERTIES.items() if name in properties}


def read_leniently(properties: Mapping[str, object]) -> Values:
    """The same of a template that is no longer in force: what was wrong in it matters to nobody."""
    found: Values = {}
    for name, kind in PROPERTIES.items():
        if name in properties:
            try:
                found[name] = kind.read(name, properties[name])
            except DeclarationRefused:
                continue
    return found


def creation_body(organization_id: str, values: Values) -> dict[str, Any]:
    """What POST /instances takes: what is declared, and nothing besides, since a backup may say the rest."""
    return {"organizationId": organization_id} | {PROPERTIES[name].field: value for name, value in values.items()}


def allows_eviction(properties: Mapping[str, object]) -> bool:
    return "AllowEviction" in properties and _yes_or_no("AllowEviction", properties["AllowEviction"])


def final_backup(properties: Mapping[str, object]) -> str:
    """How the instance is to be deleted. Raises DeclarationRefused."""
    wanted = _text("FinalBackup", properties.get("FinalBackup", "none"))
    if wanted not in FINAL_BACKUP:
        raise refused("FinalBackup", f"is one of {', '.join(FINAL_BACKUP)}; this is {wanted!r}")
    return wanted
