"""The folder of a stack: one holder at a time, and an announcement only while it is up."""

import json
import os
from pathlib import Path

import pytest

from local.errors import StartupError
from local.home import Home


def test_a_held_home_is_refused_with_its_holder(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.acquire()

    with pytest.raises(StartupError, match=f"process id {os.getpid()}"):
        second.acquire()
    first.release()


def test_a_released_home_can_be_taken_again(tmp_path: Path) -> None:
    first, second = Home(tmp_path), Home(tmp_path)
    first.acquire()
    first.release()

    second.acquire()
    second.release()


def test_the_announcement_of_a_killed_stack_is_removed(tmp_path: Path) -> None:
    (tmp_path / "local.json").write_text("{}")
    home = Home(tmp_path)

    home.acquire()

    assert not home.announcement.exists()
    home.release()


def test_a_refused_stack_leaves_the_announcement_of_the_holder(tmp_path: Path) -> None:
    holder = Home(tmp_path)
    holder.acquire()
    holder.announce({"pid": 1}, "API=x", "")

    with pytest.raises(StartupError):
        Home(tmp_path).acquire()

    assert json.loads(holder.announcement.read_text()) == {"pid": 1}
    holder.release()


def test_releasing_removes_the_announcement(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.acquire()
    home.announce({"pid": 1}, "API=x", "")

    home.release()

    assert not home.announcement.exists()
    assert not home.shell_file.exists()
    assert not home.programs.exists()


def test_only_the_owner_can_read_the_announcement(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.acquire()

    home.announce({"token": "sk_live_0"}, "TOKEN=sk_live_0", "SWIFTCACHE_API_KEY=sk_live_0")

    modes = {file.stat().st_mode & 0o777 for file in (home.announcement, home.shell_file)}
    assert modes == {0o600}
    assert (home.programs / "swiftcache").stat().st_mode & 0o777 == 0o700
    home.release()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(StartupError, match=r"file/home.*SWIFTCACHE_HOME"):
        Home(tmp_path / "file" / "home").acquire()
