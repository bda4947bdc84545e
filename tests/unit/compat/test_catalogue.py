"""The programs that `make compat` runs: all that are there, with versions that are locked."""

import json
import re
from pathlib import Path

from local.audit import pinned
from tests.compat import PROGRAMS as FOLDER
from tests.compat.catalogue import PROGRAMS
from tests.compat.tabs import SNIPPETS, TABS

LOCKS = Path(__file__).parents[3] / "local"
NODE = FOLDER / "node"
ENDINGS = {"python": ".py", "node": ".mjs", "ruby": ".rb", "php": ".php"}

FRAMEWORKS_AT_LEAST, LANGUAGES_AT_LEAST = 12, 3


def test_every_program_that_is_there_is_run() -> None:
    there = {
        language: sorted(file.name for file in (FOLDER / language).iterdir() if file.suffix == ending)
        for language, ending in ENDINGS.items()
    }
    assert there == {language: sorted(each.file for each in programs) for language, programs in PROGRAMS.items()}


def test_twelve_frameworks_and_three_languages_are_tried() -> None:
    assert len(PROGRAMS) >= LANGUAGES_AT_LEAST
    assert len({each.packages for programs in PROGRAMS.values() for each in programs}) >= FRAMEWORKS_AT_LEAST


def test_workers_of_three_languages_live_through_a_resize() -> None:
    resized = {
        language
        for language, programs in PROGRAMS.items()
        for each in programs
        if "resize, please" in (FOLDER / language / each.file).read_text()
    }
    assert resized == {"python", "node", "ruby"}


def test_pythons_packages_are_locked() -> None:
    locked = {version.name for version in pinned((LOCKS / "compat-requirements.txt").read_text())}
    assert {package for each in PROGRAMS["python"] for package in each.packages} <= locked


def test_nodes_packages_are_pinned_and_locked_by_hashes_and_no_registry_is_named() -> None:
    manifest = json.loads((NODE / "package.json").read_text())["dependencies"]
    lock = json.loads((NODE / "package-lock.json").read_text())["packages"]
    assert {package for each in PROGRAMS["node"] for package in each.packages} <= set(manifest)
    assert {name: lock[f"node_modules/{name}"]["version"] for name in manifest} == manifest
    packages = {name: entry for name, entry in lock.items() if name}
    assert [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_a_program_knows_its_instance_by_one_url_alone() -> None:
    without = [
        each.file
        for language, programs in PROGRAMS.items()
        for each in programs
        if "SWIFTCACHE_URL" not in (FOLDER / language / each.file).read_text()
    ]
    assert without == []


def test_every_tab_of_the_console_that_says_how_to_connect_is_run() -> None:
    assert re.findall(r'^    words: "(.+)",$', SNIPPETS.read_text(), re.MULTILINE) == [tab.words for tab in TABS]
