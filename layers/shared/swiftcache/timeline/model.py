"""What happened to an instance, step by step, in words for its owner.

A workflow keeps a record of itself. Here it becomes a timeline: one step for each thing that the workflow did, however
often it looked or tried again, with no name of anything in the account.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from swiftcache.backups.model import Backup
from swiftcache.instances.failure import what_failed
from swiftcache.timeline.wording import title_of

_SUPERSEDED = "InstanceSuperseded"
_DELETED_MEANWHILE = "The instance was deleted meanwhile."
_NOTHING_THERE = re.compile(r"\w+\.\w*(NotFound|DoesNotExist)\w*")
_PLACING = "StartRedisTask"
_WAITS_FOR_AWS = "AWS has no room for another task at the moment. It is asked again, for ten minutes at most."
_ASKED_AGAIN = "AWS takes no more requests of this kind at the moment. It is asked again."
_BUSY = frozenset({"DependencyUnavailable", "Ecs.EcsException", "Lambda.TooManyRequestsException"})
"""What a step meets beyond AWS's quotas."""

_AWAITING = "Await"
_NO_EVENT = "States.Timeout"
"""What a step that waits for an event ends with when none comes: the workflow looks for itself then, and goes on."""
_OF_AWS = re.compile(r"[A-Za-z0-9]+\.[A-Za-z0-9]+")


class Outcome(StrEnum):
    """NOTHING_TO_DO: what was to be removed, or waited for, was not there."""

    IN_PROGRESS = "IN_PROGRESS"
    SUCCEEDED = "SUCCEEDED"
    NOTHING_TO_DO = "NOTHING_TO_DO"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class OperationKind(StrEnum):
    """What a workflow did. CLEAN_UP removes what a failed creation left, or a recovery that was given up.

    REPLACEMENT is what a RESIZE does, to a task of the same size.
    """

    CREATION = "CREATION"
    CLEAN_UP = "CLEAN_UP"
    RESIZE = "RESIZE"
    REPLACEMENT = "REPLACEMENT"
    RECOVERY = "RECOVERY"
    DELETION = "DELETION"


@dataclass(frozen=True, slots=True)
class RemainingBackups:
    """The backups of an instance that is gone, those that can be restored, the newest first."""

    backups: tuple[Backup, ...] = ()

    @property
    def size_bytes(self) -> int:
        return sum(backup.size_bytes for backup in self.backups)


@dataclass(frozen=True, slots=True)
class StateVisit:
    """One stay of a workflow in one of its steps. Times are RFC 3339 in UTC.

    `errors` are those of the calls that failed, in order; `calls` counts all. `waits`: it stands in a wait, to look
    again after it. `gave_up`: the workflow did not get what it wanted here. `aborted`: another branch ended it.
    """

    step: str
    entered_at: str
    left_at: str | None
    calls: int
    errors: tuple[str, ...] = ()
    waits: bool = False
    gave_up: bool = False
    aborted: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowRecord:
    """What a workflow kept of itself. `failed_step` is the step that its error names, if it names one.

    `superseded`: it found that the instance was deleted, and ended as it should.
    """

    started_at: str
    ended_at: str | None
    ending: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]
    visits: tuple[StateVisit, ...]
    error: str | None = None
    failed_step: str | None = None
    superseded: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """`attempts` is 1 unless calls failed and were made again. `cause` says why it failed, or had to be repeated."""

    name: str
    title: str
    started_at: str
    ended_at: str | None
    attempts: int
    outcome: Outcome
    cause: str | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One run of a workflow. `attempt` counts from 1."""

    kind: OperationKind
    attempt: int
    started_at: str
    ended_at: str | None
    outcome: Outcome
    cause: str | None
    steps: tuple[Step, ...]

    @property
    def waits_for_aws(self) -> bool:
        """Whether one of its steps waits for AWS to take its request."""
        under_way = [step for step in self.steps if step.outcome is Outcome.IN_PROGRESS]
        return any(step.cause in (_WAITS_FOR_AWS, _ASKED_AGAIN) for step in under_way)


def operation(kind: OperationKind, attempt: int, record: WorkflowRecord) -> Operation:
    """What the owner is told of one run. `attempt` counts from 1."""
    visits: dict[str, list[StateVisit]] = {}
    for visit in record.visits:
        visits.setdefault(visit.step, []).append(visit)
    outcome, cause = _ending(record)
    return Operation(
        kind,
        attempt,
        record.started_at,
        record.ended_at,
        outcome,
        cause,
        tuple(_step(name, found, record) for name, found in visits.items()),
    )


def _ending(record: WorkflowRecord) -> tuple[Outcome, str | None]:
    if record.superseded or record.error == _SUPERSEDED:
        return Outcome.CANCELLED, _DELETED_MEANWHILE
    match record.ending:
        case "RUNNING":
            return Outcome.IN_PROGRESS, None
        case "SUCCEEDED":
            return Outcome.SUCCEEDED, None
        case "FAILED":
            return Outcome.FAILED, cause_of(record.error)
        case "ABORTED":
            return Outcome.CANCELLED, "It was stopped from outside; what is left to do is done by the next attempt."
        case "TIMED_OUT":
            return Outcome.FAILED, "It did not end in time; what is left to do is done by the next attempt."


def _step(name: str, visits: Sequence[StateVisit], record: WorkflowRecord) -> Step:
    last = visits[-1]
    errors = [error for visit in visits for error in visit.errors]
    outcome = _outcome(last, record)
    cause = cause_of(errors[-1]) if errors and outcome is not Outcome.NOTHING_TO_DO else None
    if outcome is Outcome.IN_PROGRESS and name == _PLACING and (errors or last.waits):
        cause = _WAITS_FOR_AWS
    elif outcome is Outcome.IN_PROGRESS and errors and errors[-1] in _BUSY:
        cause = _ASKED_AGAIN
    elif outcome is Outcome.CANCELLED:
        cause = _DELETED_MEANWHILE if record.superseded else None
    elif outcome is Outcome.FAILED and (last.gave_up or record.failed_step == name) and record.error:
        cause = cause_of(record.error)
    return Step(
        name=name,
        title=title_of(name),
        started_at=visits[0].entered_at,
        ended_at=None if outcome is Outcome.IN_PROGRESS else last.left_at or record.ended_at,
        attempts=1 + sum(max(0, visit.calls - 1) for visit in visits),
        outcome=outcome,
        cause=cause,
    )


def _outcome(last: StateVisit, record: WorkflowRecord) -> Outcome:
    running = record.ending == "RUNNING"
    if last.aborted:
        return Outcome.CANCELLED
    if last.gave_up or (record.failed_step is not None and record.failed_step == last.step):
        return Outcome.CANCELLED if record.superseded else Outcome.FAILED
    if running and (last.left_at is None or last.waits):
        return Outcome.IN_PROGRESS
    failed_last = last.calls > 0 and len(last.errors) == last.calls
    if not failed_last:
        return Outcome.SUCCEEDED if last.left_at else Outcome.CANCELLED
    if last.errors[-1] == _SUPERSEDED:
        return Outcome.CANCELLED
    caught = last.left_at is not None
    if caught and last.step.startswith(_AWAITING) and last.errors[-1] == _NO_EVENT:
        return Outcome.SUCCEEDED  # the look that followed found what no event had told of
    return Outcome.NOTHING_TO_DO if caught and _NOTHING_THERE.fullmatch(last.errors[-1]) else Outcome.FAILED


def cause_of(error: str | None) -> str:
    """A workflow's error in words. AWS's own words are left out: they can name resources of the account."""
    if error == "States.Timeout":
        return "There was no answer in time."
    known = what_failed(error or "")
    if known is not None:
        return known
    if error and _OF_AWS.fullmatch(error) and not error.startswith("States."):
        return f"AWS answered {error}."
    return "A part of the infrastructure did not do what it was asked to."


@dataclass(frozen=True, slots=True)
class Estimate:
    """How long a creation takes, in seconds: the median and the 95th percentile of `creations` recent ones.

    Those that were done sooner than this one has lasted do not count. Both are None while too few are known to say
    anything. `waits_for_aws`: it waits for its turn, which may be longer than any of them did.
    """

    elapsed: float
    p50: float | None
    p95: float | None
    creations: int
    waits_for_aws: bool = False


FEWEST = 5
"""Below this, a percentile would be a guess."""


def estimate(recent: Sequence[float], elapsed: float, *, waits_for_aws: bool = False) -> Estimate:
    """From the durations of recent creations, in seconds, in any order."""
    ordered = sorted(seconds for seconds in recent if seconds > elapsed)
    if len(ordered) < FEWEST:
        return Estimate(elapsed, None, None, len(ordered), waits_for_aws)
    return Estimate(elapsed, _percentile(ordered, 50), _percentile(ordered, 95), len(ordered), waits_for_aws)


def _percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest value that at least `percent` of them do not exceed (nearest rank)."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[rank - 1]


@dataclass(frozen=True, slots=True)
class Timeline:
    """`estimate` is None unless the instance is being created."""

    instance_id: str
    status: str
    operations: tuple[Operation, ...]
    estimate: Estimate | None
