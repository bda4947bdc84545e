"""Journeys of instances that are made from a backup."""

from swiftcache.backups.model import Backup
from tests.faults.drivers import Provisioning
from tests.faults.journeys import Result, Situation
from tests.faults.shared_definitions import all_but
from tests.faults.verdict import Complaint
from tests.rdb_bombs import bomb
from tests.statemachine.restored import RESTORE_REQUEST, forget, restore, store

BACKUP = "bkp_faults"
CALLS = ("IssueCredentials", "RegisterRestoringDefinition", "StartRedisTask", "CheckRestored")


class Restoring(Provisioning):
    """From a backup of one key to an instance that has it, or to ERROR with nothing left."""

    name = "provision, from a backup"
    without = all_but("provision_instance", *CALLS)
    backup: Backup

    @property
    def request_id(self) -> str:
        return RESTORE_REQUEST

    def go(self, situation: Situation) -> Result:
        self.backup = store(self.cloud, BACKUP, bomb(keys=1, mib=1), 1)
        self.created = restore(self.cloud, self.backup, persistence=True)
        return self.result()

    def clear(self) -> list[Complaint]:
        forget(self.cloud, self.backup.id)
        return super().clear()
