"""File systems of the local stack: what is behind an access point is a folder, whoever mounts it.

A container or function is a plain process and sees no mount. So whoever is to find a volume is told where it lies: in
its environment, what begins with the path of a mount becomes the folder that is mounted there.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

Mounts = Mapping[str, str]
"""The access point's path behind each path in the container."""


class VolumeNotMountableError(Exception):
    """There is no such access point."""


class Volumes:
    """Volumes in folders under `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def clear(self) -> None:
        """Remove all of them."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def folder(self, path: str) -> Path:
        """What is behind an access point with this path; made, as EFS makes it when it is mounted first."""
        found = self._folder / path.strip("/")
        found.mkdir(parents=True, exist_ok=True, mode=0o700)
        return found

    def translate(self, environment: Mapping[str, str], mounts: Mounts) -> dict[str, str]:
        """The environment of a process with these mounts, which it sees as folders."""
        return {name: self._translated(value, mounts) for name, value in environment.items()}

    def _translated(self, value: str, mounts: Mounts) -> str:
        for mounted, path in mounts.items():
            if value == mounted or value.startswith(f"{mounted}/"):
                return str(self.folder(path)) + value[len(mounted) :]
        return value


def mounts_of(
    definition: Mapping[str, Any], container: Mapping[str, Any], access_points: Mapping[str, str]
) -> dict[str, str]:
    """What a container of a task definition mounts from EFS. `access_points` are paths by id.

    Raises VolumeNotMountableError for an access point that is not there.
    """
    places = _places(container)
    found = {}
    for volume in definition.get("volumes", []):
        if "efsVolumeConfiguration" not in volume or volume["name"] not in places:
            continue
        access_point = volume["efsVolumeConfiguration"]["authorizationConfig"]["accessPointId"]
        if access_point not in access_points:
            raise VolumeNotMountableError(f"access point {access_point} does not exist")
        found[places[volume["name"]]] = access_points[access_point]
    return found


def shared_mounts_of(definition: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, str]:
    """The volumes by their places in a container that others of its task mount too, and that end with the task.

    One that is a container's alone is where that is at home: its own folder.
    """
    containers = [_places(each) for each in definition["containerDefinitions"]]
    transient = {volume["name"] for volume in definition.get("volumes", []) if "efsVolumeConfiguration" not in volume}
    return {
        place: name
        for name, place in _places(container).items()
        if name in transient and sum(name in places for places in containers) > 1
    }


def _places(container: Mapping[str, Any]) -> dict[str, str]:
    return {mount["sourceVolume"]: str(mount["containerPath"]) for mount in container.get("mountPoints", [])}
