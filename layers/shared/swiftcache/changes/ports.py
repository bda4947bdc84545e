"""Changing an instance, or replacing its task, by a new task that takes over: what the record says of it, step by step.

    start_attempt ─▶ stand_by ─▶ take_turn ─▶ commit ──▶ mark_resized
          └──────────────┴───────────┴──────▶ abandon ─▶ mark_resize_failed

It begins with a change of the kind REPLACE in the record: of a PATCH, or because the task is to be replaced. Every
write is conditional: the instance is RUNNING, and this change is under way. So a deletion ends it wherever it is.
"""

from dataclasses import dataclass
from typing import Protocol

from swiftcache.access.audit import AuditEntry
from swiftcache.instances.change import Change, ChangeReason
from swiftcache.instances.failure import Failure
from swiftcache.instances.model import Endpoint, Instance


@dataclass(frozen=True, slots=True)
class Replacement:
    """The change that a workflow is about, and which of its executions this is: `attempt` counts from 0."""

    organization_id: str
    instance_id: str
    change_id: str
    request_id: str
    attempt: int = 0


class Changes(Protocol):
    """Each raises InstanceSuperseded where the record does not want it any more."""

    def start_attempt(self, replacement: Replacement) -> Instance:
        """Stores which execution is at work, so that a deletion can wait for its end."""

    def stand_by(self, replacement: Replacement, standby: Endpoint) -> Instance:
        """Stores where the new task listens. Not after the decision."""

    def take_turn(self, replacement: Replacement) -> Instance:
        """Only who took the last turn can commit: whoever took one before cannot any more. Not after the decision."""

    def commit(self, replacement: Replacement, held: Instance) -> Instance:
        """The point of no return: endpoint and standby change places.

        `held` is the instance as `take_turn` gave it. Not after the decision, nor after another turn.
        """

    def abandon(self, replacement: Replacement, failure: Failure) -> Instance:
        """The other decision. Changes nothing once one is taken: the instance says which."""

    def mark_resized(self, replacement: Replacement, change: Change, free: int, audit: AuditEntry) -> None:
        """After the commit: the change's size and engine are the instance's.

        `free` bytes go back to the organization.
        """

    def mark_resize_failed(self, replacement: Replacement, free: int, audit: AuditEntry) -> None:
        """After it was abandoned. `free` bytes, that had been reserved, go back to the organization."""


class Replacements(Protocol):
    """For the parts of the service that decide when a task is to be replaced."""

    def begin(self, organization_id: str, instance_id: str, reason: ChangeReason, request_id: str) -> Instance:
        """Has the task replaced by an equal one, from the image and with the certificate of now; answers the instance
        with the change that is under way.

        May be called again: where the instance's change has this reason and this request id, under way or done, that is
        the answer. Not for members of the warm pool, which new ones take the place of.

        Raises NotFound, IllegalTransition, ChangeInProgress, RecoveryInProgress, FinalBackupInProgress, and
        RedisUnreachable if it does not answer at the moment.
        """
