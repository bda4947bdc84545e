"""The state machine that makes a backup, and what it gives to its functions.

An execution is named after its backup, and a name is given away once: whoever starts it, it is made once.
"""

from typing import TYPE_CHECKING, Any

from swiftcache.backups.model import Backup
from swiftcache.backups.ports import BackupTarget
from swiftcache.platform.executions import start_execution

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient


class StepFunctionsBackupStarter:
    def __init__(self, client: "SFNClient", machine_arn: str) -> None:
        self._client = client
        self._machine_arn = machine_arn

    def start(self, backup: Backup) -> None:
        start_execution(self._client, self._machine_arn, f"backup-{backup.id}", _given(backup))

    def prove(self, backup: Backup) -> None:
        name = f"proof-{backup.id}-{backup.proof_tries}"
        start_execution(self._client, self._machine_arn, name, {**_given(backup), "proof": backup.proof_tries})


def _given(backup: Backup) -> dict[str, object]:
    return {
        "backupId": backup.id,
        "organizationId": backup.organization_id,
        "instanceId": backup.instance_id or "",
        "requestId": backup.request_id,
        "kind": backup.kind.value,
    }


def backup_target_of(event: dict[str, Any]) -> BackupTarget:
    """The backup in what the state machine gives to its functions."""
    return BackupTarget(event["organizationId"], event["backupId"], event["requestId"])
