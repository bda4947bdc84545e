"""The one style of the state machines' files."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yaml import YAMLError

from local import asl, asl_format
from local.asl_format import NotWritable, formatted, write

WRITTEN = """\
Comment: Waits, and asks
StartAt: Wait
States:
  Wait:
    Type: Wait
    Comment: >-
      A sentence that is longer than the line has room for goes on below, and is read as one line again, whatever it has
      in it: "quotes", # signs and {% expressions %}
    Seconds: 1
    Output: {}
    Next: Ask

  Ask:
    Type: Task
    Resource: arn:aws:states:::lambda:invoke
    Arguments: {FunctionName: "${FunctionArn}", Payload: {id: "{% $id %}", "#name": "no", "N": "0700"}}
    Retry:
      - {ErrorEquals: [Lambda.ServiceException, Lambda.AWSLambdaException, Lambda.SdkClientException,
         Lambda.TooManyRequestsException, States.Timeout], IntervalSeconds: 1, BackoffRate: 2.0, JitterStrategy: FULL}
    Catch: [{ErrorEquals: [States.ALL], Next: Wait}]
    Next: Both

  Both:
    Type: Parallel
    Branches:
      - StartAt: Left
        States:
          Left:
            Type: Succeed
          Right:
            Type: Succeed
    End: true
"""

PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"], include_characters=" \n\t"))
HALVES = st.integers(-(10**6), 10**6).map(lambda number: number / 2)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | HALVES | PRINTABLE,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(PRINTABLE.filter(bool), inner, max_size=4),
    max_leaves=20,
)


def test_a_machine_in_the_style_stays_as_it_is() -> None:
    assert formatted(WRITTEN) == WRITTEN


def test_json_is_brought_into_the_style() -> None:
    assert formatted(json.dumps(asl.parse(WRITTEN))) == WRITTEN


def test_a_line_is_no_longer_than_those_of_the_code() -> None:
    assert max(map(len, WRITTEN.splitlines())) <= asl_format.WIDTH


@given(JSON, PRINTABLE)
def test_what_is_written_is_read_again_value_and_type(arguments: object, name: str) -> None:
    state = {"Type": "Task", "Arguments": arguments, "Retry": [{"ErrorEquals": [name]}]}
    machine = {"StartAt": name, "States": {name or "Ask": state}}
    assert json.dumps(asl.parse(write(machine))) == json.dumps(machine)


@pytest.mark.parametrize(
    "text",
    ["yes", "No", "on", "OFF", "true", "null", "y", "N", "~", "0700", "1_000", "1e3", "2024-01-01", "12:30:00", ".inf"],
)
def test_a_string_that_some_yaml_takes_for_another_type_is_quoted(text: str) -> None:
    assert write({"StartAt": text}) == f'StartAt: "{text}"\n'


def test_anchors_are_written_out() -> None:
    assert formatted("Comment: &words Waits\nStartAt: *words") == "Comment: Waits\nStartAt: Waits\n"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("StartAt: Wait # at once", id="a comment after a value"),
        pytest.param("# A machine\nStartAt: Wait", id="a comment before all"),
        pytest.param("StartAt: Wait\nStates:\n  #status: name\n", id="a key that begins with a hash"),
        pytest.param("StartAt: Wait\nStates: {Wait: {}}", id="a state without fields"),
        pytest.param("StartAt: 2024-01-01", id="a date"),
        pytest.param('StartAt: "\\u2028"', id="what cannot be printed"),
    ],
)
def test_nothing_is_lost_without_a_word(text: str) -> None:
    with pytest.raises(NotWritable):
        formatted(text)


def test_files_that_are_not_in_the_style_are_rewritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in {"other": json.dumps(asl.parse(WRITTEN)), "same": WRITTEN}.items():
        (tmp_path / f"{name}{asl.SUFFIX}").write_text(text)
    asl_format.main(tmp_path)
    assert [file.read_text() for file in asl.files(tmp_path)] == [WRITTEN, WRITTEN]
    assert capsys.readouterr().out == f"rewrote other{asl.SUFFIX}\n"


@pytest.mark.parametrize("text", ["StartAt: [", "# nothing else\nStartAt: Wait"])
def test_a_file_that_cannot_be_written_is_left_and_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / f"wrong{asl.SUFFIX}"
    file.write_text(text)
    with pytest.raises(SystemExit, match=f"^{file.name}: "):
        asl_format.main(tmp_path)
    assert file.read_text() == text


def test_what_no_yaml_is_is_no_machine() -> None:
    with pytest.raises(YAMLError):
        formatted("States: {")
