"""What a restore would do."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body

from swiftcache.access.ownership import check_own_organization
from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import BACKUPS
from swiftcache.backups.plan import RestorePlanner
from swiftcache.backups.plan_contract import PlanRestoreRequest, RestorePlanBody, RestorePlanResponse
from swiftcache.backups.proof_wiring import restore_planner
from swiftcache.platform.network import makes_private_tasks

Planner = Annotated[RestorePlanner, provided(restore_planner)]
Private = Annotated[bool, provided(makes_private_tasks)]


@api.post(
    f"{BACKUPS}/<backup_id>/plan",
    **documented("planRestore", "What making an instance from it would do", 200, RestorePlanResponse, 404, body=True),
)
def plan_restore(
    backup_id: str,
    request: Annotated[PlanRestoreRequest, Body()],
    planner: Planner,
    private: Private,
    caller: CurrentCaller,
) -> RestorePlanResponse:
    if request.organization_id is not None:
        check_own_organization(caller, request.organization_id)
    backup = planner.find(caller, backup_id)
    asked = request.restore_request(backup_id)
    plan = planner.plan(backup, request.new_instance(caller.organization_id, backup), asked)
    keys = len(backup.source.keys) if backup.source and asked.keys else 0
    return RestorePlanResponse(plan=RestorePlanBody.of(plan, keys, is_public=not private))
