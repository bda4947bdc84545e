"""Layers as Lambda unpacks them, made without the Python of the runtime and without an image of it.

The code in them is linked and not copied: SAM packs a layer of the template at each invocation, so a change is seen in
the next one. The libraries are installed once for each list of them.
"""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from local.errors import StartupError

REQUIREMENTS = "requirements.txt"

_PLATFORMS = {"x86_64": "x86_64-manylinux_2_28", "arm64": "aarch64-manylinux_2_28"}
"""What the libraries of Amazon Linux 2023 let run, by Lambda's names of architectures."""


def layer(kept: Path, folder: Path, runtime: str, architecture: str, packages: Sequence[Path] = ()) -> Path:
    """The folder of a layer with what `folder` requires, and with `packages`, in `kept`.

    Raises StartupError if the libraries cannot be had.
    """
    requirements = folder / REQUIREMENTS
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()[:16]
    made = kept / f"{folder.name}-{runtime}-{architecture}-{digest}"
    if not made.exists():
        for old in kept.glob(f"{folder.name}-*"):
            shutil.rmtree(old)
        draft = kept / f"{folder.name}-new"
        install(["--require-hashes", "-r", str(requirements)], draft / "python", runtime, architecture)
        draft.rename(made)
    for package in packages:
        link = made / "python" / package.name
        link.unlink(missing_ok=True)
        link.symlink_to(package.resolve())
    return made


def install(what: Sequence[str], target: Path, runtime: str, architecture: str) -> None:
    """Installs for a runtime, such as `python3.13`, whatever Python this is. Raises StartupError."""
    command = [
        str(Path(sys.executable).with_name("uv")),
        *("pip", "install", "--quiet", "--target", str(target)),
        *("--python-version", runtime.removeprefix("python"), "--python-platform", _PLATFORMS[architecture]),
        *("--only-binary", ":all:"),
        *what,
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise StartupError(f"{error.filename} is missing; start the stack by make run") from None
    if done.returncode:
        raise StartupError(f"the libraries for {runtime} cannot be installed: {done.stderr.strip()}")
