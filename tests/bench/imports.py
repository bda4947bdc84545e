"""What a start of each function costs before its first event: its imports, and then the clients that it needs.

Processor time of fresh processes: what else the computer does at the same time changes it little. The functions take
turns with the baseline, so that what it does change changes both.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import template as templates
from tests.bench.lines import Goal, Line, Part, Say, Source, percentile
from tests.providers import taken

ROUNDS = 15
AT_ONCE = 2
"""Processes at a time: one for each of two cores."""

GOAL = Goal(0.6, of_baseline=True)
AGAINST = "boto3, one client, pydantic, Powertools' resolver with validation"

ROOT = Path(__file__).parents[2]
LAYER = ROOT / "layers" / "shared"
ARN = "arn:aws:states:eu-central-1:123456789012:stateMachine:any"

BASELINE = """
import boto3
import pydantic
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
boto3.client("dynamodb")
APIGatewayHttpResolver(enable_validation=True)
"""

API_READY = """
from swiftcache.api.loading import load
load("GET /api/v1/instances/{instanceId}")
"""
API_TAKES = {
    ("swiftcache.access.wiring", "rates"),
    ("swiftcache.instances.wiring", "instance_service"),
    ("swiftcache.organizations.wiring", "accounts"),
}
"""What GET of an instance needs. The other functions need all that they take of the injector."""

_PROGRAM = """
import json, sys, time
sys.path[:0] = {paths}
began = time.process_time()
{imports}
imported, modules = time.process_time(), len(sys.modules)
{ready}
print(json.dumps([imported - began, time.process_time() - began, modules]))
"""


@dataclass(frozen=True, slots=True)
class Subject:
    """`imports` is measured, then `ready` besides. The environment is the function's."""

    name: str
    imports: str
    ready: str = ""
    paths: tuple[str, ...] = ()
    environment: Mapping[str, str] | None = None

    def program(self) -> str:
        return _PROGRAM.format(paths=list(self.paths), imports=self.imports, ready=self.ready)


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of the processor, and modules."""

    imported: float
    ready: float
    modules: int


def run(say: Say) -> Part:
    subjects = [Subject("baseline", BASELINE), *functions()]
    for subject in subjects:
        _start(subject)  # so that every measured process finds compiled code
    found: dict[str, list[Cost]] = {subject.name: [] for subject in subjects}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for number in range(1, ROUNDS + 1):
            for subject, cost in zip(subjects, pool.map(_start, subjects), strict=True):
                found[subject.name].append(cost)
            say(f"round {number} of {ROUNDS}")
    middle = {name: _middle(costs) for name, costs in found.items()}
    api = next(subject for subject in subjects if subject.name == "api")
    packages = ", ".join(f"{name} {figure:.0f} ms" for name, figure in dearest(importtime(api)))
    return Part(
        name="imports",
        title="Imports: the processor's time until a function can take its first event",
        method=(
            f"The median of {ROUNDS} fresh processes of each function, {AT_ONCE} at a time, by turns with a baseline "
            f"({AGAINST}). `import` is `import app`; `ready` has also built what the handler takes of the injector, "
            "boto3's clients with it, and for the API the module of one route. What costs the API's import most, by "
            f"`-X importtime`: {packages}."
        ),
        lines=list(lines(middle)),
    )


def lines(middle: Mapping[str, Cost]) -> Iterator[Line]:
    """The API first, then the others, the slowest import first."""
    baseline = middle["baseline"]
    api = middle["api"]
    why = f"Powertools' resolver, which routes and validates, is most of the {api.imported:.0f} ms"
    yield Line("api: import", api.imported, "ms", baseline.imported, AGAINST, GOAL, why)
    yield Line("api: ready for GET", api.ready, "ms", baseline.imported, "the same")
    yield Line("api: modules", api.modules, "", baseline.modules, "the same", source=Source.COUNTED)
    others = [name for name in middle if name not in ("api", "baseline")]
    for name in sorted(others, key=lambda name: -middle[name].imported):
        yield Line(f"{name}: import", middle[name].imported, "ms", baseline.imported, "the same")
        yield Line(f"{name}: ready", middle[name].ready, "ms", baseline.imported, "the same")


def functions() -> Iterator[Subject]:
    """Every function of the template, with its environment."""
    template = templates.read_beside(ROOT / "template.yaml")
    for logical_id, function in template.functions.items():
        variables = template.resources[logical_id]["Properties"]["Environment"]["Variables"]
        is_api = function.folder.name == "api"
        takes = API_TAKES if is_api else taken(function.folder / "app.py")
        yield Subject(
            name=function.folder.name,
            imports="import app",
            ready=(API_READY if is_api else "") + _built(takes),
            paths=(str(function.folder), str(LAYER)),
            environment={name: _value(value, template.parameters) for name, value in variables.items()},
        )


def _built(takes: set[tuple[str, str]]) -> str:
    """Builds what a handler takes of its process's injector."""
    lines = [f"from {module} import {name}\n{name}(PROCESS)\n" for module, name in sorted(takes)]
    return "".join(["from swiftcache.platform.injector import PROCESS\n", *lines])


def _value(value: Any, parameters: Mapping[str, Any]) -> str:
    """A variable's plain value, or its parameter's default, or something that looks like an ARN."""
    if isinstance(value, dict):
        return str(parameters.get(value.get("Ref", ""), {}).get("Default", ARN))
    return str(value)


def _start(subject: Subject) -> Cost:
    imported, ready, modules = json.loads(_python(subject, "-c", subject.program()).stdout)
    return Cost(1000 * imported, 1000 * ready, modules)


def importtime(subject: Subject) -> str:
    """What Python tells of each import."""
    return _python(subject, "-X", "importtime", "-c", subject.program()).stderr


def dearest(report: str, count: int = 10) -> list[tuple[str, float]]:
    """The packages whose modules take the most milliseconds to import, without those that they import in turn."""
    spent: Counter[str] = Counter()
    for microseconds, module in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", report, re.MULTILINE):
        spent[module.partition(".")[0]] += int(microseconds)
    return [(name, microseconds / 1000) for name, microseconds in spent.most_common(count)]


def _python(subject: Subject, *arguments: str) -> subprocess.CompletedProcess[str]:
    aws = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any"}
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-I", *arguments],
        env={**kept, **aws, **(subject.environment or {})},
        capture_output=True,
        text=True,
        check=True,
    )


def _middle(costs: list[Cost]) -> Cost:
    return Cost(
        percentile((cost.imported for cost in costs), 50),
        percentile((cost.ready for cost in costs), 50),
        costs[0].modules,
    )
