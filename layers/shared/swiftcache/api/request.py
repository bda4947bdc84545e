"""What the handler knows of a request before its route runs."""

from swiftcache.access.identity import Caller
from swiftcache.api.resolver import api


def current_caller() -> Caller:
    """Who sends the request. Only for routes that are not public."""
    caller: Caller = api.context["caller"]
    return caller
