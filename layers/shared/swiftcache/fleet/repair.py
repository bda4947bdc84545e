"""What follows when an execution did not end as it should: the work goes on in a new one.

An execution that times out as a whole, or that somebody stops, cannot clean up after itself; and a deletion that
failed must not stay half done. Step Functions tells of each such end, and this decides what to start.
"""

from dataclasses import dataclass, replace

from swiftcache.changes.ports import Replacement
from swiftcache.instances.model import Instance
from swiftcache.instances.ports import FirstError, Instances, Target, Workflows
from swiftcache.instances.status import Status


@dataclass(frozen=True, slots=True)
class EndedExecution:
    """An execution that ended FAILED, TIMED_OUT or ABORTED.

    `deletion` or `rollback` is the number of the attempt, if it was one, and `resize` what it was about; all are None
    for a provisioning. `first_error` is what a rollback or a resize's later attempt was started for; otherwise how it
    ended.
    """

    target: Target
    first_error: FirstError
    deletion: int | None = None
    rollback: int | None = None
    resize: Replacement | None = None


def repair(ended: EndedExecution, instances: Instances, workflows: Workflows) -> bool:
    """Starts the next attempt where the record says that work is left; otherwise does nothing. Whether it has.

    Attempts have no end, since a deletion must finish; the state machine waits longer before each.
    """
    target = ended.target
    instance = instances.get(target.organization_id, target.instance_id)
    if instance is None or not _is_of_this_life(ended, instance):
        return False
    target = replace(target, generation=instance.generation)
    if instance.status is Status.DELETING:
        workflows.delete(target, 0 if ended.deletion is None else ended.deletion + 1)
    elif instance.status is Status.PROVISIONING:
        # Rollback 0 is the one that the provisioning itself runs. If it has begun, it knows the first error and this
        # does nothing: it is followed by the one that comes after its own end.
        workflows.roll_back(target, 0 if ended.rollback is None else ended.rollback + 1, ended.first_error)
    elif ended.rollback is not None and instance.recovery and instance.recovery.id == target.request_id:
        workflows.roll_back(target, ended.rollback + 1, ended.first_error, instance.recovery.id)
    elif ended.resize and instance.changing and instance.change and instance.change.id == ended.resize.change_id:
        workflows.resize(target, ended.resize.change_id, ended.resize.attempt + 1, ended.first_error)
    else:
        return False
    return True


def _is_of_this_life(ended: EndedExecution, instance: Instance) -> bool:
    """An instance may have been deleted and undeleted since. The ids of a resize and of a recovery come but once."""
    recovers = instance.recovery is not None and instance.recovery.id == ended.target.request_id
    return ended.resize is not None or recovers or ended.target.generation == instance.generation
