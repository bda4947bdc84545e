"""The programs that `make compat` runs: all that are there, with versions that are locked."""

import json
import re
from pathlib import Path

import pytest

from local import engines
from local.audit import pinned
from swiftcache.engines.model import EngineName
from tests.compat import PROGRAMS as FOLDER
from tests.compat.__main__ import Catalogued, catalogued, main, outcome_of, there_are
from tests.compat.catalogue import PROGRAMS
from tests.compat.declared import EXCERPT_GOES_HERE, STACKS, program
from tests.compat.declared import SUITE as DECLARED
from tests.compat.generated import CLIENTS, GENERATORS
from tests.compat.generated import SUITE as GENERATED
from tests.compat.redis_py import SUITE as TESTS
from tests.compat.results import Suite
from tests.compat.tabs import SNIPPETS, TABS
from tests.compat.tabs import SUITE as CONSOLE_TABS

LOCKS = Path(__file__).parents[3] / "local"
NODE = FOLDER / "node"
ENDINGS = {"python": ".py", "node": ".mjs", "ruby": ".rb", "php": ".php"}

CLIENTS_AT_LEAST, LANGUAGES_AT_LEAST = 40, 4


def test_every_program_that_is_there_is_run() -> None:
    there = {
        language: sorted(file.name for file in (FOLDER / language).iterdir() if file.suffix == ending)
        for language, ending in ENDINGS.items()
    }
    assert there == {language: sorted(each.file for each in programs) for language, programs in PROGRAMS.items()}


def test_forty_clients_and_frameworks_of_four_languages_are_tried_each_by_a_program_that_is_about_it() -> None:
    assert len(PROGRAMS) >= LANGUAGES_AT_LEAST
    about = {each.packages[0] for programs in PROGRAMS.values() for each in programs}
    assert len(about) >= CLIENTS_AT_LEAST


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


@pytest.mark.parametrize(
    ("folder", "used"),
    [
        (NODE, {package for each in PROGRAMS["node"] for package in each.packages}),
        (CLIENTS, {each.package for each in GENERATORS}),
        (STACKS, {"aws-cdk", "aws-cdk-lib", "constructs", "typescript"}),
    ],
    ids=["programs", "clients", "stacks"],
)
def test_nodes_packages_are_pinned_and_locked_by_hashes_and_no_registry_is_named(folder: Path, used: set[str]) -> None:
    manifest = json.loads((folder / "package.json").read_text())["dependencies"]
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    assert used <= set(manifest)
    assert {name: lock[f"node_modules/{name}"]["version"] for name in manifest} == manifest
    # One that is bundled is in the archive of another, and in its hash.
    packages = {name: entry for name, entry in lock.items() if name and not entry.get("inBundle")}
    assert [name for name, entry in packages.items() if not entry.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_every_generated_client_has_a_program_and_the_guide_has_the_line_that_generates_it() -> None:
    assert sorted(file.name for file in CLIENTS.glob("*.ts")) == sorted(each.program for each in GENERATORS)
    guide = (LOCKS.parent / "docs" / "clients-generated.md").read_text()
    shown = [line.split()[1:] for line in re.findall(r"^npx .+$", guide, re.MULTILINE)]
    assert [[word.startswith("-") for word in line] for line in shown] == [
        [word.startswith("-") for word in each.command] for each in GENERATORS
    ]
    assert [line[0] for line in shown] == [each.command[0] for each in GENERATORS]


def test_the_stack_that_cdk_synthesizes_has_the_guides_excerpt_in_it() -> None:
    written = program()
    assert EXCERPT_GOES_HERE not in written
    assert 'resourceType: "Custom::SwiftCacheInstance"' in written


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


def test_every_program_and_redis_pys_tests_are_run_on_each_engine_and_what_needs_none_on_redis_alone() -> None:
    both = list(catalogued(list(EngineName)))
    programs = {each.name for some in PROGRAMS.values() for each in some}
    on = {engine: [suite.name for suite in both if suite.engine is engine] for engine in EngineName}
    assert {engine: sorted(names) for engine, names in on.items()} == {
        EngineName.REDIS: sorted({*programs, TESTS, CONSOLE_TABS, GENERATED, DECLARED}),
        EngineName.VALKEY: sorted({*programs, TESTS}),
    }


def test_what_waits_longest_begins_first() -> None:
    names = [suite.name for suite in catalogued(list(EngineName))]
    assert names[:6] == ["idle-subscriber", "idle-subscriber", "blocked-pop", "blocked-pop", TESTS, TESTS]


@pytest.mark.parametrize(("has", "engines_there"), [(True, list(EngineName)), (False, [EngineName.REDIS])])
def test_a_run_is_on_the_engines_that_the_machine_has(
    monkeypatch: pytest.MonkeyPatch, has: bool, engines_there: list[EngineName]
) -> None:
    monkeypatch.setattr(engines, "has_valkey", lambda: has)
    assert there_are() == engines_there


def test_a_run_on_valkey_where_there_is_none_is_refused_and_says_what_gets_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(engines, "has_valkey", lambda: False)
    monkeypatch.setattr("sys.argv", ["compat", "--engine", "valkey"])
    with pytest.raises(SystemExit):
        main()
    assert "there is no valkey-server here (local/valkey.sh gets one)" in capsys.readouterr().err


def test_what_came_is_kept_by_engine_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "version", lambda engine: f"9.9 of {engine}")
    suite = Suite("huey-tasks", "python", "huey 3.5.4", 1, 1, 0, 0, 0, (), 2.5)
    found = {Catalogued(engine, "python", "huey-tasks"): suite for engine in EngineName}
    runs = outcome_of(found, 75).runs
    assert [(run.engine, run.server, run.suites) for run in runs] == [
        ("redis", "9.9 of redis", (suite,)),
        ("valkey", "9.9 of valkey", (suite,)),
    ]
