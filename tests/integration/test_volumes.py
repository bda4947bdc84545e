"""Erasing volumes: real folders, as the function finds them behind its mount."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from swiftcache.platform.errors import InvalidRequest
from swiftcache.provisioning.mounted_volumes import MountedVolumes
from swiftcache.provisioning.volumes import erase


@pytest.fixture
def volumes(tmp_path: Path) -> MountedVolumes:
    for name in (
        "inst_a1/inst_a1/appendonlydir/file",
        "inst_a1/chg_b2/appendonlydir/file",
        "inst_other/inst_other/file",
    ):
        file = tmp_path / "instances" / name
        file.parent.mkdir(parents=True)
        file.write_text("data")
    return MountedVolumes(tmp_path / "instances")


def left(folder: Path) -> set[str]:
    return {str(file.relative_to(folder / "instances")) for file in folder.rglob("*") if file.is_file()}


OTHER = "inst_other/inst_other/file"


def test_a_volume_is_erased_with_all_that_is_in_it(volumes: MountedVolumes, tmp_path: Path) -> None:
    erase(volumes, "inst_a1", None)
    assert [entry.name for entry in (tmp_path / "instances").iterdir()] == ["inst_other"]
    assert left(tmp_path) == {OTHER}


def test_all_folders_but_one_are_erased(volumes: MountedVolumes, tmp_path: Path) -> None:
    erase(volumes, "inst_a1", "chg_b2")
    assert left(tmp_path) == {"inst_a1/chg_b2/appendonlydir/file", OTHER}


@pytest.mark.parametrize("keep", [None, "chg_b2"])
def test_erasing_twice_is_no_error(volumes: MountedVolumes, tmp_path: Path, keep: str | None) -> None:
    erase(volumes, "inst_a1", keep)
    before = left(tmp_path)
    erase(volumes, "inst_a1", keep)
    assert left(tmp_path) == before


@pytest.mark.parametrize("keep", [None, "chg_b2"])
def test_what_never_was_is_no_error(volumes: MountedVolumes, tmp_path: Path, keep: str | None) -> None:
    before = left(tmp_path)
    erase(volumes, "inst_unknown", keep)
    assert left(tmp_path) == before


def test_what_another_call_has_just_removed_is_no_error(
    volumes: MountedVolumes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove: Callable[[Any], None] = shutil.rmtree

    def overtaken(path: Path) -> None:
        monkeypatch.setattr(shutil, "rmtree", remove)
        remove(path / "chg_b2")
        raise FileNotFoundError

    monkeypatch.setattr(shutil, "rmtree", overtaken)
    erase(volumes, "inst_a1", None)
    assert left(tmp_path) == {OTHER}


@pytest.mark.parametrize("name", ["", ".", "..", "/", "inst_", "inst_a1/../inst_other", "inst_A", "org_1", "inst_a1\n"])
def test_what_is_no_instance_is_refused(volumes: MountedVolumes, tmp_path: Path, name: str) -> None:
    before = left(tmp_path)
    with pytest.raises(InvalidRequest):
        erase(volumes, name, None)
    assert left(tmp_path) == before


@pytest.mark.parametrize("keep", ["", "..", "appendonlydir", "chg_b2/", "../inst_other"])
def test_what_is_no_folder_is_refused(volumes: MountedVolumes, tmp_path: Path, keep: str) -> None:
    before = left(tmp_path)
    with pytest.raises(InvalidRequest):
        erase(volumes, "inst_a1", keep)
    assert left(tmp_path) == before
