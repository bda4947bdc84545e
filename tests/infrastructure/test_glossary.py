"""The glossary can be read: each word once, in order, in one sentence."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "glossary.md").read_text()
ROWS = re.findall(r"^\| (.+?) \| (.+) \|$", PAGE.partition("|---|---|\n")[2], re.MULTILINE)
WORDS = [word for word, _ in ROWS]


def test_each_word_is_explained_once_and_in_alphabetical_order() -> None:
    assert WORDS
    assert sorted(set(WORDS), key=str.lower) == WORDS


@pytest.mark.parametrize(("word", "sentence"), ROWS, ids=WORDS)
def test_a_word_is_explained_in_one_sentence(word: str, sentence: str) -> None:
    assert re.fullmatch(r"[A-Z][^.]*(\.[^\s.][^.]*)*\.", sentence), f"{word}: {sentence}"
