"""A started set of AWS substitutes for the tests of local/aws, with Python functions as its Lambda functions."""

import json
import queue
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from local.aws import Substitutes
from local.networks.vpc import Vpc

PATIENCE_SECONDS = 20.0
ROLE = "arn:aws:iam::123456789012:role/test"

Function = Callable[[Any], object]
T = TypeVar("T")


class Functions:
    """An Invoker: functions by name, and the payloads that each got."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}
        self._payloads: dict[str, queue.Queue[Any]] = {}

    def add(self, name: str, function: Function = lambda payload: payload) -> str:
        """Make a function, by default one that returns its payload; its ARN."""
        self._functions[name] = function
        self._payloads[name] = queue.Queue()
        return f"arn:aws:lambda:eu-central-1:123456789012:function:{name}"

    def __call__(self, function: str, payload: object) -> object:
        name = function.split(":")[6] if function.startswith("arn:") else function
        result = self._functions[name](payload)
        self._payloads[name].put(payload)
        return result

    def next_payload(self, name: str) -> Any:
        """The next payload that the function dealt with."""
        return self._payloads[name].get(timeout=PATIENCE_SECONDS)

    def has_payload(self, name: str) -> bool:
        """Whether the function dealt with a payload that was not read yet."""
        return not self._payloads[name].empty()


class Stack:
    """The substitutes with shortcuts for what many tests do."""

    def __init__(self, substitutes: Substitutes, functions: Functions) -> None:
        self.substitutes = substitutes
        self.functions = functions
        self.client = substitutes.client

    def machine(self, definition: dict[str, Any], name: str = "machine") -> str:
        """Create a state machine; its ARN."""
        text = json.dumps({"QueryLanguage": "JSONata", **definition})
        created = self.client("stepfunctions").create_state_machine(name=name, definition=text, roleArn=ROLE)
        return str(created["stateMachineArn"])

    def ended(self, execution_arn: str) -> dict[str, Any]:
        """DescribeExecution once the execution has ended."""
        describe = self.client("stepfunctions").describe_execution
        return wait_for(
            lambda: described if (described := describe(executionArn=execution_arn))["status"] != "RUNNING" else None
        )

    def collect_events(self, pattern: dict[str, Any], bus: str = "default") -> str:
        """Send the events that match to a function; its name."""
        events = self.client("events")
        arn = self.functions.add("collector")
        events.put_rule(Name="collect", EventBusName=bus, EventPattern=json.dumps(pattern))
        events.put_targets(Rule="collect", EventBusName=bus, Targets=[{"Id": "collector", "Arn": arn}])
        return "collector"


@contextmanager
def started(home: Path, limits: bool = False, vpc: Vpc | None = None) -> Iterator[Stack]:
    """Substitutes that are stopped at the end. With `limits` they have AWS's quotas."""
    functions = Functions()
    substitutes = Substitutes(home, functions, limits=limits, vpc=vpc)
    substitutes.start()
    try:
        yield Stack(substitutes, functions)
    finally:
        substitutes.stop()


def wait_for(look: Callable[[], T | None]) -> T:
    """What `look` returns once it is something: for states that only a look shows."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.005)
    raise AssertionError("it did not happen in time")
