"""Shorter ways for moto to the same answers: what it does for every request was most of what the stack did.

moto sorts the whole table for each Query and then drops the other partitions, adds up the size of an item again for
each of its attributes, and looks for ten possible types in each value of an answer. For each request it lists the
methods of a class, and draws the 52 letters of an id one by one. A template that is JSON it reads as YAML, with a
parser that is written in Python: two fifths of what a stack's start took. Of what was left, half was to make a thousand
images of EC2's, which nothing here starts, and pairs of RSA keys for what KMS encrypts with one key.
"""

import copy
import json
import secrets
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from typing import Any
from unittest.mock import patch

from moto.cloudformation.models import Stack
from moto.core.serialize import BaseJSONSerializer
from moto.core.utils import method_names_from_class
from moto.dynamodb.comparisons import get_comparison_func
from moto.dynamodb.exceptions import ItemSizeTooLarge
from moto.dynamodb.models.dynamo_type import DynamoType, Item, LimitedSizeDict
from moto.dynamodb.models.table import Table
from moto.kms.utils import AbstractPrivateKey, generate_private_key

from local.aws import update_expressions

_ITEM_LIMIT = 405_000
"""moto's own limit of an item, in bytes; DynamoDB's is between 400 and 410 KB."""

_INDEX_NAME = 4
"""Where the name of the index is among the arguments that moto gives to Table.query after the range."""

_TEXTS = frozenset({"S", "N"})
_AS_THEY_ARE = frozenset({"BOOL", "NULL", "SS", "NS"})

Conditions = list[tuple[str, str, list[DynamoType]]]


def extend(patches: ExitStack) -> None:
    """Lead moto's DynamoDB along these ways; its own functions are still what answers."""
    patches.enter_context(patch.object(Table, "query", _narrow(Table.query)))
    patches.enter_context(patch.object(LimitedSizeDict, "__setitem__", _set_item))
    serialize = BaseJSONSerializer._serialize_type_structure
    patches.enter_context(patch.object(BaseJSONSerializer, "_serialize_type_structure", _plainly(serialize)))
    update_expressions.extend(patches)
    patches.enter_context(patch("moto.core.responses.method_names_from_class", cache(method_names_from_class)))
    parse = staticmethod(_json_first(Stack.parse_template))
    patches.enter_context(patch.object(Stack, "parse_template", parse))
    patches.enter_context(patch("moto.settings.ec2_load_default_amis", return_value=False))
    patches.enter_context(patch("moto.kms.models.generate_private_key", _private_key))
    for module in ("moto.core.responses", "moto.utilities.aws_headers"):
        patches.enter_context(patch(f"{module}.gen_amzn_requestid_long", _request_id))


def _json_first(parse: Callable[[str], dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
    def parsed(template: str) -> dict[str, Any]:
        try:
            found: dict[str, Any] = json.loads(template)
        except ValueError:
            return parse(template)
        return found

    return parsed


def _private_key(spec: str) -> AbstractPrivateKey | None:
    """A symmetric key, with which nobody signs, has none."""
    return None if spec == "SYMMETRIC_DEFAULT" else generate_private_key(spec)


def _request_id(headers: dict[str, Any] | None = None) -> str:
    made = secrets.token_hex(26).upper()
    if headers is not None:
        headers["x-amzn-requestid"] = made
    return made


def _narrow(query: Callable[..., Any]) -> Callable[..., Any]:
    def narrow(
        table: Table,
        hash_key: DynamoType,
        range_comparison: str | None,
        range_objs: list[DynamoType],
        *args: Any,
        hash_key_conditions: list[tuple[str, DynamoType]],
        range_key_conditions: Conditions,
        **options: Any,
    ) -> Any:
        """Table.query, as of a table that has nothing but what the key conditions name."""
        range_name = table.range_key_attr
        if range_name is None:
            found = table.all_items()
        elif args[_INDEX_NAME] is None:
            found = list(table.items.get(hash_key, {}).values())
            if range_comparison:
                found = _in_range(found, range_name, range_comparison, range_objs)
        else:
            found = _with_hash_keys(table, hash_key_conditions)
            for name, comparison, wanted in range_key_conditions:
                found = _in_range(found, name, comparison, wanted)
        narrowed: Any = copy.copy(table)
        narrowed.all_items = lambda: found
        conditions = {"hash_key_conditions": hash_key_conditions, "range_key_conditions": range_key_conditions}
        return query(narrowed, hash_key, range_comparison, range_objs, *args, **conditions, **options)

    return narrow


def _with_hash_keys(table: Table, conditions: list[tuple[str, DynamoType]]) -> list[Item]:
    partitions: Any = table.items.values()
    found: list[Item] = [item for partition in partitions for item in partition.values()]
    for name, wanted in conditions:
        found = [item for item in found if (value := item.attrs.get(name)) is not None and value == wanted]
    return found


def _in_range(items: list[Item], name: str, comparison: str, wanted: list[DynamoType]) -> list[Item]:
    compare, values = get_comparison_func(comparison), [each.cast_value for each in wanted]
    return [item for item in items if name in item.attrs and compare(item.attrs[name].cast_value, *values)]


def _set_item(item: LimitedSizeDict, key: str, value: Any) -> None:
    """Notes how much was ever set, and adds up what there is only when that could be too much."""
    noted, added = vars(item), _size(key) + _size(value)
    before = noted["most"] if "most" in noted else _sum(item, key)
    if before + added > _ITEM_LIMIT:
        before = _sum(item, key)
        if before + added > _ITEM_LIMIT:
            raise ItemSizeTooLarge
    noted["most"] = before + added
    dict.__setitem__(item, key, value)


def _sum(item: LimitedSizeDict, replaced: str) -> int:
    return sum(_size(name) + _size(value) for name, value in item.items() if name != replaced)


def _size(value: Any) -> int:
    return value.size() if type(value) is DynamoType else len(str(value).encode())


def _plainly(serialize: Callable[..., None]) -> Callable[..., None]:
    def serialized(serializer: Any, target: Any, value: Any, shape: Any, key: str) -> None:
        """A value of DynamoDB says itself of which type it is."""
        plain = _plain(value) if shape.name == "AttributeValue" and key else None
        if plain is None:
            serialize(serializer, target, value, shape, key)
        else:
            target[serializer.get_serialized_name(shape, key)] = plain

    return serialized


def _plain(value: Any) -> dict[str, Any] | None:
    """A value as it goes over the wire; None for one with binary contents, which is left to moto."""
    if type(value) is DynamoType:
        kind, content = value.type, value.value
    elif isinstance(value, dict) and len(value) == 1:
        kind, content = next(iter(value.items()))
    else:
        return None
    if kind in _TEXTS:
        return {kind: str(content)}
    if kind in _AS_THEY_ARE:
        return {kind: list(content) if isinstance(content, list | set | tuple) else content}
    if kind == "M":
        inner = {name: _plain(each) for name, each in content.items()}
        return None if None in inner.values() else {kind: inner}
    if kind == "L":
        listed = [_plain(each) for each in content]
        return None if None in listed else {kind: listed}
    return None
