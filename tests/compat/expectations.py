"""Which tests of a suite may fail, and why: pure.

`kinds.toml` is written by people: each kind of failure, its reason, and the words by which it is known. The list of
tests is proposed by `make compat ARGS="--propose redis-py"`, and read by people before it is kept.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test. `text` is how it failed, in all its phases."""

    result: Result
    text: str = ""


Outcomes = Mapping[str, Outcome]
"""By the test's id, as pytest gives it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of expected failure. `words` is found in its text; None is what fails on a stock server too."""

    name: str
    reason: str
    words: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Expected:
    """The tests that must fail, each with the name of its kind, and the version of Redis that this is true of."""

    server: str
    tests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Surprise:
    """A test that did not end as it is expected to."""

    test: str
    why: str


def read_kinds(file: Path) -> tuple[Kind, ...]:
    """In the order in which they are looked through. Raises ValueError where one has no reason or no words."""
    found = []
    for entry in tomllib.loads(file.read_text(encoding="utf-8"))["kind"]:
        if len(entry["reason"].split()) < 3:
            raise ValueError(f"{file.name}: {entry['name']} has no reason")
        if bool(entry.get("words")) == bool(entry.get("baseline")):
            raise ValueError(f"{file.name}: {entry['name']} needs words, or baseline = true, and not both")
        words = re.compile(entry["words"]) if "words" in entry else None
        found.append(Kind(entry["name"], entry["reason"], words))
    if len({kind.name for kind in found}) < len(found):
        raise ValueError(f"{file.name}: a name stands twice")
    return tuple(found)


def read_expected(file: Path) -> Expected:
    """Raises ValueError where a test stands twice."""
    found = json.loads(file.read_text(encoding="utf-8"))
    tests = [(test, kind) for kind, tests in found["expected"].items() for test in tests]
    if len(dict(tests)) < len(tests):
        raise ValueError(f"{file.name}: a test stands twice")
    return Expected(found["server"], dict(tests))


def write_expected(file: Path, expected: Expected) -> None:
    kinds = sorted(set(expected.tests.values()))
    by_kind = {kind: sorted(test for test, its in expected.tests.items() if its == kind) for kind in kinds}
    written = json.dumps({"server": expected.server, "expected": by_kind}, indent=1, ensure_ascii=False)
    file.write_text(written + "\n", encoding="utf-8")


def kind_of(failure: str, fails_on_stock: bool, kinds: Iterable[Kind]) -> str | None:
    """The first kind that fits a failure; None if there is none."""
    fitting = (kind.name for kind in kinds if (kind.words.search(failure) if kind.words else fails_on_stock))
    return next(fitting, None)


def surprises(ours: Outcomes, stock: Outcomes, expected: Expected, kinds: Iterable[Kind]) -> list[Surprise]:
    """Every test that did not end as it is expected to, in the order of their ids."""
    kinds = tuple(kinds)
    found = []
    for test in sorted({*ours, *expected.tests}):
        why = _surprise(test, ours, stock, expected.tests.get(test), kinds)
        if why:
            found.append(Surprise(test, why))
    return found


def _surprise(test: str, ours: Outcomes, stock: Outcomes, wanted: str | None, kinds: tuple[Kind, ...]) -> str | None:
    outcome = ours.get(test)
    if outcome is None or outcome.result is Result.SKIPPED:
        return f"is expected to fail ({wanted}) and does not run" if wanted else None
    if outcome.result is Result.PASSED:
        return f"is expected to fail ({wanted}) and passes" if wanted else None
    kind = kind_of(outcome.text, fails(stock, test), kinds)
    if wanted is None or kind != wanted:
        expectation = f"expected: {wanted}" if wanted else "unexpected"
        return f"fails ({kind or 'no kind fits'}; {expectation}): {last_line(outcome.text)}"
    return None


def propose(ours: Outcomes, stock: Outcomes, server: str, kinds: Iterable[Kind]) -> tuple[Expected, list[Surprise]]:
    """What would make the list agree with a run, and the failures that no kind fits: those need a reason first."""
    kinds = tuple(kinds)
    tests, strange = {}, []
    for test in sorted(test for test in ours if fails(ours, test)):
        kind = kind_of(ours[test].text, fails(stock, test), kinds)
        if kind:
            tests[test] = kind
        else:
            strange.append(Surprise(test, f"fails (no kind fits): {last_line(ours[test].text)}"))
    return Expected(server, tests), strange


def fails(outcomes: Outcomes, test: str) -> bool:
    return test in outcomes and outcomes[test].result is Result.FAILED


def last_line(text: str) -> str:
    """Where the error stands, of a failure's text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "without a word"


def read_outcomes(file: Path) -> dict[str, Outcome]:
    """What the plugin wrote. A test fails if any of its phases does."""
    found: dict[str, Outcome] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        phase = json.loads(line)
        before = found.get(phase["test"], Outcome(Result.PASSED))
        failed = Result.FAILED in (before.result, phase["outcome"])
        result = Result.FAILED if failed else Result(phase["outcome"])
        found[phase["test"]] = Outcome(result, before.text + phase["text"])
    return found
