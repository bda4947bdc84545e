"""The seven things that happen to a call."""

import itertools
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from botocore import session
from sfnx.integrations import java_exception_name, java_service_name
from sfnx.testing import Failure

from tests.faults.cells import TaskCall
from tests.statemachine.clock import FastClock
from tests.statemachine.cloud import Answer, Fault, fails

PERMANENT = "Injected"
"""No state tries this error again."""

TIMEOUT = "States.Timeout"

THROTTLED_SECONDS = 60.0
MOST_TRIES = 60
"""More than any state makes in that time."""

THROTTLING = ("ThrottlingException", "TooManyRequestsException", "ProvisionedThroughputExceededException")
"""What services call it, if they have a name for it."""

PREFIXES = {"stepfunctions": "StepFunctions"}
"""Of the services whose calls are not made by the SDK integration: their errors are named otherwise."""

DISGUISED = {"runTask": "Ecs.InvalidParameterException", "registerTaskDefinition": "Ecs.ClientException"}
"""What else ECS calls a throttling of these actions: EC2's behind it, or too many definitions at once. Both names also
stand for what it will never take."""

Stop = Callable[[], None]
"""Stops the execution that makes the call."""


@dataclass(frozen=True)
class FaultKind:
    """`passes` says that the machine must outlive it, as if nothing had happened.

    `plan` is what happens to the next calls of the state, and `error` the first error that the machine sees. `lasts`:
    for a time, and not for so many calls.
    """

    title: str
    passes: bool
    plan: Callable[[TaskCall, Stop], list[Fault]]
    error: Callable[[TaskCall], str]
    lasts: bool = False


def passing_error(call: TaskCall) -> str:
    """An error of the call's service that the state tries again. Raises LookupError if there is none."""
    for retry in call.retries:
        for error in retry["ErrorEquals"]:
            if error != TIMEOUT and not error.endswith(THROTTLING):
                return str(error)
    raise LookupError(f"{call.machine}: {call.state} tries no error again")


def throttling_error(call: TaskCall) -> str:
    """What Step Functions calls it when the service throttles. Raises LookupError if the state does not try it again.

    An error that the service's model does not list has the service's own name.
    """
    model = session.get_session().get_service_model(call.service)
    prefix = PREFIXES.get(call.service) if "aws-sdk" not in call.resource else None
    prefix = prefix or java_service_name(model.service_id)
    known = {shape.name for shape in model.error_shapes}
    names = [java_exception_name(name, prefix) for name in THROTTLING if name in known]
    error = f"{prefix}.{[*names, f'{prefix}Exception'][0]}"
    if call.retrier_of(error) is None:
        raise LookupError(f"{call.machine}: {call.state} does not try again when it is throttled ({error})")
    return error


def throttling_errors(call: TaskCall) -> list[str]:
    """Those of two throttlings: the ordinary name, then the other if there is one. Raises LookupError as above."""
    usual = throttling_error(call)
    other = DISGUISED.get(call.resource.rpartition(":")[2], usual)
    if call.retrier_of(other) is None:
        raise LookupError(f"{call.machine}: {call.state} does not try again when it is throttled ({other})")
    return [usual, other]


def _loses_reply(call: TaskCall) -> Fault:
    error = TIMEOUT if call.retrier_of(TIMEOUT) else passing_error(call)

    def fault(answer: Answer) -> object:
        answer()
        raise Failure(error, "injected")

    return fault


def seconds_to_time_out(call: TaskCall) -> float:
    """Of the machine's time: how long a call takes that times out at each try, without the waits between them."""
    return call.timeout * _tries(call)


def _tries(call: TaskCall) -> int:
    retry = call.retrier_of(TIMEOUT)
    return 1 + (int(retry.get("MaxAttempts", 3)) if retry else 0)


def _times_out(call: TaskCall) -> list[Fault]:
    """At each try, after as long as the state waits."""

    def fault(_: Answer) -> object:
        time.sleep(call.timeout / FastClock.speed)
        raise Failure(TIMEOUT, "injected")

    return [fault] * _tries(call)


def _throttled(call: TaskCall) -> list[Fault]:
    """Every try of the machine's next minute, and none after it. The names of a throttling take turns."""
    clock, errors = FastClock(), itertools.cycle(throttling_errors(call))
    began: list[float] = []

    def fault(answer: Answer) -> object:
        began.append(clock.now())
        if began[-1] - began[0] >= THROTTLED_SECONDS:
            return answer()
        raise Failure(next(errors), "injected")

    return [fault] * MOST_TRIES


def late_error(call: TaskCall) -> str:
    """What the machine makes of a time-out. That it has another name where the state gives it one."""
    catch = call.catcher_of(TIMEOUT)
    failure = catch.get("Assign", {}).get("failure") if catch else None
    if failure is None:
        return TIMEOUT
    if isinstance(failure, dict):
        return str(failure["Error"])
    [name] = re.findall(r"'Error': '(\w+)'", failure)
    return str(name)


def _twice(answer: Answer) -> object:
    answer()
    return answer()


def _aborted(stop: Stop) -> Fault:
    def fault(answer: Answer) -> object:
        stop()
        return answer()

    return fault


ABORTED = "ABORTED"

FAULTS: Mapping[str, FaultKind] = {
    "before": FaultKind(
        "fails before its effect", True, lambda call, _: [fails(passing_error(call))], lambda call: passing_error(call)
    ),
    "lost-reply": FaultKind("fails after its effect", True, lambda call, _: [_loses_reply(call)], lambda call: TIMEOUT),
    "throttled": FaultKind(
        "is throttled for a minute", True, lambda call, _: _throttled(call), throttling_error, lasts=True
    ),
    "permanent": FaultKind("fails for good", False, lambda call, _: [fails(PERMANENT)], lambda _: PERMANENT),
    "times-out": FaultKind("times out at each try", False, lambda call, _: _times_out(call), late_error),
    "twice": FaultKind("is delivered twice", True, lambda call, _: [_twice], lambda _: ""),
    "aborted": FaultKind(
        "is where somebody stops the execution", False, lambda _, stop: [_aborted(stop)], lambda _: ABORTED
    ),
}
