"""What came of a run: a table for people, `compat.json` for programs."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from tests.compat.expectations import Surprise


@dataclass(frozen=True, slots=True)
class Suite:
    """What came of one suite: redis-py's tests, or one framework's program, which counts as one.

    `expected` are those that failed as they must, `again` those that a second try settled.
    """

    name: str
    language: str
    version: str
    ran: int
    passed: int
    skipped: int
    expected: int
    again: int
    unexpected: tuple[Surprise, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Run:
    """What came of the suites on one engine, by the API's name of it. `server` is its version, `seconds` what the last
    run took.

    `kinds` is how many tests failed of each kind, by its name.
    """

    engine: str
    server: str
    seconds: float
    suites: tuple[Suite, ...]
    kinds: Mapping[str, int]

    def renewed_by(self, later: "Run") -> "Run":
        suites = {suite.name: suite for suite in (*self.suites, *later.suites)}
        return replace(later, suites=tuple(suites.values()), kinds=later.kinds or self.kinds)


@dataclass(frozen=True, slots=True)
class Results:
    """One run for each engine that was tried."""

    runs: tuple[Run, ...]

    @property
    def is_good(self) -> bool:
        return not any(suite.unexpected for run in self.runs for suite in run.suites)

    def of(self, engine: str) -> Run | None:
        return next((run for run in self.runs if run.engine == engine), None)

    def renewed_by(self, later: "Results") -> "Results":
        """With what came later of each suite, where it was run again; of another server nothing of before is true."""
        runs = {run.engine: run for run in self.runs}
        for run in later.runs:
            before = runs.get(run.engine)
            runs[run.engine] = before.renewed_by(run) if before and before.server == run.server else run
        return Results(tuple(runs[engine] for engine in sorted(runs)))


def write(file: Path, results: Results) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    found = {"passed": results.is_good, **asdict(results)}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> Results:
    """Raises FileNotFoundError."""
    return Results(tuple(map(_run, json.loads(file.read_text(encoding="utf-8"))["runs"])))


def _run(found: dict[str, Any]) -> Run:
    suites = (
        Suite(**(suite | {"unexpected": tuple(Surprise(**one) for one in suite["unexpected"])}))
        for suite in found["suites"]
    )
    return Run(**(found | {"suites": tuple(suites)}))


HEADINGS = ("ran", "passed", "skipped", "expected", "again", "unexpected", "seconds")


def table(results: Results) -> str:
    """A line for each suite on each engine, its surprises below."""
    found = [(run.engine, suite) for run in results.runs for suite in run.suites]
    width = max(len(suite.name) for _, suite in found) + 2
    lines = [f"{'suite':{width}}{'language':10}{'engine':8}" + "".join(f"{heading:>11}" for heading in HEADINGS)]
    for engine, suite in found:
        figures = "".join(f"{cell:>11}" for cell in cells(suite))
        lines.append(f"{suite.name:{width}}{suite.language:10}{engine:8}{figures}")
        lines += [f"  ✗ {surprise.test}: {surprise.why}" for surprise in suite.unexpected]
    return "\n".join(lines)


def cells(suite: Suite) -> tuple[int, ...]:
    return (
        suite.ran,
        suite.passed,
        suite.skipped,
        suite.expected,
        suite.again,
        len(suite.unexpected),
        round(suite.seconds),
    )


def summary(*runs: Run) -> str:
    """`12 passed, 3 failed as expected, 0 failed`, over all their suites."""
    suites = [suite for run in runs for suite in run.suites]
    passed = sum(suite.passed for suite in suites)
    expected = sum(suite.expected for suite in suites)
    failed = sum(len(suite.unexpected) for suite in suites)
    return f"{passed} passed, {expected} failed as expected, {failed} failed"
