"""Dataclasses as the plain values that an item keeps, and back, by the names and types of their fields."""

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cached_property
from typing import Any, Generic, NamedTuple, Protocol, TypeVar, cast

T = TypeVar("T")


class Part(Protocol):
    """How a value inside is kept."""

    def encode(self, value: Any) -> object: ...

    def decode(self, kept: Any) -> Any: ...


class _Field(NamedTuple):
    name: str
    attribute: str
    encode: Callable[[Any], Any]
    decode: Callable[[Any], Any]
    left_out: object


class Codec(Generic[T]):
    """`max_memory` is kept as `maxMemory`, an enumeration by its value, a dataclass as a map, None not at all.

    `names`: fields that are kept under another name. `left_out`: values that are not kept, since the field's default is
    the same. `parts`: how the values of a type, or of the field with a name, are kept, where it is not as said above.
    Whoever renames a field gives its old name here: what is stored stays.
    """

    def __init__(
        self,
        model: type[T],
        *,
        names: Mapping[str, str] | None = None,
        left_out: Mapping[str, object] | None = None,
        parts: Mapping[type | str, Part] | None = None,
    ) -> None:
        self._model = model
        self._names = names or {}
        self._left_out = left_out or {}
        self._parts = parts or {}

    def encode(self, value: T) -> dict[str, Any]:
        kept = {}
        for field in self._fields:
            found = getattr(value, field.name)
            if found is not None and found != field.left_out:
                kept[field.attribute] = field.encode(found)
        return kept

    def decode(self, kept: Mapping[str, Any]) -> T:
        """From values with numbers as Decimal, as `items.plain` gives them. What is not a field's is passed over."""
        found = dict(self._missing)
        for name, attribute, decode in self._decoders:
            value = kept.get(attribute)
            if value is not None:
                found[name] = value if decode is None else decode(value)
        return self._model(**found)

    @cached_property
    def _fields(self) -> list["_Field"]:
        """Read from the types at the first use: a cold start pays only for what it reads or writes."""
        hints = typing.get_type_hints(self._model)
        return [
            _Field(
                name,
                self._names.get(name, _camel(name)),
                *self._both_ways(name, hints[name]),
                self._left_out.get(name),
            )
            for name in self._defaults
        ]

    @cached_property
    def _decoders(self) -> list[tuple[str, str, Callable[[Any], Any] | None]]:
        """None where nothing is to be done: lists decode many."""
        return [
            (field.name, field.attribute, None if field.decode is _as_it_is else field.decode) for field in self._fields
        ]

    @cached_property
    def _missing(self) -> dict[str, None]:
        """Fields that may be None, and have no default that says so."""
        hints = typing.get_type_hints(self._model)
        return {
            name: None
            for name, default in self._defaults.items()
            if default is MISSING and _without_none(hints[name]) is not hints[name]
        }

    @property
    def _defaults(self) -> dict[str, object]:
        found = fields(cast(Any, self._model))
        return {field.name: field.default if field.default_factory is MISSING else None for field in found}

    def _both_ways(self, name: str, hint: Any) -> tuple[Callable[[Any], Any], Callable[[Any], Any]]:
        kind = _without_none(hint)
        part = self._parts.get(name) or self._parts.get(kind)
        if part is not None:
            return part.encode, part.decode
        if kind in (str, bool):
            return _as_it_is, _as_it_is
        if kind is int:
            return _as_it_is, int
        if isinstance(kind, type) and issubclass(kind, Enum):
            return (lambda value: value.value), kind
        if is_dataclass(kind):
            inner: Codec[Any] = Codec(cast(type[Any], kind))
            return inner.encode, inner.decode
        if typing.get_origin(kind) is frozenset:
            return set, frozenset
        if typing.get_origin(kind) is tuple and typing.get_args(kind)[0] is str:
            return list, tuple
        raise TypeError(f"say by `parts` how {self._model.__name__}.{name} is kept: it is {hint}")


def _without_none(hint: Any) -> Any:
    others = [kind for kind in typing.get_args(hint) if kind is not types.NoneType]
    is_optional = typing.get_origin(hint) in (typing.Union, types.UnionType) and len(others) == 1
    return others[0] if is_optional else hint


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def _as_it_is(value: Any) -> Any:
    return value
