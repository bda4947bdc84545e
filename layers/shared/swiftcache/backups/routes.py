"""Backups: take, list, get, delete."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import BACKUPS, INSTANCES, ORGANIZATIONS
from swiftcache.backups.contract import (
    BackupBody,
    CreateBackupRequest,
    DeleteBackupResponse,
    DeletingBackupBody,
    GetBackupResponse,
    ListBackupsResponse,
)
from swiftcache.backups.service import BackupService
from swiftcache.backups.wiring import backup_service

Service = Annotated[BackupService, provided(backup_service)]
Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query()]

OF_INSTANCE = f"{INSTANCES}/<instance_id>/backups"
BACKUP = f"{BACKUPS}/<backup_id>"

_POLL_SECONDS = "1"


@api.post(
    OF_INSTANCE,
    status_code=202,
    **documented(
        "createBackup",
        "The backup, CREATING; it will be AVAILABLE, or FAILED with the reason",
        202,
        GetBackupResponse,
        404,
        409,
        body=True,
        tag="backups",
        leads_to=each("getBackup deleteBackup", backupId="$response.body#/backup/id"),
    ),
)
def create_backup(
    instance_id: str, request: Annotated[CreateBackupRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[GetBackupResponse]:
    backup = service.create(caller, instance_id, request.new_backup())
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"{BACKUPS}/{backup.id}", "Retry-After": _POLL_SECONDS},
        body=GetBackupResponse(backup=BackupBody.of(backup)),
    )


@api.get(
    OF_INSTANCE,
    **documented(
        "listBackups", "The instance's backups, the newest first", 200, ListBackupsResponse, 404, tag="backups"
    ),
)
def list_backups(
    instance_id: str, service: Service, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> ListBackupsResponse:
    return ListBackupsResponse.of(service.of_instance(caller, instance_id, limit, cursor))


@api.get(
    f"{ORGANIZATIONS}/<organization_id>/backups",
    **documented(
        "listOrganizationBackups",
        "The organization's backups, those of deleted instances too, the newest first",
        200,
        ListBackupsResponse,
        404,
        tag="backups",
    ),
)
def list_organization_backups(
    organization_id: str, service: Service, caller: CurrentCaller, limit: Limit = 100, cursor: Cursor = None
) -> ListBackupsResponse:
    return ListBackupsResponse.of(service.of_organization(caller, organization_id, limit, cursor))


@api.get(BACKUP, **documented("getBackup", "The backup", 200, GetBackupResponse, 404, tag="backups"))
def get_backup(backup_id: str, service: Service, caller: CurrentCaller) -> GetBackupResponse:
    return GetBackupResponse(backup=BackupBody.of(service.get(caller, backup_id)))


@api.delete(
    BACKUP,
    status_code=202,
    **documented("deleteBackup", "The deletion is under way", 202, DeleteBackupResponse, 404, tag="backups"),
)
def delete_backup(backup_id: str, service: Service, caller: CurrentCaller) -> Response[DeleteBackupResponse]:
    service.delete(caller, backup_id)
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        body=DeleteBackupResponse(backup=DeletingBackupBody(id=backup_id)),
    )
