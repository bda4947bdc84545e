"""Path parameters in the OpenAPI document: named as everything else on the wire, and not as Python's arguments are."""

import re

from aws_lambda_powertools.event_handler.openapi.models import OpenAPI, Operation, Parameter, ParameterInType, PathItem
from pydantic.alias_generators import to_camel

_ARGUMENT = re.compile(r"{(\w+)}")


def with_path_names(document: OpenAPI) -> OpenAPI:
    """The same document, with `{instanceId}` for `{instance_id}`, and so on."""
    document.paths = {_in_camel_case(path): item for path, item in (document.paths or {}).items()}
    for item in document.paths.values():
        for parameter in _parameters(item):
            parameter.name = to_camel(parameter.name)
    return document


def _in_camel_case(path: str) -> str:
    return _ARGUMENT.sub(lambda found: f"{{{to_camel(found[1])}}}", path)


def _parameters(item: PathItem) -> list[Parameter]:
    """Those of its paths, in all of its operations."""
    return [
        parameter
        for _, operation in item
        if isinstance(operation, Operation)
        for parameter in operation.parameters or []
        if isinstance(parameter, Parameter) and parameter.in_ is ParameterInType.path
    ]
