"""What checkov found, beside what is answered."""

import json
import subprocess
from pathlib import Path

import pytest

from local import checkov
from local.checkov import answers, complaints, findings

ANSWERED = """# what is left
skip-download: true
skip-check:
  # It costs too much,
  # and helps nobody
  - CKV_AWS_1

  # Never
  - CKV_SECRET_2
"""


def failed(check: str, resource: str = "Table", file: str = "/template.yaml") -> dict[str, str]:
    return {"check_id": check, "resource": resource, "file_path": file}


def report(*failures: dict[str, str]) -> dict[str, object]:
    return {"results": {"failed_checks": list(failures)}}


def test_each_answer_has_its_reason() -> None:
    assert answers(ANSWERED) == {"CKV_AWS_1": "It costs too much, and helps nobody", "CKV_SECRET_2": "Never"}


def test_an_answer_without_a_reason_is_none() -> None:
    with pytest.raises(ValueError, match="CKV_AWS_2 is skipped without a reason"):
        answers("skip-check:\n  # why\n  - CKV_AWS_1\n  - CKV_AWS_2\n")


def test_findings_are_told_by_resource_and_secrets_by_file() -> None:
    printed = json.dumps([report(failed("CKV_AWS_1")), report(failed("CKV_SECRET_2", "5f3a", "/events/a.json"))])
    assert findings(printed) == {"CKV_AWS_1": {"Table"}, "CKV_SECRET_2": {"/events/a.json"}}


@pytest.mark.parametrize("nothing", [{"passed": 0, "failed": 0}, report(), []])
def test_nothing_may_be_found(nothing: object) -> None:
    assert findings(json.dumps(nothing)) == {}


def test_what_has_no_answer_and_what_needs_none_is_told() -> None:
    told = complaints({"CKV_AWS_1": {"B", "A"}, "CKV_AWS_2": {"C"}}, ["CKV_AWS_2", "CKV_AWS_3"])
    assert told == ["CKV_AWS_1: A, B", "CKV_AWS_3: is in .checkov.yaml, and found no more"]


@pytest.mark.parametrize(("code", "printed"), [(2, "{}"), (1, "")])
def test_a_failure_of_checkov_itself_is_no_success(code: int, printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], code, printed, "no such file")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    with pytest.raises(SystemExit, match="no such file"):
        checkov.run(Path("checkov"))
