"""What the OpenAPI document declares."""

import json

from local.openapi import document


def query_parameters() -> list[tuple[str, str]]:
    """Each route that has query parameters, with the name of each."""
    return [
        (f"{method.upper()} {path}", parameter["name"])
        for path, operations in json.loads(document())["paths"].items()
        for method, operation in operations.items()
        for parameter in operation.get("parameters", [])
        if parameter["in"] == "query"
    ]
