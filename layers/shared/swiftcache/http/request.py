"""What the handler knows of a request before its route runs."""

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from swiftcache.domain.organization import Caller


def caller_of(router: APIGatewayHttpRouter) -> Caller:
    """Who sends the request. Only for routes that are not public."""
    caller: Caller = router.context["caller"]
    return caller
