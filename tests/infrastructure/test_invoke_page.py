"""docs/invoke.md says of every function whether a container can run it against the local stack, and why not."""

import re
from pathlib import Path

import pytest

from local.sam.obstacles import obstacle
from local.welcome import SAM_LINE
from tests.e2e.documented import blocks, session
from tests.expanded import expanded

PAGE = Path(__file__).parents[2] / "docs" / "invoke.md"
ROWS = re.findall(r"^\| (`.+`) \| (.+) \| (.*) \|$", PAGE.read_text(), re.MULTILINE)
FUNCTIONS = {name: said for _, named, said in ROWS for name in re.findall(r"\w+Function\b", named)}


def events_in_a_container() -> dict[str, list[str]]:
    """The events of each function that the page says a container can run."""
    found: dict[str, list[str]] = {}
    for events, named, said in ROWS:
        for name in re.findall(r"\w+Function\b", named) if said == "yes" else ():
            found.setdefault(name, []).extend(re.findall(r"`(\w+)`", events))
    return found


def test_every_function_is_in_the_table_of_events() -> None:
    assert FUNCTIONS.keys() == expanded().functions.keys()


@pytest.mark.parametrize("function", sorted(FUNCTIONS))
def test_the_table_of_events_says_whether_a_container_can_run_a_function_and_why_not(function: str) -> None:
    assert FUNCTIONS[function] == (obstacle(expanded(), function) or "yes")


def test_a_machine_is_said_to_be_none_that_sam_runs() -> None:
    machines = {named: said for _, named, said in ROWS if re.fullmatch(r"\w+", named) and named not in FUNCTIONS}
    assert set(machines.values()) == {"a machine, which SAM does not run"}


def test_the_guide_and_make_run_show_the_same_line_for_sam() -> None:
    shown = session(blocks(PAGE, "console")[0]).typed
    assert shown.replace("\\\n", "").split() == SAM_LINE.format(".swiftcache").split()
