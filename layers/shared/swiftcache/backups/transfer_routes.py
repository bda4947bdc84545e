"""Backups: download one as a file."""

from typing import Annotated

from swiftcache.api.openapi import documented
from swiftcache.api.request import CurrentCaller, provided
from swiftcache.api.resolver import api
from swiftcache.api.routes import API
from swiftcache.backups.transfer import TransferService
from swiftcache.backups.transfer_contract import DownloadBackupResponse
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
