"""Cold starts: from the start of each function's process to its first answer, through the genuine runtime client."""

import json
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local import template as templates
from local.template import Template
from tests.bench import packages
from tests.bench.api import environment
from tests.bench.lines import Goal, Line, Part, Say, Source, percentile
from tests.bench.records import sample
from tests.bench.runtime import Program, Start, started
from tests.bench.servers import PROJECT, serving

ROUNDS = 3
"""Of all functions, each after the empty one: the median counts."""

EVENTS = {
    "ApiFunction": "get_instance",
    "EmptyOrganizationFunction": "delete_instances",
    "FanOutEventFunction": "table_changed",
    "ProveBackupFunction": "start_proof",
    "RecordBackupFunction": "fail_backup",
    "RecordStatusFunction": "mark_running",
    "RecoverInstanceFunction": "plan_recovery",
    "RelayChangesFunction": "table_changed",
    "RepairInstanceFunction": "execution_ended_badly",
    "ResizeInstanceFunction": "plan_resize",
    "WatchRetirementsFunction": "tasks_retired",
    "WatchTasksFunction": "task_stopped",
}
"""The sample event that a function gets first, where it is not the one of the function's own name."""

EMPTY = "def handler(event, context):\n    return {}\n"
LIMIT_ZIPPED, LIMIT_UNPACKED = 50, 250
"""MB that Lambda takes: in a zip uploaded directly, and unpacked with all layers."""

METHOD = """\
Each function of template.yaml in a fresh process of its own, nothing loaded before, with `awslambdaric` as on Lambda
and its sample event of `events/`; after each the same of a function that does nothing, whose figure is the baseline.
`init` ends when the process asks for its first event: less the baseline it is the import of the function. What it loads
only at need, boto3 and its clients above all, is in the first answer. AWS is a server beside it that has our table with
one instance, and says of all else at once that it is not there; where the handler then fails, the line says `refused`.
This Python, this processor, no limit of either: on Lambda a function has a part of a processor by its memory, a whole
one during `init`, and ApiFunction starts from a snapshot that was taken after it. `memory` is what is resident after
the first answer; its goal what template.yaml gives the function. Sizes are computed from the files that `sam build`
would pack, with the libraries as installed here from the locked wheels."""


def run(say: Say) -> Part:
    template = templates.read_beside(PROJECT / "template.yaml")
    found: dict[str, list[tuple[Start, Start]]] = {name: [] for name in sorted(template.functions)}
    with tempfile.TemporaryDirectory() as folder, serving("aws_server", "1") as url:
        empty = _empty(Path(folder), url)
        programs = {name: _program(template, name, url, Path(folder)) for name in found}
        events = {name: json.dumps(sample(event_of(name))).encode() for name in found}
        for turn in range(ROUNDS):
            say(f"each of {len(found)} functions, {turn + 1} of {ROUNDS}")
            for name, starts in found.items():
                starts.append((started(programs[name], events[name]), started(empty, b"{}")))
    lines = [line for name, starts in found.items() for line in _lines(name, starts, template.functions[name].memory)]
    say("packing")
    return Part("cold_start", "Cold starts", METHOD, [*lines, *_sizes(template)])


def _empty(folder: Path, url: str) -> Program:
    code = folder / "empty"
    code.mkdir()
    (code / "app.py").write_text(EMPTY, encoding="utf-8")
    return Program(code, "app.handler", (), environment(url))


def _program(template: Template, name: str, url: str, folder: Path) -> Program:
    function = template.functions[name]
    properties = template.resources[name]["Properties"]
    variables: Mapping[str, Any] = properties.get("Environment", {}).get("Variables", {})
    own = {variable: _value(variable, value, folder) for variable, value in variables.items()}
    return Program(function.folder, function.handler, function.layers, own | environment(url))


def _value(variable: str, value: object, folder: Path) -> str:
    """Of an environment variable: as the template has it, or for a reference something of its kind."""
    if isinstance(value, str):
        return value
    if variable == "WEBHOOK_NETWORKS":
        return ""
    return str(folder) if variable.endswith("_FOLDER") else "arn:aws:bench:eu-central-1:123456789012:bench:bench"


def event_of(function: str) -> str:
    """The name of the sample event that a function gets."""
    return EVENTS.get(function) or re.sub(r"(?<!^)(?=[A-Z])", "_", function.removesuffix("Function")).lower()


def _lines(name: str, starts: list[tuple[Start, Start]], memory: int) -> list[Line]:
    ours, empty = zip(*starts, strict=True)
    answer = "first answer (refused)" if ours[0].refused else "first answer"
    against = "an empty function"

    def median(of: tuple[Start, ...], field: str) -> float:
        return percentile([getattr(start, field) for start in of], 50)

    return [
        Line(f"{name} init", median(ours, "init"), "ms", median(empty, "init"), against),
        Line(f"{name} {answer}", median(ours, "answer"), "ms", median(empty, "answer"), against),
        Line(
            f"{name} memory",
            median(ours, "memory"),
            "MB",
            median(empty, "memory"),
            against,
            Goal(memory),
            why=f"the function has {memory} MB",
        ),
    ]


def _sizes(template: Template) -> list[Line]:
    functions = {name: packages.of_function(function.folder) for name, function in template.functions.items()}
    largest = max(functions, key=lambda name: functions[name].zipped)
    [folder] = {layer for function in template.functions.values() for layer in function.layers}
    layer = packages.of_layer(folder)
    counted = Source.COUNTED
    return [
        Line(f"package of {largest}, the largest", functions[largest].zipped / 1e6, "MB", source=counted),
        Line("layer, zipped", layer.zipped / 1e6, "MB", goal=Goal(LIMIT_ZIPPED), source=counted),
        Line("layer, unpacked", layer.unpacked / 1e6, "MB", goal=Goal(LIMIT_UNPACKED), source=counted),
    ]
