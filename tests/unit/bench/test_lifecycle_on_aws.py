"""The real state machines on the simulated AWS: each operation ends, takes what it must, and is counted."""

import pytest
from sfnx.testing import Call

from local.machine import Machine
from tests.bench import lifecycle_on_aws, machines
from tests.bench.aws_model import Took, summary, why
from tests.bench.lifecycle_on_aws import COLD_CREATE, DELETE, RESIZE, WARM_CREATE, Operation, known, run
from tests.bench.lines import Source
from tests.bench.real_calls import Made
from tests.bench.simulated_aws import INVOKE, SimulatedAws, Unsimulated
from tests.bench.stage_times import IN_SYNC, INTERFACE, PULL_AND_START, Drawn, Stage, Typical
from tests.bench.virtual_time import BranchingClock

OPERATIONS = known()


class Instead(Typical):
    """Typical times, but for some stages."""

    def __init__(self, seconds: dict[Stage, float]) -> None:
        self._seconds = seconds

    def of(self, stage: Stage) -> float:
        return self._seconds.get(stage, super().of(stage))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_each_operation_takes_a_little_longer_than_it_must(operation: Operation) -> None:
    life = run(operation, Typical())
    assert life.bare <= life.least < life.seconds < life.least + 15
    assert life.transitions == len(life.path) > len(life.invocations)


def test_the_same_seed_gives_the_same_life() -> None:
    assert run(DELETE, Drawn(3)) == run(DELETE, Drawn(3)) != run(DELETE, Drawn(4))


def test_a_creation_waits_for_the_slower_of_the_task_and_the_record() -> None:
    slow_record = run(COLD_CREATE, Instead({INTERFACE: 5.0, PULL_AND_START: 6.0, IN_SYNC: 40.0}))
    slow_task = run(COLD_CREATE, Instead({INTERFACE: 5.0, PULL_AND_START: 40.0, IN_SYNC: 6.0}))
    assert slow_record.least == slow_task.least == 45.0
    assert slow_record.bare == 11.0
    for life in (slow_record, slow_task):
        assert 45.0 < life.seconds < 51.0, "not one after the other"


def test_a_task_that_starts_at_once_is_looked_for_at_once() -> None:
    life = run(COLD_CREATE, Instead({INTERFACE: 0.01, PULL_AND_START: 0.5, IN_SYNC: 0.01}))
    assert life.seconds < 5.0


def test_a_resize_has_its_new_task_serve_and_the_old_one_stopped() -> None:
    life = run(RESIZE, Typical())
    assert life.states["Resized"] == life.states["StopRedisTask"] == 1
    own = [step for function, step, _ in life.invocations if function == "ResizeInstanceFunction"]
    assert [step for step in own if step != "CheckReplication"] == [
        "PlanResize",
        "StartReplication",
        "SwitchOver",
        "FinishResize",
    ]


@pytest.mark.parametrize("resource", ["arn:aws:states:::aws-sdk:ecs:tagResource", INVOKE])
def test_a_call_that_the_model_does_not_know_is_an_error(resource: str) -> None:
    aws = SimulatedAws(BranchingClock(), Typical(), "RUNNING")
    with pytest.raises(Unsimulated, match="add it to"):
        aws(Call("New", resource, {"FunctionName": "${NewFunctionArn}", "Payload": {}}))


@pytest.mark.parametrize(
    ("condition", "expected"), [("{% $exists($states.input.member) %}", True), ("{% true %}", False)]
)
def test_a_warm_creation_is_run_where_the_machine_knows_of_members(
    monkeypatch: pytest.MonkeyPatch, condition: str, expected: bool
) -> None:
    choice = {"Type": "Choice", "Choices": [{"Condition": condition, "Next": "Done"}], "Default": "Done"}
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "IsClaim",
        "States": {"IsClaim": choice, "Done": {"Type": "Succeed"}},
    }
    monkeypatch.setattr(lifecycle_on_aws, "machine", lambda _: Machine(definition))
    assert (WARM_CREATE in known()) is expected


def test_an_operations_counts_name_each_loop_with_its_share() -> None:
    life = run(RESIZE, Typical())
    lines = {line.name: line for line in machines.counts(RESIZE, life, {})}
    loop = lines["resize: transitions in the loop of WaitForReplica"]
    assert lines["resize: transitions"].value == loop.baseline == life.transitions
    assert loop.value == 3 * life.states["WaitForReplica"]
    assert loop.source is Source.COUNTED


def test_a_thousand_cost_a_thousand_times_as_much_and_the_parts_are_the_whole() -> None:
    life = run(DELETE, Typical())
    whole, *parts = machines.costs(DELETE, life, Made(), {"RecordStatusFunction": 512})
    assert parts[0].value == pytest.approx(life.transitions * 0.025)
    assert sum(part.value for part in parts) == pytest.approx(whole.value)


def test_an_operation_of_whose_functions_nothing_is_known_costs_its_machine() -> None:
    life = run(DELETE, Typical())
    line = machines.cost_of_machine(DELETE, life, {"RecordStatusFunction": 512})
    transitions = life.transitions * 0.025
    assert transitions < line.value < transitions + 0.02


def test_what_is_modelled_is_set_beside_the_bare_start_of_the_same_runs() -> None:
    found = [Took(seconds, seconds - 10, seconds - 4) for seconds in (30.0, 50.0, 90.0)]
    lines = list(summary(COLD_CREATE, found))
    assert [(line.value, line.baseline, line.met) for line in lines] == [
        (50.0, 40.0, False),
        (90.0, 80.0, False),
        (4.0, None, None),
    ]
    assert "ECS alone takes 40.0 s, with Route 53 beside it 46.0 s" in lines[0].why == why(found, 50)
    assert {line.source for line in lines} == {Source.MODELLED}
