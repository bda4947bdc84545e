"""docs/settings.md has every setting that may be chosen, with its range and default."""

import json
import re
from pathlib import Path

from swiftcache.instances.settings import SETTINGS, Number, Switch

PAGE = (Path(__file__).parents[2] / "docs" / "settings.md").read_text()


def row(name: str, kind: Number | Switch) -> str:
    """As it must stand in the table."""
    ends = (f"{kind.least}", f"{kind.most}") if isinstance(kind, Number) else ("", "")
    return f"| `{name}` | {ends[0]} | {ends[1]} | {json.dumps(kind.default)} | {kind.about} |"


def test_the_page_has_a_row_for_each_setting() -> None:
    found = re.findall(r"^\| `[a-z-]+` \| .*$", PAGE.split("\n## Settings\n")[1], re.MULTILINE)
    assert found == [row(name, kind) for name, kind in SETTINGS.items()]
