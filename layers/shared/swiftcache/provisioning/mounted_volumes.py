"""Volumes as folders of a file system that is mounted: `<folder>/<instance id>/<folder of a task>/…`."""

import shutil
from pathlib import Path


class MountedVolumes:
    """`folder` is where the volumes of all instances are mounted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def erase(self, instance_id: str, keep: str | None) -> None:
        volume = self._folder / instance_id
        if keep is None:
            _remove(volume)
            return
        for entry in list(volume.iterdir()) if volume.is_dir() else []:
            if entry.name != keep:
                _remove(entry)


def _remove(path: Path) -> None:
    """A call that came before, and was given up, may still be at work on the same."""
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        if path.exists():
            _remove(path)
