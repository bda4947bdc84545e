"""The API's handlers: what our code adds to the calls of AWS, and what the local gateway serves."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.bench.api import Api, api_at
from tests.bench.lines import Goal, Line, Part, Say, Source
from tests.bench.load import Load, Target, load
from tests.bench.records import sample
from tests.bench.replay import Call, recording
from tests.bench.servers import serving
from tests.bench.timing import Times, alternately
from tests.e2e.stack import Stack

INSTANCES = 100
"""In the table, and so on the page of LIST."""

ROUNDS = {"GET": 500, "LIST": 100, "POST": 300}
CLIENTS = (1, 32)
TURNS = 3
"""Of load on our API and of load on the bare function, one after the other."""

TURN_SECONDS = 3.0

KEYS = 32
"""Account keys that take turns: one may send 1,000 requests in 10 seconds."""

GET_GOAL = Goal(1.5, of_baseline=True)

METHOD = """\
The handler of `functions/api` runs in this process on sample events of API Gateway. Its boto3 clients speak HTTP to a
table in a process of its own that answers at once (`tests/bench/table.py`; moto takes a quarter of a second for a page
of 100, which would hide all that is ours). The baseline is the very calls that a request makes, recorded and made again
bare by the same clients, request and baseline by turns; of LIST it is the Query alone. `CPU` is the median of processor
time of this process. The gateway is that of `make run`, with its real functions; its baseline is a function that
answers at once behind the same gateway and runtime, by turns. There the table is moto's, and clients, gateway,
functions and table share the cores: so it tells of the local stack, and nothing of AWS."""


def run(say: Say) -> Part:
    lines = [*_in_process(say), *_through_gateway(say)]
    return Part("handlers", "API handlers", METHOD, lines)


def _in_process(say: Say) -> list[Line]:
    with serving("aws_server", str(INSTANCES)) as url, api_at(url) as api:
        say("GET in process")
        get = _calls_of(api, "get_instance")
        found = _compared(api, "get_instance", "GET", lambda: [call() for call in get])
        lines = _lines("GET", found, "its calls, bare", get, most=2, goal=GET_GOAL)
        say("LIST in process")
        page = _calls_of(api, "list_instances")
        found = _compared(api, "list_instances", "LIST", page[-1])
        lines += _lines(f"LIST of {INSTANCES}", found, "its Query, bare", page, most=2)
        say("POST in process")
        post = _calls_of(api, "create_instance")
        found = _compared(api, "create_instance", "POST", lambda: [call() for call in post])
        lines += _lines("POST", found, "its calls, bare", post, most=5)
    return lines


def _calls_of(api: Api, event: str) -> Sequence[Call]:
    sent = sample(event)
    api(sent)  # the first builds clients and connections
    with recording() as recorded:
        api(sent)
    return recorded


def _compared(api: Api, event: str, method: str, bare: Callable[[], object]) -> list[Times]:
    sent = sample(event)
    return alternately(ROUNDS[method], lambda: api(sent), bare)


def _lines(
    name: str, found: list[Times], against: str, calls: Sequence[Call], most: int, goal: Goal | None = None
) -> list[Line]:
    ours, bare = found
    return [
        Line(f"{name} p50", ours.p(50), "ms", bare.p(50), against, goal, why=_why(ours.p(50), bare.p(50))),
        Line(f"{name} p99", ours.p(99), "ms", bare.p(99), against),
        Line(f"{name} CPU", ours.cpu_p50, "ms", bare.cpu_p50, against, goal, why=_why(ours.cpu_p50, bare.cpu_p50)),
        Line(f"{name} calls of AWS", len(calls), "", goal=Goal(most), source=Source.COUNTED),
    ]


def _why(ours: float, bare: float) -> str:
    return f"our own code takes {ours - bare:.2f} ms of the request, and the calls {bare:.2f} ms"


def _through_gateway(say: Say) -> list[Line]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serving("bare_lambda", folder) as bare_url,
        Stack(Path(folder) / "home") as stack,
    ):
        bare = Target(f"{bare_url}/bare", ["none"])
        ours = Target(f"{stack.api.url}/api/v1/instances/{_instance(stack)}", _account_keys(stack))
        lines: list[Line] = []
        for clients in CLIENTS:
            say(f"{clients} clients at the gateway")
            lines += _gateway_lines(clients, *_by_turns(ours, bare, clients))
    return lines


def _instance(stack: Stack) -> str:
    created = stack.api.create()
    stack.api.wait(created.id, seconds=30)
    return created.id


def _account_keys(stack: Stack) -> list[str]:
    own = f"/organizations/{stack.api.organization_id}"
    [member] = stack.api.send("GET", f"{own}/members").json()["members"]
    wanted = {"role": "viewer", "memberId": member["id"]}
    answers = [stack.api.send("POST", f"{own}/keys", json={**wanted, "name": f"k{n}"}) for n in range(KEYS)]
    return [answer.json()["createdKey"]["plainTextKey"] for answer in answers]


def _by_turns(ours: Target, bare: Target, clients: int) -> tuple[Load, Load]:
    # The first is not counted: it starts as many processes as there are clients to serve.
    load(bare, clients, seconds=TURN_SECONDS)
    load(ours, clients, seconds=TURN_SECONDS)
    measured = Load([], 0), Load([], 0)
    for _ in range(TURNS):
        measured = (
            measured[0] + load(ours, clients, seconds=TURN_SECONDS),
            measured[1] + load(bare, clients, seconds=TURN_SECONDS),
        )
    return measured


def _gateway_lines(clients: int, ours: Load, bare: Load) -> list[Line]:
    name = f"gateway GET, {clients} client{'s' if clients > 1 else ''}"
    against = "a function that answers at once"
    return [
        Line(name, ours.per_second, "/s", bare.per_second, against),
        Line(f"{name}, p50", ours.p50, "ms", bare.p50, against),
        Line(f"{name}, p99", ours.p99, "ms", bare.p99, against),
    ]
