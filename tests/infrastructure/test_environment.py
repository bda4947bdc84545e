"""Each function has the environment that it reads, and no more: found in the code, not by calling it."""

import ast
from pathlib import Path

import pytest

from swiftcache.api.routes import FEATURES
from tests.expanded import expanded
from tests.providers import LAYER, needed, providers, taken

ROOT = Path(__file__).parents[2]
ROUTES = [(LAYER / Path(*module.split("."))).with_suffix(".py") for module in FEATURES]

EVERYWHERE = {"POWERTOOLS_SERVICE_NAME", "TABLE_NAME"}
"""What every function is given, whether it reads it or not."""

FUNCTIONS = expanded().functions


def variables(provider: tuple[str, str]) -> set[str]:
    """What it reads of `injector.environment`."""
    return {
        inner.slice.value
        for inner in ast.walk(providers()[provider])
        if isinstance(inner, ast.Subscript)
        and isinstance(inner.value, ast.Attribute)
        and inner.value.attr == "environment"
        and isinstance(inner.slice, ast.Constant)
        and isinstance(inner.slice.value, str)
    }


def read(folder: Path) -> set[str]:
    files = [folder / "app.py", *(ROUTES if folder.name == "api" else [])]
    return {name for file in files for used in taken(file) for each in needed(used) for name in variables(each)}


def given(logical_id: str) -> set[str]:
    properties = expanded().resources[logical_id]["Properties"]
    return set(properties["Environment"]["Variables"])


@pytest.mark.parametrize("logical_id", sorted(FUNCTIONS))
def test_a_function_is_given_what_it_reads_and_no_more(logical_id: str) -> None:
    assert given(logical_id) | EVERYWHERE == read(FUNCTIONS[logical_id].folder) | EVERYWHERE
