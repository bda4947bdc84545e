"""What checkov is answered is true as far as a test can say; whether it is still asked says `make checkov`."""

import json
import re

import pytest

from local.checkov import ANSWERS, ROOT, answers

GIVEN = answers(ANSWERS.read_text())
SAMPLES = sorted((ROOT / "events").glob("*.json"))


@pytest.mark.parametrize(("check", "reason"), GIVEN.items(), ids=GIVEN)
def test_an_answer_names_a_decision_or_a_test_that_is_there(check: str, reason: str) -> None:
    named = re.findall(r"(?:docs|tests)/[\w./-]+\.(?:md|py)", reason)
    assert named
    assert [file for file in named if not (ROOT / file).exists()] == []


def test_the_sample_requests_have_one_account_key_which_nobody_has() -> None:
    keys = {key for sample in SAMPLES for key in re.findall(r"sk_live_\w+", json.dumps(json.loads(sample.read_text())))}
    assert keys == {"sk_live_" + 32 * "0"}
