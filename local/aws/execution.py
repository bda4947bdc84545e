"""One execution of a state machine: what Step Functions tells of it, its history included."""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.history import History
from local.machine import Event, Identity, Outcome
from local.tasks import description

Json = dict[str, Any]

ENDINGS = {
    "SUCCEEDED": "ExecutionSucceeded",
    "FAILED": "ExecutionFailed",
    "ABORTED": "ExecutionAborted",
    "TIMED_OUT": "ExecutionTimedOut",
}


@dataclass
class Execution:
    """An execution, from its start on. RUNNING until `ended` is set, also after it was asked to stop."""

    identity: Identity
    input: str
    history: History
    started_at: float = field(default_factory=time.time)
    ended_at: float | None = None
    outcome: Outcome | None = None
    stop: threading.Event = field(default_factory=threading.Event)
    stop_error: str | None = None
    stop_cause: str | None = None
    ended: threading.Event = field(default_factory=threading.Event)
    children: list["Execution"] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.record(
            Event("ExecutionStarted", {"input": self.input, "roleArn": self.identity.role_arn, **_whole("input")})
        )

    @property
    def status(self) -> str:
        return self.outcome.status if self.outcome else "RUNNING"

    def record(self, event: Event) -> None:
        """Add an event to the history, with those that it implies."""
        if event.type.endswith("StateEntered"):
            self.history.enter(str(event.details["name"]))
            return
        self.history.add(event.type, self._told(event))
        if event.type == "TaskScheduled":
            kind = {name: event.details[name] for name in ("resourceType", "resource")}
            self.history.add("TaskStarted", kind)

    def _told(self, event: Event) -> Json:
        details = dict(event.details)
        if event.type == "TaskScheduled":
            details["region"] = self.identity.region
        if "output" in details:
            details |= _whole("output")
        return {name: value for name, value in details.items() if value is not None}

    def end(self, outcome: Outcome) -> None:
        """Note how it ended; the last event of its history."""
        if outcome.status == "ABORTED":
            outcome = Outcome("ABORTED", None, self.stop_error, self.stop_cause, outcome.states)
        details: Json = {"error": outcome.error, "cause": outcome.cause}
        if outcome.status == "SUCCEEDED":
            details = {"output": json.dumps(outcome.output)}
        self.history.end(ENDINGS[outcome.status], self._told(Event(ENDINGS[outcome.status], details)))
        self.ended_at = time.time()
        self.outcome = outcome

    def abort(self, error: str | None = None, cause: str | None = None) -> None:
        """Ask it, and what it waits for, to stop."""
        self.stop_error, self.stop_cause = error, cause
        self.stop.set()
        for child in list(self.children):
            child.abort()

    def summary(self) -> Json:
        """As ListExecutions gives it."""
        about = {
            "executionArn": self.identity.arn,
            "stateMachineArn": self.identity.machine_arn,
            "name": self.identity.name,
            "status": self.status,
            "startDate": self.started_at,
            "stopDate": self.ended_at,
        }
        return {name: value for name, value in about.items() if value is not None}

    def describe(self) -> Json:
        """As DescribeExecution gives it."""
        described = {**self.summary(), "input": self.input, "inputDetails": {"included": True}, "redriveCount": 0}
        return {**described, **self._ending("outputDetails")}

    def describe_as_result(self) -> Mapping[str, object]:
        """An ended execution as the result of the state that started it."""
        assert self.outcome is not None
        assert self.ended_at is not None
        identity = self.identity
        return description(
            identity.arn,
            identity.machine_arn,
            identity.name,
            self.input,
            self.outcome,
            self.started_at,
            self.ended_at,
        )

    def event_detail(self) -> Json:
        """As an `Step Functions Execution Status Change` event carries it: times in milliseconds."""
        return {
            "output": None,
            "outputDetails": None,
            "error": None,
            "cause": None,
            **self.describe(),
            **self._ending("outputDetails"),
            "startDate": int(self.started_at * 1000),
            "stopDate": None if self.ended_at is None else int(self.ended_at * 1000),
            "stateMachineVersionArn": None,
            "stateMachineAliasArn": None,
            "redriveDate": None,
        }

    def _ending(self, details: str) -> Json:
        if self.outcome is None:
            return {}
        if self.outcome.status == "SUCCEEDED":
            return {"output": json.dumps(self.outcome.output), details: {"included": True}}
        ending = {"error": self.outcome.error, "cause": self.outcome.cause}
        return {name: value for name, value in ending.items() if value is not None}


def _whole(name: str) -> Json:
    return {f"{name}Details": {"truncated": False}}
