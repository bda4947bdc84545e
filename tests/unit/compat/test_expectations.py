"""What a suite that others wrote is expected to fail of, and how a run is held to it."""

import json
import re
from pathlib import Path

import pytest

from swiftcache.engines.model import EngineName
from tests.compat.expectations import (
    Expected,
    Kind,
    Outcome,
    Result,
    Surprise,
    kind_of,
    last_line,
    propose,
    read_expected,
    read_kinds,
    read_outcomes,
    surprises,
    write_expected,
)
from tests.compat.redis_py import KINDS, list_of

STOCK = Kind("stock", "It fails on a stock server too.", None)
ACL = Kind("ACL", "Users are keys.", re.compile(r"run the 'acl[|]"))
DENIED = Outcome(Result.FAILED, "Traceback …\nNoPermissionError: no permissions to run the 'acl|list' command\n")
BROKEN = Outcome(Result.FAILED, "AssertionError: 1 == 2")
GOOD = Outcome(Result.PASSED)
LEFT_OUT = Outcome(Result.SKIPPED)


def found(ours: dict[str, Outcome], tests: dict[str, str], stock: dict[str, Outcome] | None = None) -> list[Surprise]:
    return surprises(ours, stock or {}, Expected("7.0.15", tests), (STOCK, ACL))


def test_every_kind_has_a_reason_and_is_known_by_its_words() -> None:
    kinds = read_kinds(KINDS)
    assert kinds
    assert [kind.name for kind in kinds if kind.words is None] == ["stock"]


def test_every_expected_failure_has_a_kind_and_every_kind_has_one() -> None:
    listed = {kind for engine in EngineName for kind in read_expected(list_of(engine)).tests.values()}
    assert listed == {kind.name for kind in read_kinds(KINDS)}


@pytest.mark.parametrize("engine", EngineName)
def test_the_list_of_each_engine_is_kept_as_a_run_would_write_it(engine: EngineName, tmp_path: Path) -> None:
    copy = tmp_path / "list.json"
    write_expected(copy, read_expected(list_of(engine)))
    assert copy.read_text() == list_of(engine).read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[[kind]]\nname = "a"\nwords = "b"\nreason = ""', "a has no reason"),
        ('[[kind]]\nname = "a"\nwords = "b"\nreason = "not allowed"', "a has no reason"),
        ('[[kind]]\nname = "a"\nreason = "it is so"', "a needs words, or baseline"),
        ('[[kind]]\nname = "a"\nwords = ""\nreason = "it is so"', "a needs words, or baseline"),
        ('[[kind]]\nname = "a"\nwords = "b"\nbaseline = true\nreason = "it is so"', "a needs words, or baseline"),
        (2 * '[[kind]]\nname = "a"\nwords = "b"\nreason = "it is so"\n', "a name stands twice"),
    ],
)
def test_a_kind_without_a_reason_or_without_words_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    file = tmp_path / "kinds.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        read_kinds(file)


def test_a_test_that_is_listed_twice_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "list.json"
    file.write_text(json.dumps({"server": "7.0.15", "expected": {"ACL": ["a"], "stock": ["a"]}}))
    with pytest.raises(ValueError, match="a test stands twice"):
        read_expected(file)


def test_the_first_kind_that_fits_a_failure_counts() -> None:
    assert kind_of(DENIED.text, False, (STOCK, ACL)) == "ACL"
    assert kind_of(DENIED.text, True, (STOCK, ACL)) == "stock"
    assert kind_of(DENIED.text, True, (ACL, STOCK)) == "ACL"
    assert kind_of(BROKEN.text, False, (STOCK, ACL)) is None


def test_a_run_as_expected_has_no_surprise() -> None:
    ours = {"denied": DENIED, "broken everywhere": BROKEN, "good": GOOD, "left out": LEFT_OUT}
    listed = {"denied": "ACL", "broken everywhere": "stock"}
    assert found(ours, listed, {"broken everywhere": BROKEN}) == []


@pytest.mark.parametrize(
    ("ours", "listed", "why"),
    [
        (BROKEN, None, "fails (no kind fits; unexpected): AssertionError: 1 == 2"),
        (DENIED, None, "fails (ACL; unexpected): NoPermissionError: no permissions to run the 'acl|list' command"),
        (BROKEN, "ACL", "fails (no kind fits; expected: ACL): AssertionError: 1 == 2"),
        (GOOD, "ACL", "is expected to fail (ACL) and passes"),
        (LEFT_OUT, "ACL", "is expected to fail (ACL) and does not run"),
        (None, "ACL", "is expected to fail (ACL) and does not run"),
    ],
    ids=["fails", "fails for a known reason", "fails for another", "passes", "is skipped", "is gone"],
)
def test_a_test_that_does_not_end_as_listed_is_a_surprise(ours: Outcome | None, listed: str | None, why: str) -> None:
    listing = {"a": listed} if listed else {}
    assert found({"a": ours} if ours else {}, listing) == [Surprise("a", why)]


def test_what_fails_here_alone_is_no_failure_of_the_stock_server() -> None:
    [surprise] = found({"a": BROKEN}, {"a": "stock"}, {"a": GOOD})
    assert surprise.why == "fails (no kind fits; expected: stock): AssertionError: 1 == 2"


def test_the_proposed_list_makes_the_run_as_expected_and_leaves_out_what_has_no_reason() -> None:
    ours = {"denied": DENIED, "broken": BROKEN, "good": GOOD, "broken everywhere": BROKEN}
    stock = {"broken everywhere": BROKEN}
    proposed, strange = propose(ours, stock, "7.2.4", (STOCK, ACL))
    assert proposed == Expected("7.2.4", {"denied": "ACL", "broken everywhere": "stock"})
    assert [surprise.test for surprise in strange] == ["broken"]
    assert [surprise.test for surprise in surprises(ours, stock, proposed, (STOCK, ACL))] == ["broken"]


def test_a_test_fails_if_any_of_its_phases_does(tmp_path: Path) -> None:
    file = tmp_path / "outcomes.jsonl"
    phases = [
        {"test": "a", "outcome": "passed", "text": ""},
        {"test": "a", "outcome": "failed", "text": "in its teardown"},
        {"test": "b", "outcome": "failed", "text": "in its call, "},
        {"test": "b", "outcome": "failed", "text": "and in its teardown"},
        {"test": "c", "outcome": "skipped", "text": ""},
    ]
    file.write_text("".join(json.dumps(phase) + "\n" for phase in phases))
    assert read_outcomes(file) == {
        "a": Outcome(Result.FAILED, "in its teardown"),
        "b": Outcome(Result.FAILED, "in its call, and in its teardown"),
        "c": Outcome(Result.SKIPPED),
    }


@pytest.mark.parametrize(("text", "line"), [("a\n b \n\n", "b"), ("", "without a word")])
def test_of_a_failure_the_line_is_shown_where_the_error_stands(text: str, line: str) -> None:
    assert last_line(text) == line
