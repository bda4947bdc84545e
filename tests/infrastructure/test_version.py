"""The version stands in one place; whoever shows it has it from there."""

import json
import re
import tomllib
from pathlib import Path

from local.openapi import document
from swiftcache import __version__

ROOT = Path(__file__).parents[2]
RELEASE = r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$"


def test_the_version_is_a_semantic_one() -> None:
    assert re.fullmatch(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)", __version__)


def test_the_openapi_document_has_the_version() -> None:
    assert json.loads(document())["info"]["version"] == __version__


def test_pyproject_takes_the_version_from_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert "version" not in project["project"]
    assert "version" in project["project"]["dynamic"]
    assert project["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "swiftcache.__version__"}


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    releases = re.findall(RELEASE, (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert releases[0][0] == __version__
    assert [date for _, date in releases] == sorted((date for _, date in releases), reverse=True)


def test_what_is_not_released_yet_stands_above_the_releases() -> None:
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
