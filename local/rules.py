"""The template's Rules: which parameters go together. CloudFormation refuses the others before it makes anything."""

from collections.abc import Iterator, Mapping
from typing import Any

from local.errors import StartupError
from local.template import Template


def complaints(template: Template, given: Mapping[str, str]) -> Iterator[str]:
    """What the rules say against these parameters, the rest having their defaults, in the words of the template."""
    defaults = {name: str(parameter.get("Default", "")) for name, parameter in template.parameters.items()}
    values = {**defaults, **given}
    for rule in template.expanded.get("Rules", {}).values():
        if _holds(rule["RuleCondition"], values):
            for assertion in rule["Assertions"]:
                if not _holds(assertion["Assert"], values):
                    yield str(assertion["AssertDescription"])


def _holds(condition: Mapping[str, Any], values: Mapping[str, str]) -> bool:
    """Of CloudFormation's functions for rules those that the template uses."""
    match condition:
        case {"Fn::Equals": [left, right]}:
            return _value(left, values) == _value(right, values)
        case {"Fn::And": [*each]}:
            return all(_holds(one, values) for one in each)
        case {"Fn::Or": [*each]}:
            return any(_holds(one, values) for one in each)
        case {"Fn::Not": [one]}:
            return not _holds(one, values)
    raise StartupError(f"template.yaml: local/rules.py does not know this condition of a rule: {dict(condition)}")


def _value(said: Any, values: Mapping[str, str]) -> str:
    return values[said["Ref"]] if isinstance(said, dict) else str(said)
