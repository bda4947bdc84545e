"""What Step Functions keeps of an execution, read as a workflow's own record.

Events of parallel branches are interleaved; each names the event before it in its own branch, and only those
references tell which call belongs to which stay in which state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import ClientError

from swiftcache.platform.aws_errors import code_of, passing_errors_as_unavailable
from swiftcache.platform.timestamps import timestamp
from swiftcache.timeline.model import OperationKind, StateVisit, WorkflowRecord

if TYPE_CHECKING:
    from types_boto3_stepfunctions import SFNClient

_PAGE = 1000
_ENDINGS: dict[str, Literal["SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]] = {
    "ExecutionSucceeded": "SUCCEEDED",
    "ExecutionFailed": "FAILED",
    "ExecutionAborted": "ABORTED",
    "ExecutionTimedOut": "TIMED_OUT",
}
_FAILED = {
    "TaskFailed": "taskFailedEventDetails",
    "TaskTimedOut": "taskTimedOutEventDetails",
    "TaskStartFailed": "taskStartFailedEventDetails",
    "TaskSubmitFailed": "taskSubmitFailedEventDetails",
}


class StepFunctionsHistories:
    """`machines`: for each kind of workflow its state machine's ARN."""

    def __init__(self, client: "SFNClient", machines: dict[OperationKind, str]) -> None:
        self._client = client
        self._machines = machines

    def read(self, kind: OperationKind, name: str) -> WorkflowRecord | None:
        if kind not in self._machines:
            return None
        execution_arn = f"{self._machines[kind].replace(':stateMachine:', ':execution:')}:{name}"
        try:
            with passing_errors_as_unavailable("the workflow service"):
                return record_of(self._events(execution_arn))
        except ClientError as error:
            if code_of(error) != "ExecutionDoesNotExist":
                raise
            return None

    def _events(self, execution_arn: str) -> Iterable[Any]:
        # Without the data: it is the only place where a value of the instance could be.
        pages = self._client.get_paginator("get_execution_history").paginate(
            executionArn=execution_arn, includeExecutionData=False, PaginationConfig={"PageSize": _PAGE}
        )
        for page in pages:
            yield from page["events"]


@dataclass(slots=True)
class _Stay:
    """A stay in a Task state, as far as it has been read."""

    state: str
    entered_at: str
    left_at: str | None = None
    calls: int = 0
    errors: list[str] = field(default_factory=list)
    waits: bool = False
    gave_up: bool = False
    aborted: bool = False

    def visit(self) -> StateVisit:
        return StateVisit(
            self.state,
            self.entered_at,
            self.left_at,
            self.calls,
            tuple(self.errors),
            self.waits,
            self.gave_up,
            self.aborted,
        )


def record_of(events: Iterable[Any]) -> WorkflowRecord:
    """The record in the events of GetExecutionHistory, from the first on; they may end anywhere."""
    reader = _StateReader()
    for event in events:
        reader.take(event)
    return reader.record()


class _StateReader:
    def __init__(self) -> None:
        self._stays: list[_Stay] = []
        self._before: dict[int, _Stay | None] = {}
        """For each event the last stay in its branch, up to and with this event."""
        self._fails: dict[int, _Stay | None] = {}
        self._last_state = ""
        self._started_at = ""
        self._ending: Any = None

    def take(self, event: Any) -> None:
        kind, at = event["type"], _at(event["timestamp"])
        stay = self._before.get(event.get("previousEventId", 0))
        if kind == "ExecutionStarted":
            self._started_at = at
        elif kind in _ENDINGS:
            self._ending = event
        elif kind.endswith("StateEntered"):
            stay = self._enter(kind, event, stay, at)
        elif stay is not None:
            _note(stay, kind, event, at)
        self._before[event["id"]] = stay

    def _enter(self, kind: str, event: Any, before: _Stay | None, at: str) -> _Stay | None:
        name = event["stateEnteredEventDetails"]["name"]
        self._last_state = name
        if before is not None:
            before.waits = kind == "WaitStateEntered"
        if kind == "FailStateEntered":
            self._fails[event["id"]] = before
        if kind != "TaskStateEntered":
            return before
        stay = _Stay(name, at)
        self._stays.append(stay)
        return stay

    def record(self) -> WorkflowRecord:
        ending = self._ending
        kind = ending["type"] if ending else None
        for number, stay in self._fails.items():
            # A Fail that ends the execution tells of a failure that came before; one that ends a branch is the failure.
            if stay is not None and not (ending and ending["previousEventId"] == number):
                stay.gave_up = True
        details = ending.get("executionFailedEventDetails", {}) if ending else {}
        step, colon, _ = details.get("cause", "").partition(":")
        return WorkflowRecord(
            started_at=self._started_at,
            ended_at=_at(ending["timestamp"]) if ending else None,
            ending=_ENDINGS[kind] if kind else "RUNNING",
            visits=tuple(stay.visit() for stay in self._stays),
            error=details.get("error"),
            failed_step=step if colon else None,
            superseded=self._last_state.endswith("Superseded"),
        )


def _note(stay: _Stay, kind: str, event: Any, at: str) -> None:
    if kind == "TaskScheduled":
        stay.calls += 1
    elif kind in _FAILED:
        stay.errors.append(event[_FAILED[kind]].get("error", ""))
    elif kind == "TaskStateExited":
        stay.left_at = at
    elif kind in ("TaskStateAborted", "WaitStateAborted"):
        stay.left_at, stay.waits, stay.aborted = at, False, True
    elif kind in ("ParallelStateFailed", "MapIterationFailed"):
        # A state whose error nobody catches in its branch is not exited: the branch ends.
        stay.left_at = stay.left_at or at


def _at(moment: datetime) -> str:
    return timestamp(moment)
