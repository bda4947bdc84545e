"""Shorter ways through moto's trees of UpdateExpressions: to walk them was half of what an UpdateItem took.

Ten processors walk over each tree, one after the other, and ask of each node by abstract base classes what it is. Here
a class is asked once. A tree is parsed once for all the requests that have the expression, and copied without looking
for anything but nodes.
"""

import copy
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import cache, lru_cache
from typing import Any
from unittest.mock import patch

from moto.dynamodb.parsing import ast_nodes, expressions

_EXPRESSIONS = 256
"""How many parsed expressions are kept: the service has a few dozen."""

_MOTO: Any = {**vars(ast_nodes), **vars(expressions)}
_NODE = _MOTO["Node"]
_INNER = (_MOTO["Expression"], _MOTO["UpdateExpressionFunction"])
"""Nodes in which clauses are looked for."""

_is: Callable[[type, tuple[type, ...]], bool] = cache(issubclass)


def extend(patches: ExitStack) -> None:
    """Lead moto's parser and validators along these ways."""
    parser, traverser = _MOTO["UpdateExpressionParser"], _MOTO["DepthFirstTraverser"]
    # Whoever changes a tree changes a copy of it.
    patches.enter_context(patch.object(parser, "make", lru_cache(_EXPRESSIONS)(parser.make)))
    patches.enter_context(patch.object(traverser, "traverse", _traverse))
    patches.enter_context(patch.object(_NODE, "find_clauses", _find_clauses))
    patches.enter_context(patch.object(_NODE, "__deepcopy__", _copied, create=True))


def _traverse(traverser: Any, root: Any) -> Any:
    """The tree after this traverser: depth first, each node in place of what it was."""
    wanted = tuple(traverser.nodes_to_be_processed())

    def walk(node: Any, number: int) -> Any:
        parent = node.parent
        for index, child in enumerate(node.children or ()):
            traverser.pre_processing_of_child(node, index)
            if _is(type(child), (_NODE,)):
                walk(child, index)
        if _is(type(node), wanted):
            node = traverser.process(node)
            node.parent = parent
            if parent:
                parent.children[number] = node
        return node

    return walk(root, -1)


def _find_clauses(node: Any, kinds: Sequence[type]) -> list[Any]:
    found: list[Any] = []
    for child in node.children or ():
        if type(child) in kinds:
            found.append(child)
        elif _is(type(child), _INNER):
            found += _find_clauses(child, kinds)
    return found


def _copied(node: Any, memo: dict[int, Any]) -> Any:
    """The same tree of other nodes."""
    made = object.__new__(type(node))
    vars(made).update(vars(node))
    if node.children is not None:
        made.children = [_copied_child(child, made, memo) for child in node.children]
    return made


def _copied_child(child: Any, parent: Any, memo: dict[int, Any]) -> Any:
    if not _is(type(child), (_NODE,)):
        return copy.deepcopy(child, memo)
    made = _copied(child, memo)
    made.parent = parent
    return made
