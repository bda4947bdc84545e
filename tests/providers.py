"""The providers of the library, and who takes what of them: found in the code, not by calling it."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

LAYER = Path(__file__).parents[1] / "layers" / "shared"


@cache
def providers() -> dict[tuple[str, str], ast.FunctionDef]:
    """Every provider, by its module and its name."""
    return {
        (module, node.name): node
        for module, tree in _modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and any(isinstance(mark, ast.Name) and mark.id == "provider" for mark in node.decorator_list)
    }


def taken(file: Path) -> set[tuple[str, str]]:
    """The providers that a file imports."""
    return set(_imported(ast.parse(file.read_text())).values())


@cache
def needed(provider: tuple[str, str]) -> frozenset[tuple[str, str]]:
    """The provider and all those from which it builds, by itself or through others."""
    module, name = provider
    tree = dict(_modules())[module]
    known = _imported(tree) | {own: (module, own) for other, own in providers() if other == module}
    used = {node.id for node in ast.walk(providers()[provider]) if isinstance(node, ast.Name)} & set(known) - {name}
    return frozenset({provider}).union(*(needed(known[each]) for each in used))


def _imported(tree: ast.Module) -> dict[str, tuple[str, str]]:
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if (node.module, alias.name) in providers()
    }


@cache
def _modules() -> tuple[tuple[str, ast.Module], ...]:
    return tuple(_parsed())


def _parsed() -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((LAYER / "swiftcache").rglob("*.py")):
        if "@provider" in (text := file.read_text()):
            yield ".".join(file.relative_to(LAYER).with_suffix("").parts), ast.parse(text)
