"""Each function has the environment that its wiring reads, and no more: found in the code, not by calling it."""

import ast
from functools import cache
from pathlib import Path

import pytest

from local import template as templates

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "layers" / "shared" / "swiftcache"
ROUTES = sorted((PACKAGE / "http" / "routes").glob("*.py"))

EVERYWHERE = {"POWERTOOLS_SERVICE_NAME", "TABLE_NAME"}
"""What every function is given, whether it reads it or not."""

FUNCTIONS = templates.read(ROOT / "template.yaml").functions


@cache
def read_by_wiring() -> dict[str, set[str]]:
    """The variables that each function of the wiring needs, by itself or through others."""
    tree = ast.parse((PACKAGE / "wiring.py").read_text())
    bodies = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = {name: variables(node) for name, node in bodies.items()}
    for _ in bodies:
        for name, node in bodies.items():
            for used in {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)} & set(bodies):
                found[name] |= found[used]
    return found


def variables(node: ast.AST) -> set[str]:
    return {
        inner.args[0].value
        for inner in ast.walk(node)
        if isinstance(inner, ast.Call)
        and isinstance(inner.func, ast.Name)
        and inner.func.id == "_environment"
        and isinstance(inner.args[0], ast.Constant)
        and isinstance(inner.args[0].value, str)
    }


def wired(file: Path) -> set[str]:
    """The functions of the wiring that a file calls."""
    return {
        node.attr
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wiring"
    }


def needed(folder: Path) -> set[str]:
    files = [folder / "app.py", *(ROUTES if folder.name == "api" else [])]
    return {name for file in files for used in wired(file) for name in read_by_wiring()[used]}


def given(logical_id: str) -> set[str]:
    properties = templates.read(ROOT / "template.yaml").resources[logical_id]["Properties"]
    return set(properties["Environment"]["Variables"])


@pytest.mark.parametrize("logical_id", sorted(FUNCTIONS))
def test_a_function_is_given_what_it_reads_and_no_more(logical_id: str) -> None:
    assert given(logical_id) | EVERYWHERE == needed(FUNCTIONS[logical_id].folder) | EVERYWHERE
