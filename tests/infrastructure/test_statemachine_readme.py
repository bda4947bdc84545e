"""What the README says of the machines is what they are: the drawings' names and order, and the table of errors."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from local import asl
from swiftcache.backups.failure import explain_backup, explain_import
from swiftcache.instances.failure import explain, explain_replacement, explain_resize
from swiftcache.platform import errors
from tests.expanded import expanded
from tests.infrastructure.test_reading_order import in_order, lists_of_states

ROOT = Path(__file__).parents[2]
TEXT = (asl.FOLDER / "README.md").read_text()
NAME = re.compile(r"\b[A-Z][a-z]+[A-Za-z]*\b")

COMMON = {"PROVISIONING_FAILED", "RESIZE_FAILED", "REPLACE_FAILED", "BACKUP_FAILED", "IMPORT_FAILED"}
"""What the customer reads of an error that has no words of its own."""


def section(title: str) -> str:
    return TEXT.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def drawing(machine: str) -> str:
    return section(machine).partition("```\n")[2].partition("```")[0]


def states(machine: str) -> dict[str, dict[str, Any]]:
    return {name: state for found in lists_of_states(asl.load(machine)) for name, state in found.items()}


def rows() -> dict[str, str]:
    """The table of errors: what the customer reads of each."""
    found = re.findall(r"^\| `?([^|`]+)`? \| [^|]+ \| ([^|]+) \|$", section("Errors"), re.MULTILINE)
    return dict(found[1:])


def words(text: object) -> Iterator[str]:
    """Every string in a definition."""
    if isinstance(text, str):
        yield text
    elif isinstance(text, Mapping):
        for inner in text.values():
            yield from words(inner)
    elif isinstance(text, list):
        for inner in text:
            yield from words(inner)


def errors_of(state: Mapping[str, Any]) -> set[str]:
    """Our own errors that a state names: that it ends with, keeps, tries again or catches."""
    named = {error for rule in [*state.get("Retry", []), *state.get("Catch", [])] for error in rule["ErrorEquals"]}
    kept = [place.get("Assign", {}).get("failure") for place in [state, *state.get("Choices", [])]]
    named |= {failure["Error"] for failure in kept if isinstance(failure, dict) and "Error" in failure}
    named |= {error for text in words(kept) for error in re.findall(r"'Error': '(\w+)'", text)}
    named.add(state.get("Error", ""))
    return {error for error in named if error.isalpha()}


def classes(kind: type[Exception] = errors.SwiftCacheError) -> Iterator[str]:
    for inner in kind.__subclasses__():
        yield inner.__name__
        yield from classes(inner)


def codes(error: str) -> set[str]:
    """What the customer reads of an error that has words of its own."""
    explaining = (explain, explain_resize, partial(explain_replacement, by_owner=True), explain_backup, explain_import)
    return {explained(error, "", "").code for explained in explaining} - COMMON


def camel(name: str) -> str:
    return "".join(map(str.title, name.split("_")))


@pytest.mark.parametrize("machine", asl.names())
def test_each_machine_has_a_drawing_with_its_calls_in_the_file_s_order(machine: str) -> None:
    found = states(machine)
    calls = [name for name in in_order(asl.load(machine)) if found[name]["Type"] == "Task"]
    drawn = [name for name in dict.fromkeys(NAME.findall(drawing(machine))) if name in calls]
    looks = [name for name in calls if name.startswith("ReadIntent")]
    assert [name for name in drawn if name not in looks] == [name for name in calls if name not in looks]


@pytest.mark.parametrize("machine", asl.names())
def test_each_name_in_a_drawing_exists(machine: str) -> None:
    functions = {name.removesuffix("Function") for name in expanded().functions}
    names = set(NAME.findall(drawing(machine)))
    assert names - set(states(machine)) - functions - set(rows()) == set()
    assert set(re.findall(r"\b[a-z]+_[a-z]+\b", drawing(machine))) <= set(asl.names())


def test_each_name_in_the_drawing_of_the_whole_exists() -> None:
    whole = (ROOT / "README.md").read_text().partition("```\n")[2].partition("```")[0]
    known = {name.removesuffix("Function") for name in expanded().resources}
    known |= {name for machine in asl.names() for name in states(machine)}
    names = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", whole)) - {"EventBridge"}
    assert {name.removesuffix("Function") for name in names} <= known
    assert {camel("provision_instance"), "MarkRunning"} <= names


def test_the_table_of_errors_has_those_that_the_machines_name_and_those_that_are_explained() -> None:
    named = {error for machine in asl.names() for state in states(machine).values() for error in errors_of(state)}
    explained = {error for error in classes() if codes(error)}
    assert set(rows()) - {"anything else"} == named | explained


def test_the_table_of_errors_says_what_the_customer_reads() -> None:
    told = {error: set(re.findall(r"`([A-Z][A-Z0-9_]+)`", cell)) for error, cell in rows().items()}
    assert told.pop("anything else") == {*COMMON, "RECOVERY_FAILED"}
    assert told.pop("RecoveryGivenUp") == codes("RecoveryGivenUp") | {"CRASH_LOOP"}
    assert told == {error: codes(error) for error in told}
