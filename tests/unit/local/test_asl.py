"""What a state machine's file may say."""

from pathlib import Path

import pytest
import yaml

from local import asl


def test_a_file_is_found_by_its_machine_s_name(tmp_path: Path) -> None:
    (tmp_path / f"wait{asl.SUFFIX}").write_text('{"StartAt": "Wait"}')
    (tmp_path / "README.md").write_text("")
    assert asl.names(tmp_path) == ["wait"]
    assert asl.load("wait", tmp_path) == {"StartAt": "Wait"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("States: {Wait: {}, Wait: {}}", id="two states of one name"),
        pytest.param("{Next: Wait, Next: Stop}", id="a field that stands twice"),
        pytest.param("on: 1", id="what YAML 1.1 takes for true"),
        pytest.param("7: 1", id="a number"),
        pytest.param("[{<<: {Next: Wait}}]", id="a merge"),
        pytest.param("", id="nothing"),
        pytest.param("{a: 1}\n---\n{a: 2}", id="two documents"),
    ],
)
def test_a_text_that_json_could_not_say_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        asl.parse(text)
