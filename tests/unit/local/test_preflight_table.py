"""The table that `make preflight` prints, and what it says while it waits."""

import json
from concurrent.futures import Future

import pytest

from local.preflight import progress
from local.preflight.lines import Line, counted, fail, has_failed, ok, warn
from local.preflight.progress import Progress
from local.preflight.table import WIDTH, as_json, table

LONG = "a sentence that goes on and on, so that it has to be wrapped before it comes to its end in the table"
LINES = [
    ok("one", "in order"),
    warn("another", LONG, "Think about it."),
    fail("third", "broken", "Mend it:", f"aws mend --first {'a' * 40} --second {'b' * 40} --third c"),
]


def test_a_table_has_what_was_found_and_below_it_what_to_do() -> None:
    assert table(LINES).splitlines() == [
        "      looked at  found",
        "OK    one        in order",
        "WARN  another    a sentence that goes on and on, so that it has to be wrapped before it comes to its",
        "                 end in the table",
        "                 Think about it.",
        "FAIL  third      broken",
        "                 Mend it:",
        f"    $ aws mend --first {'a' * 40} \\",
        f"        --second {'b' * 40} --third c",
        "",
        "1 FAIL, 1 WARN, 1 OK",
    ]


def test_a_table_is_not_wider_than_a_hundred_columns_where_words_are_not() -> None:
    lines = [Line("subject", line.status, " ".join([line.found] * 9), line.advice, line.command) for line in LINES]
    assert max(len(row) for row in table(lines).splitlines()) <= WIDTH


def test_a_program_gets_the_same_as_json() -> None:
    assert json.loads(as_json(LINES[:1])) == {
        "ok": True,
        "lines": [{"subject": "one", "status": "OK", "found": "in order", "advice": "", "command": ""}],
    }
    assert json.loads(as_json(LINES))["ok"] is False


def test_only_a_fail_is_one() -> None:
    assert [has_failed(LINES[:2]), has_failed(LINES)] == [False, True]


@pytest.mark.parametrize(
    ("number", "text"),
    [(1, "1 vCPU"), (1.5, "1.5 vCPUs"), (10_000, "10,000 vCPUs"), (12_500_000.0, "12,500,000 vCPUs"), (0, "0 vCPUs")],
)
def test_a_number_of_things_is_told_as_people_write_it(number: float, text: str) -> None:
    assert counted(number, "vCPU") == text


def done(value: str) -> "Future[str]":
    future: Future[str] = Future()
    future.set_result(value)
    return future


class Late(Future[str]):
    """Is there when it is asked for the second time."""

    def result(self, timeout: float | None = None) -> str:
        if timeout is not None:
            raise TimeoutError
        return "late"


def test_what_is_there_at_once_is_not_talked_about() -> None:
    said: list[str] = []
    assert Progress(said.append).wait("the zone", done("found")) == "found"
    assert said == []


def test_what_takes_longer_than_two_seconds_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 0.0)
    said: list[str] = []
    assert Progress(said.append).wait("the zone", Late()) == "late"
    assert said == ["… the zone"]
