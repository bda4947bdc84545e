"""How settings look in the API: by Redis's own names, as in redis.conf."""

import json
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from swiftcache.api.body import RequestBody, whole
from swiftcache.instances.settings import NOTIFY, SETTINGS, Number, Switch, Value


class _SettingsBase(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)


def _values(kind: Number | Switch) -> Any:
    if isinstance(kind, Switch):
        return bool
    return Annotated[int, Field(ge=kind.least, le=kind.most), BeforeValidator(whole)]


def _asked(name: str, kind: Number | Switch) -> Any:
    # The limits innermost: elsewhere the schema has them by pydantic's names, which JSON Schema does not know.
    # The default in words: what is left out of a change stays as it is.
    about = f"{kind.about}; null is {json.dumps(kind.default)}"
    return Annotated[_values(kind) | None, Field(alias=name, description=about)]


def _shown(name: str, kind: Number | Switch) -> Any:
    return Annotated[_values(kind), Field(alias=name, description=kind.about)]


def _field(name: str) -> str:
    return name.replace("-", "_")


_ASKED: dict[str, Any] = {_field(name): (_asked(name, kind), None) for name, kind in SETTINGS.items()}
_SHOWN: dict[str, Any] = {_field(name): (_shown(name, kind), ...) for name, kind in SETTINGS.items()}

if TYPE_CHECKING:

    class SettingsRequest(RequestBody): ...

    class SettingsBody(_SettingsBase): ...

else:
    SettingsRequest = create_model(
        "SettingsRequest",
        __base__=RequestBody,
        __doc__="Settings of Redis, by its own names. What is left out stays as it is, and null is the default.",
        **_ASKED,
    )
    SettingsBody = create_model(
        "SettingsBody", __base__=_SettingsBase, __doc__="Settings of Redis, by its own names.", **_SHOWN
    )

_ANY, _WHERE, _WHAT = "[g$lshzxetdAmnKE]*", "[KE]", "[g$lshzxetdAmn]"

Flags = Annotated[
    str,
    # The domain checks the flags: it says better what is wrong.
    Field(
        max_length=32,
        json_schema_extra={"pattern": f"^({_ANY}{_WHERE}{_ANY}{_WHAT}{_ANY}|{_ANY}{_WHAT}{_ANY}{_WHERE}{_ANY})?$"},
    ),
]
EVENTS = "Redis's flags for keyspace notifications, such as `Kg$` or `AKE`; empty: none are told"


def settings_given(settings: BaseModel | None, events: str | None) -> dict[str, Value | None]:
    """What of a SettingsRequest was sent, by Redis's names, with the flags of events unless None."""
    found: dict[str, Value | None] = settings.model_dump(by_alias=True, exclude_unset=True) if settings else {}
    return found if events is None else {**found, NOTIFY: events}
