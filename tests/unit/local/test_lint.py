"""What `python -m local.lint` says of a folder of state machines."""

from pathlib import Path

import pytest

from local import asl, lint

SOUND = """\
QueryLanguage: JSONata
StartAt: Wait
States:
  Wait:
    Type: Wait
    Seconds: 1
    End: true
"""


def run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """The exit code."""
    monkeypatch.setattr("sys.argv", ["lint", str(folder)])
    with pytest.raises(SystemExit) as ended:
        lint.main()
    return ended.value.code


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(SOUND, "1 state machines are sound", id="nothing"),
        pytest.param(SOUND.replace("1", "  1"), "is not in the one style: make format", id="another style"),
        pytest.param(f"{SOUND}# soon more\n", "# soon more: say it in a Comment", id="a comment that would be lost"),
        pytest.param(
            SOUND.replace("End", "Type"), "'Type' stands twice, or is no string", id="a key that stands twice"
        ),
        pytest.param(SOUND.replace("StartAt: Wait", "StartAt: Gone"), "Gone", id="a machine that AWS refuses"),
    ],
)
def test_what_is_wrong_is_told(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / f"wait{asl.SUFFIX}").write_text(text)
    assert run(tmp_path, monkeypatch) == (0 if text == SOUND else 1)
    assert said in capsys.readouterr().out


def test_a_folder_without_machines_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(tmp_path, monkeypatch) == 1
