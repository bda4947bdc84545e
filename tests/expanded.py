"""The template, expanded once in a process: that takes a second, and many ask for it."""

from functools import cache
from pathlib import Path

from local import template as templates


@cache
def expanded() -> templates.Template:
    """template.yaml as it is. Not to be changed: everybody gets the same."""
    return templates.read(Path(__file__).parents[1] / "template.yaml")
