"""A change of an instance's configuration."""

from dataclasses import dataclass
from enum import StrEnum

from swiftcache.engines.model import EngineName
from swiftcache.instances.eviction_policy import EvictionPolicy
from swiftcache.instances.failure import Failure
from swiftcache.instances.settings import Settings


class ChangeKind(StrEnum):
    """How a change is made: in the running task, or with a new task that takes over."""

    IN_PLACE = "IN_PLACE"
    REPLACE = "REPLACE"


class ChangeReason(StrEnum):
    """Why a task is replaced though nothing that was asked for differs."""

    OWNER = "OWNER"
    OPERATOR = "OPERATOR"
    CERTIFICATE = "CERTIFICATE"
    IMAGE = "IMAGE"
    RETIREMENT = "RETIREMENT"
    ROLLBACK = "ROLLBACK"


class ChangeStatus(StrEnum):
    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class Decision(StrEnum):
    """What became of a REPLACE: taken once, by a conditional write, and all that cannot be undone."""

    COMMITTED = "COMMITTED"
    ABANDONED = "ABANDONED"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of configuration: the one under way, or the last one. `max_memory` (bytes) is what it leads to.

    Of a REPLACE, `attempt` is the number of the execution that is at work on it, `turn` counts the tries to switch
    over, and `decision` is None until the instance's endpoint is, or will never be, the new task's. `settings` None:
    they stay as they are. So it is with `engine` and `version`, the image's that the new task is to run. `reason` tells
    why a REPLACE leads to what is there already; None of one that changes something.
    """

    id: str
    kind: ChangeKind
    status: ChangeStatus
    max_memory: int
    eviction_policy: EvictionPolicy
    started_at: str
    request_id: str
    ended_at: str | None = None
    failure: Failure | None = None
    attempt: int = 0
    turn: int = 0
    decision: Decision | None = None
    settings: Settings | None = None
    reason: ChangeReason | None = None
    engine: EngineName | None = None
    version: str | None = None
