"""Journeys through the recovery of a task that has died, and every journey there is."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from swiftcache.backups.wiring import backups
from swiftcache.changes.request import ChangeRequest
from swiftcache.changes.wiring import change_service
from swiftcache.instances.failure import explain_recovery
from tests.faults.backing_up import BackingUp, Deleting, FailedBackingUp, Importing, PostponedProof, UnheardProof
from tests.faults.cells import calls
from tests.faults.claiming import Claiming, ClaimingTheDead
from tests.faults.declaring import Declaring, FailedDeclaring
from tests.faults.drivers import (
    AFTER_A_FAILURE,
    FIRST,
    Deletion,
    Delivering,
    Emptying,
    FailedProvisioning,
    GivingUpResize,
    Provisioning,
    Resizing,
    RollingBack,
    first_execution,
    silence,
    status_of,
)
from tests.faults.journeys import Journey, Result, Situation, quiet, surplus, until
from tests.faults.limiting import DeletionLimited, ProvisioningLimited
from tests.faults.restoring import BACKUP, Restoring
from tests.faults.shared_definitions import DeletionShared, ProvisioningShared, ResizingShared
from tests.faults.verdict import Complaint, End
from tests.rdb_bombs import bomb
from tests.statemachine.cloud import answers, fails
from tests.statemachine.paths import LEADS, RECOVERED_FROM_A_BACKUP
from tests.statemachine.recoveries import Mortal, start_another
from tests.statemachine.restored import forget, opened, store

STOPPING = frozenset({"StopRedisTask", "AwaitStop", "DescribeStoppingTask"})
FROM_A_BACKUP = frozenset(RECOVERED_FROM_A_BACKUP)
EVERY_CALL = frozenset(call.state for call in calls("recover_instance"))
GIVEN_UP = "RecoveryGivenUp"


class Recovering(Deletion):
    """From the death of the task that serves to another that does."""

    name = "recover"
    machine = "recover_instance"
    without = AFTER_A_FAILURE | STOPPING | FROM_A_BACKUP
    leads = LEADS

    def go(self, situation: Situation) -> Result:
        Mortal(self.cloud, self.created.instance.id, "").kill()
        return self.ended()

    def ended(self) -> Result:
        """How it is when the recovery is over."""
        cloud, instance_id = self.cloud, self.created.instance.id
        until(self._over)
        quiet(cloud)
        instance = cloud.find(instance_id)
        recovery = instance.recovery.id if instance and instance.recovery else ""
        running = status_of(cloud, instance_id) == "RUNNING"
        left = surplus(cloud, instance_id) if running else self.lost()
        silent = silence(cloud, self.created) if running else ""
        failure = instance.failure if instance else None
        first = f"recover-{instance_id}-{recovery}-0"
        return Result(status_of(cloud, instance_id), failure, first, recovery or instance_id, left, silent)

    def lost(self) -> dict[str, list[str]]:
        """What is left of one that could not be recovered, but for its data: these stay until its owner deletes it."""
        left = self.cloud.left(self.created.instance.id)
        return {kind: names for kind, names in left.items() if kind not in ("volumes", "folders")}

    def _over(self) -> bool:
        instance = self.cloud.find(self.created.instance.id)
        return instance is None or (instance.recovery is not None and not instance.recovering)

    def ends(self, situation: Situation) -> list[End]:
        return [End("RUNNING", None, *first_execution(situation))]


class RecoveringShared(Recovering):
    """The same, with a task of the size's definition."""

    name = "recover, shared definition"
    without = EVERY_CALL - {"PlanRecovery", "ListRedisTasks", "StartRedisTask"}
    persistence = False


class RecoveringFromBackup(RecoveringShared):
    """The same, with the one key of its latest backup."""

    name = "recover, from a backup"
    without = EVERY_CALL - FROM_A_BACKUP - {"PlanRecovery", "StartRedisTask", "MarkRecovered"}

    def prepare(self) -> None:
        super().prepare()
        cloud, instance_id = self.cloud, self.created.instance.id
        change_service(cloud.injector).change(cloud.caller, instance_id, ChangeRequest(recover_from_backup=True))
        self.backup = made = store(cloud, BACKUP, bomb(keys=1, mib=1), 1)
        source = replace(self.created.instance, keys=())
        own = replace(made, instance_id=instance_id, source=source, revision=made.revision + 1)
        backups(cloud.injector).change(made, own, None)

    def ended(self) -> Result:
        ended = super().ended()
        # Each attempt registers one. They go with the instance, which `clear` sees to.
        ended = replace(ended, left={kind: names for kind, names in ended.left.items() if kind != "definitions"})
        instance = self.cloud.find(self.created.instance.id)
        if ended.silent or instance is None or instance.recovery is None:
            return ended
        with opened(self.cloud, instance, self.created.plain_key) as client:
            # The one of the backup, and the one that shows whether it answers.
            keys = client.dbsize()
        wrong = "" if instance.recovery.restore and keys == 2 else f"it has {keys} keys of {instance.recovery.restore}"
        return replace(ended, silent=wrong)

    def clear(self) -> list[Complaint]:
        forget(self.cloud, self.backup.id)
        return super().clear()


class RecoveringBeside(Recovering):
    """The same, while another task of the instance runs that nobody knows of."""

    name = "recover, beside another"
    without = EVERY_CALL - STOPPING

    def go(self, situation: Situation) -> Result:
        start_another(Mortal(self.cloud, self.created.instance.id, ""))
        return super().go(situation)


class FailedRecovering(Recovering):
    """The first task that is started does not answer, and another is."""

    name = "recover, after a failure"
    without = EVERY_CALL - {"DescribeFailedTask"}
    leads: ClassVar = {"DescribeFailedTask": [("VerifyRedis", [fails(FIRST)])]}

    def ends(self, situation: Situation) -> list[End]:
        return [End("RUNNING", None, *(("ABORTED", None) if situation.aborted else ("FAILED", FIRST)))]

    def attempts(self, fault: object) -> int:
        return 2


def _hopeless(result: dict[str, dict[str, object]]) -> object:
    result["Payload"]["hopeless"] = True
    return result


class GivingUpRecovering(Recovering):
    """It has been tried often enough: ERROR, and nothing is left but the data."""

    name = "recover, given up"
    follows = ("deprovision_instance",)
    without = EVERY_CALL - {"RollBack"}
    leads: ClassVar = {"RollBack": [("PlanRecovery", [answers(_hopeless)] * 20)]}

    def ends(self, situation: Situation) -> list[End]:
        instance = self.cloud.find(self.created.instance.id)
        assert instance
        assert instance.recovery
        recovery = instance.recovery
        # Of an execution that was stopped the next one only knows that.
        errors = (
            [(GIVEN_UP, "PlanRecovery"), ("ABORTED", "execution")]
            if situation.aborted
            else [(GIVEN_UP, "PlanRecovery")]
        )
        ended = ("ABORTED", None) if situation.aborted else ("FAILED", GIVEN_UP)
        return [
            End("ERROR", explain_recovery(recovery, error, step, recovery.id, persistence=True), *ended)
            for error, step in errors
        ]


JOURNEYS: Sequence[type[Journey]] = (
    Provisioning,
    ProvisioningShared,
    ProvisioningLimited,
    Restoring,
    FailedProvisioning,
    Claiming,
    ClaimingTheDead,
    RollingBack,
    Deletion,
    DeletionShared,
    DeletionLimited,
    Resizing,
    ResizingShared,
    GivingUpResize,
    Emptying,
    Delivering,
    BackingUp,
    FailedBackingUp,
    UnheardProof,
    PostponedProof,
    Deleting,
    Importing,
    Recovering,
    RecoveringShared,
    RecoveringFromBackup,
    RecoveringBeside,
    FailedRecovering,
    GivingUpRecovering,
    Declaring,
    FailedDeclaring,
)
