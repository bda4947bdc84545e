"""The index of decisions lists each record once, as the record calls itself, with its status and date."""

import re
from datetime import date
from pathlib import Path

import pytest

DECISIONS = Path(__file__).parents[2] / "docs" / "decisions"
RECORDS = sorted(DECISIONS.glob("[0-9]*.md"))
ROW = r"^\| (\d+) \| \[(.+)\]\((\S+)\) \| (.+) \| (.+) \|$"
ROWS = re.findall(ROW, (DECISIONS / "README.md").read_text(), re.MULTILINE)


def test_the_records_are_numbered_from_one_without_a_gap() -> None:
    assert [int(record.name[:4]) for record in RECORDS] == list(range(1, len(RECORDS) + 1))


def test_the_index_lists_each_record_once_and_in_order() -> None:
    assert [file for _, _, file, _, _ in ROWS] == [record.name for record in RECORDS]


@pytest.mark.parametrize(("number", "title", "file", "status", "day"), ROWS, ids=[row[0] for row in ROWS])
def test_a_row_says_number_title_status_and_date(number: str, title: str, file: str, status: str, day: str) -> None:
    assert int(number) == int(file[:4])
    assert (DECISIONS / file).read_text().splitlines()[0] == f"# {number}. {title}"
    assert date.fromisoformat(day)
    assert is_status(status)


def is_status(text: str) -> bool:
    later = re.fullmatch(r"superseded by (\d+)", text)
    return text in ("proposed", "accepted") or (later is not None and later[1] in {row[0] for row in ROWS})


@pytest.mark.parametrize("text", ["", "Accepted", "superseded", "superseded by 9999"])
def test_what_is_no_status_is_noticed(text: str) -> None:
    assert not is_status(text)
