"""What a route is given besides its parameters: who asks, and the service that does the work.

    Service = Annotated[InstanceService, provided(instance_service)]

    @api.get(…)
    def get_instance(instance_id: str, service: Service, caller: CurrentCaller) -> GetInstanceResponse: …

Powertools resolves these for each request. What they are built from is the injector that the handler was called with.
"""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from aws_lambda_powertools.event_handler import Depends
from aws_lambda_powertools.event_handler.request import Request

from swiftcache.access.identity import Caller
from swiftcache.platform.injector import Injector

T = TypeVar("T")


def current_caller(request: Request) -> Caller:
    caller: Caller = request.context["caller"]
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]
"""Who sends the request. Only for routes that are not public."""


def current_event(request: Request) -> dict[str, Any]:
    event: dict[str, Any] = request.resolved_event.raw_event
    return event


CurrentEvent = Annotated[dict[str, Any], Depends(current_event)]
"""The request as API Gateway brought it (payload format 2.0)."""


def provided(provider: Callable[[Injector], T]) -> Depends:
    """What this provider builds."""

    def build(request: Request) -> object:
        return provider(request.context["injector"])

    return Depends(build)
