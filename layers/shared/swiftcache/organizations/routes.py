"""Organizations: create, list, get, change, suspend, resume, delete; their usage and audit log."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from swiftcache.access.audit import Action
from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import ORGANIZATIONS
from swiftcache.organizations.audit_log import AuditService
from swiftcache.organizations.contract import (
    ChangeOrganizationRequest,
    CreateOrganizationRequest,
    CreateOrganizationResponse,
    DeleteOrganizationResponse,
    ListAuditResponse,
    ListOrganizationsResponse,
    OrganizationBody,
    OrganizationResponse,
    Time,
    UsageResponse,
)
from swiftcache.organizations.model import DEFAULT_LIMITS, AuditFilter
from swiftcache.organizations.service import OrganizationService
from swiftcache.organizations.wiring import audit_service, organization_service
from swiftcache.platform.timestamps import timestamp

Audit = Annotated[AuditService, provided(audit_service)]
Service = Annotated[OrganizationService, provided(organization_service)]

ORGANIZATION = f"{ORGANIZATIONS}/<organization_id>"
_TAG = "organizations"


@api.post(
    ORGANIZATIONS,
    status_code=201,
    **documented(
        "createOrganization",
        "The organization, its owner, and the owner's account key, shown this once",
        201,
        CreateOrganizationResponse,
        body=True,
        tag=_TAG,
    ),
)
def create_organization(
    request: Annotated[CreateOrganizationRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[CreateOrganizationResponse]:
    limits = request.limits.limits().over(DEFAULT_LIMITS) if request.limits else DEFAULT_LIMITS
    created = service.create(caller, request.name, limits)
    return Response(
        status_code=HTTPStatus.CREATED,
        content_type="application/json",
        headers={"Location": f"{ORGANIZATIONS}/{created.organization.id}"},
        body=CreateOrganizationResponse.of(created),
    )


@api.get(
    ORGANIZATIONS,
    **documented("listOrganizations", "All organizations", 200, ListOrganizationsResponse, tag=_TAG),
)
def list_organizations(
    service: Service, limit: Annotated[int, Query(ge=1, le=100)] = 100, cursor: Annotated[str | None, Query()] = None
) -> ListOrganizationsResponse:
    return ListOrganizationsResponse.of(service.page(limit, cursor))


@api.get(
    ORGANIZATION,
    **documented("getOrganization", "The organization", 200, OrganizationResponse, 404, tag=_TAG),
)
def get_organization(organization_id: str, service: Service, caller: CurrentCaller) -> OrganizationResponse:
    return OrganizationResponse.of(service.get(caller, organization_id))


@api.patch(
    ORGANIZATION,
    **documented("changeOrganization", "The changed organization", 200, OrganizationResponse, 404, body=True, tag=_TAG),
)
def change_organization(
    organization_id: str, request: Annotated[ChangeOrganizationRequest, Body()], service: Service, caller: CurrentCaller
) -> OrganizationResponse:
    limits = request.limits.limits() if request.limits else None
    return OrganizationResponse.of(service.change(caller, organization_id, request.name, limits))


@api.delete(
    ORGANIZATION,
    status_code=202,
    **documented(
        "deleteOrganization", "The deletion is under way", 202, DeleteOrganizationResponse, 404, 409, tag=_TAG
    ),
)
def delete_organization(
    organization_id: str, service: Service, caller: CurrentCaller
) -> Response[DeleteOrganizationResponse]:
    organization = service.delete(caller, organization_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=DeleteOrganizationResponse(organization=OrganizationBody.of(organization)),
    )


@api.post(
    f"{ORGANIZATION}/suspend",
    **documented(
        "suspendOrganization",
        "Suspended: its account keys do not work any more, its instances are being deleted",
        200,
        OrganizationResponse,
        404,
        409,
        tag=_TAG,
    ),
)
def suspend_organization(organization_id: str, service: Service, caller: CurrentCaller) -> OrganizationResponse:
    return OrganizationResponse.of(service.suspend(caller, organization_id))


@api.post(
    f"{ORGANIZATION}/resume",
    **documented(
        "resumeOrganization", "Active: its account keys work again", 200, OrganizationResponse, 404, 409, tag=_TAG
    ),
)
def resume_organization(organization_id: str, service: Service, caller: CurrentCaller) -> OrganizationResponse:
    return OrganizationResponse.of(service.resume(caller, organization_id))


@api.get(
    f"{ORGANIZATION}/usage",
    **documented("getUsage", "What it may have, has, and may still take", 200, UsageResponse, 404, tag=_TAG),
)
def get_usage(organization_id: str, service: Service, caller: CurrentCaller) -> UsageResponse:
    return UsageResponse.of(service.get(caller, organization_id))


@api.get(
    f"{ORGANIZATION}/audit",
    **documented("listAudit", "Who did what, the newest first", 200, ListAuditResponse, 404, tag=_TAG),
)
def list_audit(
    organization_id: str,
    audit: Audit,
    caller: CurrentCaller,
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
    cursor: Annotated[str | None, Query()] = None,
    instance_id: Annotated[str | None, Query(alias="instanceId")] = None,
    action: Annotated[Action | None, Query()] = None,
    target_id: Annotated[str | None, Query(alias="targetId")] = None,
    member_id: Annotated[str | None, Query(alias="memberId")] = None,
    since: Annotated[Time | None, Query()] = None,
    until: Annotated[Time | None, Query()] = None,
) -> ListAuditResponse:
    from_on, before = (timestamp(at) if at else None for at in (since, until))
    wanted = AuditFilter(action, instance_id, target_id, member_id, from_on, before)
    page = audit.page(caller, organization_id, limit, cursor, wanted)
    return ListAuditResponse.of(page)
