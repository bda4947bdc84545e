"""From what is declared to what is to be done: nothing, a change in place, or another instance."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from swiftcache.declarations.properties import PROPERTIES, Values
from swiftcache.instances.settings import SETTINGS

Body = Mapping[str, Any]
"""An instance as the API shows it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """`replacing` are the properties that only another instance can have; `body` is what PATCH takes, empty if nothing
    is to change; `drift` is what was found otherwise than the template before had it."""

    replacing: tuple[str, ...] = ()
    body: Body = field(default_factory=dict)
    drift: tuple[str, ...] = ()


def plan(before: Values, wanted: Values, instance: Body) -> Plan:
    """`before` is what the template in force declares, `wanted` what the next one does.

    What is wanted is compared with the instance and not with the template before, so what somebody has changed by hand
    becomes as declared. What neither template has is left to whoever changed it. What is left out replaces nothing.
    """
    replacing = tuple(
        name for name, value in wanted.items() if PROPERTIES[name].fixed and _differs(name, value, instance)
    )
    drift = tuple(
        f"{name}: declared {value!r}, found {_shown(name, value, instance)!r}"
        for name, value in before.items()
        if _differs(name, value, instance)
    )
    return Plan(replacing, _changes(before, wanted, instance), drift)


def _changes(before: Values, wanted: Values, instance: Body) -> dict[str, Any]:
    goals = dict(wanted)
    for name in before:
        if name not in wanted and not (PROPERTIES[name].fixed or PROPERTIES[name].kept):
            goals[name] = PROPERTIES[name].default
    body = {
        PROPERTIES[name].field: value
        for name, value in goals.items()
        if name != "Settings" and not PROPERTIES[name].fixed and _differs(name, value, instance)
    }
    if settings := dict(_settings(before.get("Settings", {}), goals.get("Settings", {}), instance)):
        body["settings"] = settings
    # A version is one of an engine.
    if "version" in body and "Engine" in goals:
        body["engine"] = goals["Engine"]
    return body


def _settings(before: Values, wanted: Values, instance: Body) -> Iterator[tuple[str, Any]]:
    for name, value in wanted.items():
        if instance["settings"][name] != value:
            yield name, value
    for name in before:
        if name not in wanted and instance["settings"][name] != SETTINGS[name].default:
            yield name, None


def _differs(name: str, value: Any, instance: Body) -> bool:
    found = _found(name, instance)
    match name:
        case "Settings":
            return any(found[setting] != wanted for setting, wanted in value.items())
        case "ExpiresAt":
            return _moment(value) != _moment(found)
        case "Version":
            # A line, 7.2, or one exactly; null until the instance was asked.
            return found is not None and found != value and not found.startswith(f"{value}.")
        case "RestoreKeys":
            return False  # of the backup that it was made from
    return bool(found != value)


def _found(name: str, instance: Body) -> Any:
    return instance["restoredFrom"] if name == "RestoreFrom" else instance.get(PROPERTIES[name].field)


def _shown(name: str, value: Any, instance: Body) -> Any:
    found = _found(name, instance)
    return {setting: found[setting] for setting in value} if name == "Settings" else found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
