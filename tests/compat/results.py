"""What came of a run: a table for people, `compat.json` for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

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
class Results:
    """`server` is Redis's version; `kinds` is how many tests failed of each kind, by its name."""

    server: str
    seconds: float
    suites: tuple[Suite, ...]
    kinds: Mapping[str, int]

    @property
    def is_good(self) -> bool:
        return not any(suite.unexpected for suite in self.suites)


def write(file: Path, results: Results) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    found = {"passed": results.is_good, **asdict(results)}
    file.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read(file: Path) -> Results:
    """Raises FileNotFoundError."""
    found = json.loads(file.read_text(encoding="utf-8"))
    suites = [
        Suite(**(suite | {"unexpected": tuple(Surprise(**one) for one in suite["unexpected"])}))
        for suite in found["suites"]
    ]
    return Results(found["server"], found["seconds"], tuple(suites), found["kinds"])


HEADINGS = ("ran", "passed", "skipped", "expected", "again", "unexpected", "seconds")


def table(suites: Sequence[Suite]) -> str:
    """A line for each suite, its surprises below."""
    width = max(len(suite.name) for suite in suites) + 2
    lines = [f"{'suite':{width}}{'language':10}" + "".join(f"{heading:>11}" for heading in HEADINGS)]
    for suite in suites:
        lines.append(f"{suite.name:{width}}{suite.language:10}" + "".join(f"{cell:>11}" for cell in cells(suite)))
        lines += [f"  ✗ {found.test}: {found.why}" for found in suite.unexpected]
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


def summary(results: Results) -> str:
    """`12 passed, 3 failed as expected, 0 failed`, over all suites."""
    passed = sum(suite.passed for suite in results.suites)
    expected = sum(suite.expected for suite in results.suites)
    failed = sum(len(suite.unexpected) for suite in results.suites)
    return f"{passed} passed, {expected} failed as expected, {failed} failed"
