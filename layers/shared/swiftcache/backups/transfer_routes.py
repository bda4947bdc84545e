"""Backups: download one as a file, import one from a file."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Body

from swiftcache.api.openapi import documented, each
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import API
from swiftcache.backups.transfer import TransferService
from swiftcache.backups.transfer_contract import CreateImportRequest, CreateImportResponse, DownloadBackupResponse
from swiftcache.backups.transfer_wiring import transfer_service

Service = Annotated[TransferService, provided(transfer_service)]


@api.post(
    f"{API}/backups/<backup_id>/download",
    **documented(
        "downloadBackup",
        "Where the backup can be had as an RDB file, for 15 minutes",
        200,
        DownloadBackupResponse,
        404,
        409,
        tag="backups",
    ),
)
def download_backup(backup_id: str, service: Service, caller: CurrentCaller) -> DownloadBackupResponse:
    return DownloadBackupResponse.of(service.download(caller, backup_id))


@api.post(
    f"{API}/organizations/<organization_id>/imports",
    status_code=202,
    **documented(
        "createImport",
        "The backup that the uploaded file becomes, and where to upload it within an hour",
        202,
        CreateImportResponse,
        404,
        409,
        429,
        body=True,
        tag="backups",
        leads_to=each("getBackup deleteBackup downloadBackup", backupId="$response.body#/backup/id"),
    ),
)
def create_import(
    organization_id: str, request: Annotated[CreateImportRequest, Body()], service: Service, caller: CurrentCaller
) -> Response[CreateImportResponse]:
    backup, upload = service.begin_import(caller, organization_id, request.new_import())
    return Response(
        status_code=HTTPStatus.ACCEPTED,
        content_type="application/json",
        headers={"Location": f"{API}/backups/{backup.id}"},
        body=CreateImportResponse.of(backup, upload),
    )
