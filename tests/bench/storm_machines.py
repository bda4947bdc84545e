"""State machines whose branches, items, calls and waits are processes of one scheduler, in the place of sfnx's order.

sfnx runs the branches of a Parallel and the items of a Map one after the other. Here they run beside one another, on
the clock and the account that all executions share; the first that fails ends the others, as on AWS.
"""

import random
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from sfnx import testing
from sfnx.testing import Failure

from local import recording, retries
from swiftcache.platform import jitter, transactions
from tests.bench.storm_scheduler import Scheduler
from tests.bench.storm_signals import Signal, together


class Stop(threading.Event):
    """An event that processes of the scheduler can wait for: the end of an execution, or of a wait for a token."""

    def __init__(self, scheduler: Scheduler) -> None:
        super().__init__()
        self.signal = Signal(scheduler)

    def set(self) -> None:
        super().set()
        self.signal.set()


class ProcessClock:
    """The scheduler's time as a clock of `local.clock`."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def now(self) -> float:
        return self._scheduler.now()

    def sleep(self, seconds: float, stop: threading.Event | None = None) -> None:
        if seconds > 0 and isinstance(stop, Stop):
            stop.signal.wait(seconds)
        else:
            self._scheduler.sleep(seconds)


@contextmanager
def interleaved(scheduler: Scheduler, seed: int) -> Iterator[None]:
    """While this lasts, the scheduler's processes run whatever sfnx runs, and back-offs are drawn from the seed."""
    rng = random.Random(f"{seed} jitter")
    with ExitStack() as patches:
        for place, name, ours in (
            (testing, "attempt", partial(_attempt, scheduler, testing.attempt)),
            (testing, "run_map", partial(_run_map, scheduler)),
            (recording, "within", partial(within, scheduler)),
            (retries, "jitter", lambda delay: rng.uniform(0, delay)),
            (transactions, "pause", lambda number: scheduler.sleep(jitter.length(number, rng))),
        ):
            patches.enter_context(patch.object(place, name, ours))
        yield


def within(scheduler: Scheduler, seconds: float, work: Callable[[], object]) -> object:
    """The result of `work`. Raises Failure States.Timeout after `seconds`; the work goes on unwatched."""
    done = Signal(scheduler)
    results: list[object] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            errors.append(error)
        done.set()

    scheduler.spawn(run)
    if not done.wait(seconds):
        raise Failure("States.Timeout", f"The task did not end within {seconds:g} seconds.")
    if errors:
        raise errors[0]
    return results[0]


def _attempt(
    scheduler: Scheduler,
    one_after_the_other: Callable[..., object],
    state: Mapping[str, Any],
    name: str,
    variables: dict[str, object],
    frame: dict[str, object],
    context: Mapping[str, object],
    record: testing.Record,
) -> object:
    if state["Type"] != "Parallel":
        return one_after_the_other(state, name, variables, frame, context, record)
    given = frame["input"]
    if "Arguments" in state:
        given = testing.value(state["Arguments"], variables, frame)
    result = together(
        scheduler,
        [partial(testing.scope, branch, dict(variables), given, context, record) for branch in state["Branches"]],
    )
    return testing.settled(state, variables, {**frame, "result": result}, result)


_MAP = {"Type", "Comment", "Items", "ItemProcessor", "MaxConcurrency", "Assign", "Output", "Catch", "Next", "End"}
"""The fields of a Map that is run here."""


def _run_map(
    scheduler: Scheduler,
    state: Mapping[str, Any],
    name: str,
    variables: dict[str, object],
    frame: Mapping[str, object],
    context: Mapping[str, object],
    record: testing.Record,
) -> object:
    processor = state["ItemProcessor"]
    if more := set(state) - _MAP or processor.get("ProcessorConfig", {}).get("Mode", "INLINE") != "INLINE":
        raise testing.Unsupported(f"{name}: a Map with {more} is not run in a storm")
    items = testing.value(state["Items"], variables, frame)
    if not isinstance(items, list):
        raise Failure("States.QueryEvaluationError", f"Items is {items!r}, not an array")
    works = [partial(testing.scope, processor, dict(variables), item, context, record) for item in items]
    return together(scheduler, works, state.get("MaxConcurrency", 0))
