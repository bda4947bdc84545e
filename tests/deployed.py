"""What a deployment with given parameters makes of the template: its conditions decided, its references as they are."""

import re
from collections.abc import Mapping
from typing import Any

from tests.expanded import expanded

Json = dict[str, Any]

NO_VALUE = {"Ref": "AWS::NoValue"}


def deployed(**given: str) -> dict[str, Json]:
    """The resources that there are with these parameters, the others having their defaults."""
    template = expanded()
    parameters = {name: str(found.get("Default", "")) for name, found in template.parameters.items()} | given
    conditions: Mapping[str, Json] = template.expanded["Conditions"]
    there = {
        name: found
        for name, found in template.resources.items()
        if "Condition" not in found or _holds({"Condition": found["Condition"]}, conditions, parameters)
    }
    return {name: _decided(found, conditions, parameters) for name, found in there.items()}


def _holds(said: Json, conditions: Mapping[str, Json], parameters: Mapping[str, str]) -> bool:
    match said:
        case {"Condition": name}:
            return _holds(conditions[name], conditions, parameters)
        case {"Fn::Equals": [left, right]}:
            return bool(_value(left, parameters) == _value(right, parameters))
        case {"Fn::Not": [one]}:
            return not _holds(one, conditions, parameters)
        case {"Fn::And": each}:
            return all(_holds(one, conditions, parameters) for one in each)
    raise AssertionError(f"a condition of another kind: {said}")


def _value(said: Any, parameters: Mapping[str, str]) -> Any:
    match said:
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::Sub": text}:
            return re.sub(r"\$\{(\w+)\}", lambda found: parameters[found[1]], text)
        case {"Fn::Split": [mark, text]}:
            return _value(text, parameters).split(mark)
        case {"Fn::Select": [place, values]}:
            return _value(values, parameters)[place]
        case {"Fn::Join": [mark, values]}:
            return mark.join(_value(one, parameters) for one in values)
    return str(said)


def _decided(value: Any, conditions: Mapping[str, Json], parameters: Mapping[str, str]) -> Any:
    match value:
        case {"Fn::If": [name, yes, no]}:
            chosen = yes if _holds({"Condition": name}, conditions, parameters) else no
            return _decided(chosen, conditions, parameters)
        case dict():
            found = {name: _decided(one, conditions, parameters) for name, one in value.items()}
            return {name: one for name, one in found.items() if one != NO_VALUE}
        case list():
            return [one for one in (_decided(one, conditions, parameters) for one in value) if one != NO_VALUE]
    return value
