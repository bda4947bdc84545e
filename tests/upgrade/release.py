"""The last release's state machines, as `make machines` has kept them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from local import asl
from tests.upgrade.keep import MACHINES, TEMPLATE

[FOLDER] = MACHINES.iterdir()
"""Of the one release that is kept."""


@dataclass(frozen=True, slots=True)
class KeptMachine:
    """`substitutions` is what its template put in the place of placeholders."""

    definition: asl.Definition
    name: object
    substitutions: Mapping[str, Any]


@cache
def kept() -> dict[str, KeptMachine]:
    """By the machines' logical ids."""
    described: dict[str, dict[str, Any]] = json.loads((FOLDER / TEMPLATE).read_text())
    return {
        name: KeptMachine(
            asl.read(FOLDER / found["DefinitionUri"]), found["Name"], found.get("DefinitionSubstitutions", {})
        )
        for name, found in described.items()
    }
