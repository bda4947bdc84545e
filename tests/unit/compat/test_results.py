"""What came of `make compat`: the table, the file, the page of it."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from swiftcache.engines.model import EngineName
from tests.compat.expectations import Surprise, read_expected, read_kinds
from tests.compat.page import KEPT, PAGE, page, suite_names
from tests.compat.redis_py import KINDS, list_of
from tests.compat.redis_py import SUITE as TESTS
from tests.compat.results import Results, Run, Suite, read, summary, table, write

TESTED = Suite(TESTS, "python", "redis 8.1.0", 90, 80, 20, 9, 1, (Surprise("tests/a.py::b", "fails"),), 61.2)
PROGRAM = Suite("celery", "python", "celery 5.7.0", 1, 1, 0, 0, 0, (), 9.6)


ON_REDIS = Run("redis", "7.0.15", 75, (TESTED, PROGRAM), {"ACL": 9})
ON_VALKEY = Run("valkey", "8.0.2", 61, (PROGRAM,), {})


@pytest.fixture
def results() -> Results:
    return Results((ON_REDIS, ON_VALKEY))


def test_the_results_are_read_back_as_they_were_written(results: Results, tmp_path: Path) -> None:
    write(tmp_path / "compat.json", results)
    assert read(tmp_path / "compat.json") == results


def test_the_file_says_whether_all_was_as_expected(results: Results, tmp_path: Path) -> None:
    file = tmp_path / "compat.json"
    write(file, results)
    assert json.loads(file.read_text())["passed"] is False
    write(file, Results((ON_VALKEY,)))
    assert json.loads(file.read_text())["passed"] is True


def test_the_table_has_a_line_for_each_suite_and_each_surprise(results: Results) -> None:
    heading, tested, surprise, program, on_valkey = table(results).splitlines()
    assert heading.split()[-7:] == ["ran", "passed", "skipped", "expected", "again", "unexpected", "seconds"]
    assert tested.split()[-7:] == ["90", "80", "20", "9", "1", "1", "61"]
    assert surprise == "  ✗ tests/a.py::b: fails"
    assert program.split() == ["celery", "python", "redis", "1", "1", "0", "0", "0", "0", "10"]
    assert on_valkey.split() == ["celery", "python", "valkey", "1", "1", "0", "0", "0", "0", "10"]


def test_the_last_line_counts_over_all_suites(results: Results) -> None:
    assert summary(*results.runs) == "82 passed, 9 failed as expected, 1 failed"


def test_what_was_not_tried_stays_as_it_was_and_what_was_is_as_it_came(results: Results) -> None:
    again = replace(ON_REDIS, suites=(replace(PROGRAM, version="celery 5.8.0"),), kinds={})
    renewed = replace(ON_REDIS, suites=(TESTED, *again.suites))
    assert results.renewed_by(Results((again,))) == Results((renewed, ON_VALKEY))
    assert Results((ON_VALKEY,)).renewed_by(Results((ON_REDIS,))) == results


def test_of_another_version_of_a_server_nothing_that_came_before_is_kept() -> None:
    again = replace(ON_REDIS, server="7.2.16", suites=(PROGRAM,), kinds={})
    assert Results((ON_REDIS,)).renewed_by(Results((again,))) == Results((again,))


def test_the_page_is_that_of_the_kept_results() -> None:
    assert page(read(KEPT), read_kinds(KINDS)) == PAGE.read_text()


def test_the_kept_results_are_of_every_suite_and_have_no_surprise() -> None:
    kept = read(KEPT)
    assert [run.engine for run in kept.runs] == ["redis", "valkey"]
    for run in kept.runs:
        assert suite_names() <= {suite.name for suite in run.suites}
    assert kept.is_good


def test_the_kept_results_count_what_the_list_of_each_engine_expects() -> None:
    for run in read(KEPT).runs:
        listed = read_expected(list_of(EngineName(run.engine))).tests.values()
        assert Counter(run.kinds) == Counter(listed)


def test_a_program_that_fails_is_named_so_on_the_page(results: Results) -> None:
    failed = replace(PROGRAM, passed=0, unexpected=(Surprise("celery.py", "ended with 1"),))
    kinds = [kind for kind in read_kinds(KINDS) if kind.name == "ACL"]
    text = page(Results((replace(ON_REDIS, suites=(TESTED, failed)), ON_VALKEY)), kinds)
    assert "| celery | Python | celery 5.7.0 | **fails** | works |" in text
    assert "| ACL | 9 | Users are keys" in text


def test_an_engine_that_was_not_tried_is_named_so_on_the_page() -> None:
    kinds = [kind for kind in read_kinds(KINDS) if kind.name == "ACL"]
    text = page(Results((ON_REDIS,)), kinds)
    assert "| Valkey | | not tried |" in text
    assert "| celery | Python | celery 5.7.0 | works | not tried |" in text
