"""The query of a request: only parameters that its route declares, each of them once.

What is not declared is refused, as an unknown field of a body is: a filter that is misspelt must not become no filter.
"""

from collections.abc import Collection, Iterator
from http import HTTPStatus
from urllib.parse import parse_qsl

from swiftcache.api.body_guard import Refused
from swiftcache.api.names import unknown
from swiftcache.platform.errors import InvalidRequest


def check_query(raw: str, declared: Collection[str]) -> None:
    """`raw` is the query as it was sent, `declared` are the names that the route declares. Raises Refused, a 422."""
    given = [name for name, _ in parse_qsl(raw, keep_blank_values=True)]
    if faults := list(_faults(given, declared)):
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            InvalidRequest.code,
            "; ".join(f"{name}: {detail}" for name, detail in faults),
            faults,
        )


def _faults(given: list[str], declared: Collection[str]) -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys(given):
        if name not in declared:
            yield name, unknown("parameter", name, declared)
        elif given.count(name) > 1:
            yield name, f"this parameter is there {given.count(name)} times; send it once, with one value"
