"""Part 5 of the bench: state transitions and Lambda calls of each operation, what its loops take, and what it costs."""

from collections.abc import Iterator, Mapping

from tests.bench import price_list as prices
from tests.bench import real_calls
from tests.bench.costs import cost
from tests.bench.lifecycle_on_aws import Life, Operation, known, machine
from tests.bench.lifecycle_on_aws import run as run_operation
from tests.bench.lines import Line, Part, Say, Source
from tests.bench.loops import WHY, loops
from tests.bench.real_calls import Made
from tests.bench.stage_times import Typical
from tests.expanded import expanded

THOUSAND = 1000

METHOD = f"""
The machines' own files are run with each stage of AWS at its p50 (the model's stage times, see `aws_model`), so the
rounds of a loop are those of a typical run; a transition is a state entered, as AWS bills it. What functions are
invoked and what they call is counted from one life of an instance, with all that hears of it: the real handlers, with
every call to AWS noted. The cost is both, times the list prices of eu-central-1 as of {prices.AS_OF}
(`tests/bench/price_list.py`): requests only, without what runs by the hour, logs, tracing and data transfer.
""".strip().replace("\n", " ")


def run(say: Say) -> Part:
    """Counts every operation that the machines can do."""
    lifecycles = {operation: run_operation(operation, Typical()) for operation in known()}
    say("the machines have run")
    made = real_calls.count(say)
    memory = {name: found.memory for name, found in expanded().functions.items()}
    lines = [line for operation, life in lifecycles.items() for line in counts(operation, life, made)]
    for operation, life in lifecycles.items():
        if operation.name in made:
            lines += list(costs(operation, life, made[operation.name], memory))
        else:
            lines.append(cost_of_machine(operation, life, memory))
    title = "The machines: transitions, Lambda calls, loops, and the cost of 1,000"
    return Part("machines", title, f"{METHOD}\n\n{justification()}", lines)


def counts(operation: Operation, life: Life, made: Mapping[str, Made]) -> Iterator[Line]:
    """Transitions, invocations, and each loop's share of the transitions."""
    name = operation.name
    yield Line(f"{name}: transitions", life.transitions, "", source=Source.COUNTED)
    yield Line(f"{name}: Lambda calls of the machine", len(life.invocations), "", source=Source.COUNTED)
    if name in made:
        everywhere = made[name].invocations.total()
        yield Line(
            f"{name}: Lambda calls with the API's, the stream's, the bus's", everywhere, "", source=Source.COUNTED
        )
    for loop in loops(machine(operation.machine)):
        if rounds := life.states[loop.wait]:
            yield Line(
                f"{name}: transitions in the loop of {loop.wait}",
                loop.transitions(life.states),
                "",
                baseline=life.transitions,
                against=f"all; {rounds} rounds of {len(loop.states)} states",
                source=Source.COUNTED,
            )


def costs(operation: Operation, life: Life, made: Made, memory: Mapping[str, int]) -> Iterator[Line]:
    """For a thousand of the operation: in all, and by what is paid for."""
    found = cost(life, made, memory)
    name = f"1,000 × {operation.name}"
    yield Line(name, found.total * THOUSAND, "USD", source=Source.COUNTED)
    parts = {
        "Step Functions": found.step_functions,
        "Lambda": found.functions,
        "DynamoDB": found.dynamodb,
        "API Gateway, EventBridge, Secrets Manager, KMS": found.other,
    }
    for service, dollars in parts.items():
        yield Line(
            f"{name}: {service}",
            dollars * THOUSAND,
            "USD",
            baseline=found.total * THOUSAND,
            against="all of it",
            source=Source.COUNTED,
        )


def cost_of_machine(operation: Operation, life: Life, memory: Mapping[str, int]) -> Line:
    """For a thousand of an operation that the counted life of an instance does not have: the machine alone."""
    dollars = cost(life, Made(), memory).total * THOUSAND
    return Line(f"1,000 × {operation.name}: the machine alone", dollars, "USD", source=Source.COUNTED)


def justification() -> str:
    """Why each loop polls, and how often, as a list in Markdown."""
    found = {
        loop.wait: loop
        for name in sorted({operation.machine for operation in known()})
        for loop in loops(machine(name))
    }
    return "\n".join(
        f"- `{wait}` ({' → '.join(loop.states)}; waits `{loop.seconds}` s): {WHY[wait]}."
        for wait, loop in found.items()
    )
