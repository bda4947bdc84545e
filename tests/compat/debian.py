"""Debian's packages, installed as `local/setup.sh` does it: as root, or by a sudo that asks nothing."""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence


class MissingError(Exception):
    """What cannot be had here, and the line that installs it."""


def install(packages: Sequence[str], say: Callable[[str], None]) -> None:
    """Raises MissingError, with what to type, where that cannot be done."""
    missing = [package for package in packages if not version(package)]
    if not missing:
        return
    line = f"apt-get install {' '.join(missing)}"
    if shutil.which("apt-get") is None:
        raise MissingError(f"please install with your package manager: {' '.join(missing)}")
    say(f"installing {' '.join(missing)}")
    privileged = [] if os.geteuid() == 0 else ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", *missing]):
        asked = [*privileged, "apt-get", *command]
        if subprocess.run(asked, env=environment, capture_output=True, check=False).returncode != 0:
            raise MissingError(f"please run: sudo {line}")


def version(package: str) -> str:
    """The installed version; empty if it is not installed."""
    if shutil.which("dpkg-query") is None:
        return ""
    asked = ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Version}", package]
    status, _, found = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.partition(" ")
    return found if status == "installed" else ""
