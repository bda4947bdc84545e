"""Growth: what ten thousand times as many records cost a request, and the passes that look after all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from local import template as templates
from tests.bench.api import Api, api_at
from tests.bench.lines import Goal, Line, Part, Plot, Say, Source
from tests.bench.passes import Used, run_pass
from tests.bench.plot import Series, log_log
from tests.bench.records import EACH, sample
from tests.bench.servers import PROJECT, serving
from tests.bench.timing import Times, alternately

SIZES = (10, 1_000, 100_000)
"""Records. The requests' are all in one organization; the passes' in such of EACH at most."""

ROUNDS = 200
TIMES = {10: 20, 1_000: 5, 100_000: 1}
"""How often a pass is run: the median counts."""

LIMIT = "10"
"""Of the page of LIST, at every size."""

FLAT = Goal(1.5, of_baseline=True)
PER_RECORD = Goal(1.5, of_baseline=True)

METHOD = f"""\
Synthetic records, in a table of our own in a process of its own whose reads cost the same at every size
(`tests/bench/table.py`: moto looks at every item of a partition). GET and LIST (a page of {LIMIT}) ask about
organizations of 10, 1,000 and 100,000 instances, by turns, in process. A pass runs in a process of its own, with the
real use case and the real adapters of the table. The rest of the world is made up as it is asked for: {EACH} instances
to an organization, a thing of every kind for each, and all is well; a Redis that answers at once. So what counts is
our own work, and what it costs to read the record. The metrics pass keeps its buckets in memory, packed as in the
table; the calls of DynamoDB that it saves so are counted. All times are of processors, of our process; memory is the
most that the process has resident, and its goal what template.yaml gives the function."""

FUNCTIONS = {"reconcile": "ReconcileFleetFunction", "metrics": "CollectMetricsFunction"}


@dataclass(frozen=True, slots=True)
class Grown:
    """What was measured of the passes, by name and size."""

    passes: dict[str, dict[int, Used]]
    get: Sequence[Times]
    page: Sequence[Times]


def run(say: Say) -> Part:
    get, page = _requests(say)
    grown = Grown(_passes(say), get, page)
    lines = [*_request_lines("GET", get), *_request_lines(f"LIST, a page of {LIMIT}", page)]
    lines += [line for name in FUNCTIONS for line in _pass_lines(name, grown.passes[name])]
    return Part("growth", "Growth", METHOD, lines, [Plot("growth", _plot(grown))])


def _requests(say: Say) -> tuple[Sequence[Times], Sequence[Times]]:
    say("filling the table for GET and LIST")
    with serving("aws_server", *map(str, SIZES)) as url, api_at(url) as api:
        say("GET and LIST")
        return _by_size(api, "get_instance"), _by_size(api, "list_instances")


def _by_size(api: Api, name: str) -> Sequence[Times]:
    events = [sample(name, organization) for organization in range(len(SIZES))]
    for event in events:
        if "queryStringParameters" in event:
            event["queryStringParameters"]["limit"] = LIMIT
    return alternately(ROUNDS, *(lambda event=event: api(event) for event in events))


def _passes(say: Say) -> dict[str, dict[int, Used]]:
    found: dict[str, dict[int, Used]] = {name: {} for name in FUNCTIONS}
    for size in SIZES:
        organizations = f"{min(size, EACH)}x{max(1, size // EACH)}"
        with serving("aws_server", organizations) as url:
            for name in FUNCTIONS:
                say(f"the {name} pass over {size:,} records")
                found[name][size] = run_pass(name, url, size, TIMES[size])
    return found


def _request_lines(name: str, times: Sequence[Times]) -> list[Line]:
    first = times[0].cpu_p50
    return [
        Line(
            f"{name} at {size:,}",
            at.cpu_p50,
            "ms",
            first,
            f"at {SIZES[0]}",
            FLAT,
            why=f"{at.cpu_p50 - first:.2f} ms more than at {SIZES[0]}",
        )
        for size, at in zip(SIZES[1:], times[1:], strict=True)
    ]


def _pass_lines(name: str, used: dict[int, Used]) -> list[Line]:
    small, middle, large = (used[size] for size in SIZES)
    each = {size: 1000 * used[size].cpu / size for size in SIZES}
    memory = _memory_of(FUNCTIONS[name])
    most, before = SIZES[-1], SIZES[-2]
    return [
        Line(f"{name} pass at {SIZES[0]}", 1000 * small.cpu, "ms"),
        Line(f"{name} pass at {before:,}", 1000 * middle.cpu, "ms"),
        Line(f"{name} pass at {most:,}", large.cpu, "s"),
        Line(
            f"{name} pass, each of {most:,}",
            each[most],
            "ms",
            each[before],
            f"each of {before:,}",
            PER_RECORD,
            why=f"each record takes {each[most] - each[before]:.3f} ms more",
        ),
        Line(f"{name} pass, calls of DynamoDB at {most:,}", large.calls, "", source=Source.COUNTED),
        Line(
            f"{name} pass, memory at {most:,}",
            large.memory,
            "MB",
            large.memory_before,
            "before the pass",
            Goal(memory),
            why=f"the function has {memory} MB",
        ),
    ]


def _memory_of(function: str) -> int:
    return templates.read_beside(PROJECT / "template.yaml").functions[function].memory


def _plot(grown: Grown) -> str:
    requests = {"GET": grown.get, f"LIST, a page of {LIMIT}": grown.page}
    series = [
        Series(name, [(size, at.cpu_p50) for size, at in zip(SIZES, times, strict=True)])
        for name, times in requests.items()
    ]
    series += [
        Series(f"{name} pass", [(size, 1000 * one.cpu) for size, one in used.items()])
        for name, used in grown.passes.items()
    ]
    return log_log("Growth: processor time by the number of records", "records", "milliseconds of processor", series)
