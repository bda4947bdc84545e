"""How newer images come to the fleet, for the operator: looking, going on, giving up, going back."""

from typing import Annotated

from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import ROLLOUTS
from swiftcache.rollouts.contract import ListRolloutsResponse, RolloutResponse
from swiftcache.rollouts.service import RolloutService
from swiftcache.rollouts.wiring import rollout_service

Service = Annotated[RolloutService, provided(rollout_service)]

ROLLOUT = f"{ROLLOUTS}/<rollout_id>"
_TAG = "operations"


@api.get(
    ROLLOUTS,
    **documented(
        "listRollouts", "All rollouts, newest first; the first may go on", 200, ListRolloutsResponse, tag=_TAG
    ),
)
def list_rollouts(service: Service) -> ListRolloutsResponse:
    return ListRolloutsResponse.of(service.all())


@api.post(
    f"{ROLLOUT}/resume",
    **documented(
        "resumeRollout", "It goes on, and does not stop for what is known", 200, RolloutResponse, *(404, 409), tag=_TAG
    ),
)
def resume_rollout(rollout_id: str, service: Service, caller: CurrentCaller) -> RolloutResponse:
    return RolloutResponse.of(service.resume(caller, rollout_id))


@api.post(
    f"{ROLLOUT}/abandon",
    **documented(
        "abandonRollout",
        "It is given up: what has not begun is withdrawn, and its target is not begun again",
        200,
        RolloutResponse,
        *(404, 409),
        tag=_TAG,
    ),
)
def abandon_rollout(rollout_id: str, service: Service, caller: CurrentCaller) -> RolloutResponse:
    return RolloutResponse.of(service.abandon(caller, rollout_id))


@api.post(
    f"{ROLLOUT}/undo",
    **documented(
        "undoRollout",
        "It is undone: who runs its version goes back, at once, to an earlier patch of the line that is deployed",
        200,
        RolloutResponse,
        *(404, 409),
        tag=_TAG,
    ),
)
def undo_rollout(rollout_id: str, service: Service, caller: CurrentCaller) -> RolloutResponse:
    return RolloutResponse.of(service.undo(caller, rollout_id))
