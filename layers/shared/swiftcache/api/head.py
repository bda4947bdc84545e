"""HEAD: the function answers it as GET, and API Gateway leaves the body away."""

from typing import Any

from swiftcache.api.routes import HEADS


def as_read(event: dict[str, Any]) -> dict[str, Any]:
    """A HEAD as the GET that answers it; any other request as it is."""
    route = HEADS.get(event["routeKey"])
    if route is None:
        return event
    request = event["requestContext"]
    return {**event, "routeKey": route, "requestContext": {**request, "http": {**request["http"], "method": "GET"}}}
