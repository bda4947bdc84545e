"""Volumes end with their stack, however that ended: moto forgets the access points, so nobody could find them."""

from pathlib import Path

from tests.integration.local.aws_stack import started


def test_a_stopped_stack_leaves_no_volume(tmp_path: Path) -> None:
    with started(tmp_path) as stack:
        (stack.substitutes.volumes.folder("/instances/inst_a") / "file").touch()
    assert not (tmp_path / "volumes").exists()


def test_a_new_stack_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    left = tmp_path / "volumes" / "instances" / "inst_left" / "file"
    left.parent.mkdir(parents=True)
    left.touch()
    with started(tmp_path):
        assert not left.exists()


def test_volumes_are_private(tmp_path: Path) -> None:
    with started(tmp_path) as stack:
        assert stack.substitutes.volumes.folder("/instances").stat().st_mode & 0o777 == 0o700
