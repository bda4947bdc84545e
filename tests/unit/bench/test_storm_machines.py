"""State machines as processes of one scheduler: what runs beside what, what is timed out, and who completes a token."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import ClientError
from sfnx.testing import Call, Failure

from local.aws.quotas import Quota, Refusal
from local.machine import Machine
from tests.bench.simulated_aws import Unsimulated
from tests.bench.simulated_tasks import Cluster
from tests.bench.stage_times import Stage, Typical
from tests.bench.storm_account import Account, Execution, Json
from tests.bench.storm_machines import interleaved
from tests.bench.storm_scheduler import Scheduler
from tests.bench.storm_states import StatesClient
from tests.bench.storm_tasks import Tasks, machine_of

INVOKE = "arn:aws:states:::lambda:invoke"
FUNCTION = "RecordStatusFunction"
"""A function whose work has a time."""


class Instant(Typical):
    """Nothing takes time but what a test says."""

    def of(self, stage: Stage) -> float:
        return 0.0


class World:
    """An account in which a machine of the test's runs. `seen` has what a test notes, with the time."""

    def __init__(self, quotas: tuple[Quota, ...] = ()) -> None:
        self.scheduler = Scheduler()
        self.seen: list[tuple[float, object]] = []
        self.definitions: dict[str, Machine] = {}
        self.account = Account(self.scheduler, Instant(), self.definitions.__getitem__, self._task, quotas)
        self.tasks = Tasks(self.account, self._nothing)

    def machine(self, states: Json, name: str = "machine", **more: Any) -> None:
        first = next(iter(states))
        self.definitions[name] = Machine({"QueryLanguage": "JSONata", "StartAt": first, "States": states, **more})

    def start(self, name: str = "one", machine: str = "machine", at: float = 0.0) -> None:
        self.scheduler.spawn(partial(self.account.start, machine, name, {}), at)

    def run(self) -> None:
        with interleaved(self.scheduler, seed=1):
            self.scheduler.run()

    def outcome(self, name: str = "one") -> tuple[str, object, float]:
        """Status, output or error, and when it ended."""
        execution = self.account.executions[name]
        assert execution.outcome
        return execution.status, execution.outcome.error or execution.outcome.output, execution.ended_at

    def function(self, work: Callable[[Json], object]) -> None:
        self.account.functions[FUNCTION] = work

    def note(self, what: object) -> None:
        self.seen.append((self.scheduler.now(), what))

    def _task(self, execution: Execution, call: Call) -> object:
        return self.tasks(execution, call)

    def _nothing(self, _: str) -> Any:
        raise AssertionError("there are no instances")


@pytest.fixture
def world() -> World:
    return World()


def wait(name: str, seconds: int, **more: Any) -> Json:
    return {name: {"Type": "Wait", "Seconds": seconds, **(more or {"End": True})}}


def task(name: str, suffix: str = "", payload: object = "{% $states.context.State.Name %}", **more: Any) -> Json:
    call = {"FunctionName": f"${{{FUNCTION}Arn}}", "Payload": {"given": payload}}
    goes_on = {} if "Next" in more else {"End": True}
    return {name: {"Type": "Task", "Resource": INVOKE + suffix, "Arguments": call, **goes_on, **more}}


def branch(*states: Json) -> Json:
    merged: Json = {name: state for part in states for name, state in part.items()}
    return {"StartAt": next(iter(merged)), "States": merged}


def test_branches_run_beside_one_another_and_end_with_the_slowest(world: World) -> None:
    world.function(lambda event: world.note(event["given"]))
    branches = [
        branch(wait("A1", 1, Next="A2"), task("A2", Next="A3"), wait("A3", 4, Next="A4"), task("A4")),
        branch(wait("B1", 3, Next="B2"), task("B2")),
    ]
    world.machine(
        {"Both": {"Type": "Parallel", "Branches": branches, "Output": "{% $count($states.result) %}", "End": True}}
    )
    world.start()
    world.run()
    assert world.seen == [(1, "A2"), (3, "B2"), (5, "A4")]
    assert world.outcome() == ("SUCCEEDED", 2, 5)


def test_a_branch_that_fails_ends_the_others_at_once(world: World) -> None:
    failing = branch(wait("A1", 1, Next="A2"), {"A2": {"Type": "Fail", "Error": "Mine", "Cause": ""}})
    catch = [{"ErrorEquals": ["Mine"], "Output": "caught", "Next": "Done"}]
    both = {"Type": "Parallel", "Branches": [failing, branch(wait("B1", 50))], "Catch": catch, "Next": "Done"}
    world.machine({"Both": both, "Done": {"Type": "Succeed"}})
    world.start()
    world.run()
    assert world.outcome() == ("SUCCEEDED", "caught", 1)


def test_no_more_items_of_a_map_at_once_than_it_says(world: World) -> None:
    world.machine(
        {
            "Each": {
                "Type": "Map",
                "Items": [1, 2, 3],
                "MaxConcurrency": 2,
                "ItemProcessor": branch(wait("W", 2)),
                "End": True,
            }
        }
    )
    world.start()
    world.run()
    assert world.outcome()[2] == 4


def test_executions_share_quotas_and_the_second_is_throttled() -> None:
    throttled = Refusal("ThrottlingException", "Rate exceeded")
    world = World((Quota("Lists", "ecs", frozenset({"ListTasks"}), 1, 1, throttled, ""),))
    look = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ecs:listTasks", "Arguments": {}, "End": True}
    listing: Any = Listing()
    world.tasks = Tasks(world.account, lambda _: listing)
    world.machine({"Look": look})
    for name in ("one", "two"):
        world.scheduler.spawn(partial(world.account.start, "machine", name, {"instanceId": "inst_1"}))
    world.run()
    assert world.outcome("one")[0] == "SUCCEEDED"
    assert world.outcome("two") == ("FAILED", "Ecs.EcsException", 0)
    assert (world.account.throttle.calls, world.account.throttle.refused) == ({"Lists": 2}, {"Lists": 1})


class Listing:
    """Resources of an instance that has no task."""

    cluster = Cluster()


def test_a_retry_backs_off_on_the_virtual_clock_and_the_same_each_time() -> None:
    def ended(seed_of_jitter: int) -> float:
        world = World()
        world.function(lambda _: exec("raise ValueError"))
        retry = {"ErrorEquals": ["ValueError"], "IntervalSeconds": 10, "BackoffRate": 2, "MaxAttempts": 2}
        world.machine(task("Try", Retry=[{**retry, "JitterStrategy": "FULL"}]))
        world.start()
        with interleaved(world.scheduler, seed_of_jitter):
            world.scheduler.run()
        assert world.outcome()[:2] == ("FAILED", "ValueError")
        return world.outcome()[2]

    assert 0 < ended(1) < 30
    assert ended(1) == ended(1) != ended(2)


def test_a_function_that_takes_too_long_is_timed_out_and_goes_on_unwatched(world: World) -> None:
    def work(_: Json) -> None:
        world.scheduler.sleep(30)
        world.note("done")

    world.function(work)
    world.machine(task("Slow", TimeoutSeconds=10))
    world.start()
    world.run()
    assert world.outcome() == ("FAILED", "States.Timeout", 10)
    assert world.seen == [(30, "done")]


def test_an_execution_ends_when_its_own_time_is_up(world: World) -> None:
    world.machine({"Both": {"Type": "Parallel", "Branches": [branch(wait("W", 100))], "End": True}}, TimeoutSeconds=20)
    world.start()
    world.run()
    assert world.outcome() == ("TIMED_OUT", None, 20)


def test_an_execution_that_is_stopped_ends_in_its_wait(world: World) -> None:
    world.machine(wait("W", 100))
    world.start()
    world.scheduler.spawn(lambda: world.account.executions["one"].stop.set(), 7)
    world.run()
    assert world.outcome() == ("ABORTED", None, 7)


WAITING = {"suffix": ".waitForTaskToken", "payload": "{% $states.context.Task.Token %}"}


def test_a_token_wakes_the_one_that_waits_for_it(world: World) -> None:
    """A server of its own completes each token 5 seconds after it was asked."""
    queue: list[str] = []
    states: Any = StatesClient(world.account, machine_of)

    def serve() -> None:
        for count in range(2):
            world.scheduler.sleep(5)
            states.send_task_success(taskToken=queue[count], output=f'{{"count": {count}}}')

    world.function(lambda event: queue.append(event["given"]))
    world.machine(task("Ask", TimeoutSeconds=60, Output="{% $states.result.count %}", **WAITING))
    world.start("one")
    world.start("two")
    world.scheduler.spawn(serve)
    world.run()
    assert len(set(queue)) == 2
    assert world.outcome("one") == ("SUCCEEDED", 0, 5)
    assert world.outcome("two") == ("SUCCEEDED", 1, 10)


def test_a_token_may_be_completed_before_the_function_that_was_asked_has_answered(world: World) -> None:
    def work(event: Json) -> None:
        world.account.complete(event["given"], "early")
        world.scheduler.sleep(3)

    world.function(work)
    world.machine(task("Ask", **WAITING))
    world.start()
    world.run()
    assert world.outcome() == ("SUCCEEDED", "early", 3)


def test_a_token_may_fail_the_state_whose_retry_gets_another(world: World) -> None:
    tokens: list[str] = []

    def work(event: Json) -> None:
        tokens.append(event["given"])
        failure = Failure("Busy", "") if len(tokens) == 1 else None
        world.account.complete(event["given"], "done", failure)

    world.function(work)
    world.machine(task("Ask", Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 4}], **WAITING))
    world.start()
    world.run()
    assert world.outcome() == ("SUCCEEDED", "done", 4)
    assert len(set(tokens)) == 2


def test_a_token_that_nobody_completes_times_out_and_is_worth_nothing_then(world: World) -> None:
    tokens: list[str] = []
    world.function(lambda event: tokens.append(event["given"]))
    world.machine(task("Ask", TimeoutSeconds=30, **WAITING))
    world.start()

    def late() -> None:
        with pytest.raises(ClientError, match="TaskTimedOut"):
            world.account.complete(tokens[0], "late")
        world.note("refused")

    world.scheduler.spawn(late, 31)
    world.run()
    assert world.outcome() == ("FAILED", "States.Timeout", 30)
    assert world.seen == [(31, "refused")]


def test_an_execution_that_is_stopped_waits_for_no_token(world: World) -> None:
    world.function(lambda _: None)
    world.machine(task("Ask", **WAITING))
    world.start()
    world.scheduler.spawn(lambda: world.account.executions["one"].stop.set(), 9)
    world.run()
    assert world.outcome() == ("ABORTED", None, 9)


def test_a_functions_call_is_tried_again_once_as_botocore_does() -> None:
    refusal = Refusal("ThrottlingException", "Rate exceeded")
    world = World((Quota("Starts", "stepfunctions", frozenset(), 1, 0.001, refusal, ""),))

    def work() -> None:
        world.account.call("stepfunctions", "StartExecution")
        with pytest.raises(ClientError, match="ThrottlingException"):
            world.account.call("stepfunctions", "StartExecution")
        world.note("refused")

    world.scheduler.spawn(work)
    world.run()
    assert world.account.throttle.refused == {"Starts": 2}
    assert 0 < world.seen[0][0] < 1


@pytest.mark.parametrize("resource", ["arn:aws:states:::aws-sdk:ecs:tagResource", INVOKE])
def test_a_call_that_a_storm_does_not_know_ends_it(world: World, resource: str) -> None:
    world.machine(task("New", Resource=resource))
    world.start()
    with pytest.raises(Unsimulated, match="add it to"):
        world.run()


def test_transitions_beyond_the_quota_wait(world: World) -> None:
    states: Json = {f"S{number}": {"Type": "Pass", "Next": f"S{number + 1}"} for number in range(9)}
    world.machine({**states, "S9": {"Type": "Succeed"}})
    for number in range(100):
        world.start(f"e{number}")
    world.run()
    ended = max(execution.ended_at for execution in world.account.executions.values())
    assert ended == pytest.approx(200 / 800, abs=0.01), "800 are there at once"
