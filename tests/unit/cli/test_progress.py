"""What a person sees while an instance is made."""

from typing import Any

import pytest

from swiftcache_cli.progress import DrawnProgress, PlainProgress, Progress

STEP = {
    "name": "StartRedisTask",
    "title": "Start the Redis task",
    "startedAt": "2024-03-15T10:30:00.840Z",
    "endedAt": None,
    "attempts": 1,
    "outcome": "IN_PROGRESS",
    "cause": None,
}
ENDED = {**STEP, "outcome": "SUCCEEDED", "endedAt": "2024-03-15T10:30:03.840Z"}
ESTIMATE = {"elapsedSeconds": 14.2, "p50Seconds": 41.3, "p95Seconds": 55.0, "creations": 87, "waitsForAws": False}


def timeline(*steps: dict[str, Any], estimate: dict[str, Any] | None = None) -> dict[str, Any]:
    older = {"startedAt": "2024-03-15T09:00:00Z", "steps": [{**STEP, "title": "Of another time"}]}
    newest = {"startedAt": "2024-03-15T10:30:00Z", "steps": list(steps)}
    return {"operations": [newest, older], "estimate": estimate}


@pytest.mark.parametrize("kind", [PlainProgress, DrawnProgress])
def test_the_steps_of_the_newest_operation_are_told(
    kind: type[PlainProgress] | type[DrawnProgress], capsys: pytest.CaptureFixture[str]
) -> None:
    progress: Progress = kind()
    with progress:
        progress.show(timeline(ENDED))
    said = capsys.readouterr()
    assert "✓ Start the Redis task 3.0 s" in said.err
    assert "Of another time" not in said.err
    assert said.out == ""


def test_in_a_log_nothing_is_told_twice(capsys: pytest.CaptureFixture[str]) -> None:
    progress = PlainProgress()
    for step in (STEP, STEP, ENDED, ENDED):
        progress.show(timeline(step))
    assert capsys.readouterr().err.splitlines() == ["… Start the Redis task", "✓ Start the Redis task 3.0 s"]


def test_an_instance_without_a_step_yet_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    PlainProgress().show({"operations": [], "estimate": None})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("different", "shown"),
    [
        ({}, "14 s; most take 41 s or less"),
        ({"p50Seconds": None}, "14 s"),
        ({"waitsForAws": True}, "AWS has no room at the moment"),
    ],
)
def test_a_terminal_is_told_how_long_it_takes(
    different: dict[str, Any], shown: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with DrawnProgress() as progress:
        progress.show(timeline(STEP, estimate={**ESTIMATE, **different}))
    assert shown in capsys.readouterr().err
