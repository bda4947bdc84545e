"""How long the command line takes to start, beside `aws --version` where there is an AWS CLI.

Processor time of fresh processes, by turns: what else the computer does at the same time changes it little.
"""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.lines import Goal, Line, Part, Say, percentile

ROUNDS = 15
GOAL = Goal(0.3, of_baseline=True)
AWS = "aws --version"
WHY = "typer's own import is two thirds of it"

ROOT = Path(__file__).parents[2]
CONNECT = "import typer; from swiftcache_cli import program, client, credentials, http"


@dataclass(frozen=True, slots=True)
class Start:
    name: str
    command: Sequence[str]


def starts() -> Iterator[Start]:
    own = [sys.executable, "-P", "-m", "swiftcache_cli"]
    yield Start("--version", [*own, "--version"])
    yield Start("instances list --help", [*own, "instances", "list", "--help"])
    yield Start("all that a request needs", [sys.executable, "-P", "-c", CONNECT])
    if program := shutil.which("aws"):
        yield Start(AWS, [program, "--version"])


def run(say: Say) -> Part:
    found = list(starts())
    for start in found:
        milliseconds(start)  # so that every measured process finds compiled code
    taken: dict[str, list[float]] = {start.name: [] for start in found}
    for number in range(1, ROUNDS + 1):
        for start in found:
            taken[start.name].append(milliseconds(start))
        say(f"round {number} of {ROUNDS}")
    return Part(
        name="command_line",
        title="The command line: the processor's time of a start",
        method=(
            f"The median of {ROUNDS} fresh processes of each, by turns with `{AWS}`, if there is one on the path. "
            "What a request needs has also imported the client, its credentials and HTTP."
        ),
        lines=list(lines({name: percentile(each, 50) for name, each in taken.items()})),
    )


def lines(middle: Mapping[str, float]) -> Iterator[Line]:
    """Without an AWS CLI there is nothing to compare with, and so no goal."""
    baseline = middle.get(AWS)
    for name, value in middle.items():
        if name != AWS:
            goal = None if baseline is None else GOAL
            yield Line(name, value, "ms", baseline, AWS if baseline else "", goal, WHY if baseline else "")


def milliseconds(start: Start) -> float:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "cli")}
    before = _children()
    subprocess.run(start.command, env=environment, stdout=subprocess.DEVNULL, check=True)
    return 1000 * (_children() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
