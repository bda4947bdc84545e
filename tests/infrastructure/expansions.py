"""The template as it would be expanded after a change, without touching the files."""

from pathlib import Path
from typing import Any

from local import template as templates

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "template.yaml").read_text()


def expand(text: str, folder: Path) -> dict[str, dict[str, Any]]:
    """The resources of a template with this text; `folder` is an empty one."""
    (folder / "statemachine").symlink_to(ROOT / "statemachine")
    (folder / "template.yaml").write_text(text)
    return templates.read(folder / "template.yaml").resources


def only(resources: dict[str, dict[str, Any]], kind: str) -> tuple[str, dict[str, Any]]:
    """The one resource of a type: its logical id and its properties."""
    [(name, found)] = [(name, found) for name, found in resources.items() if found["Type"] == kind]
    return name, found["Properties"]
