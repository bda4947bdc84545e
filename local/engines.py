"""The engines that this machine has. No image is pulled: what a task's definition calls its image is not looked at."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local.errors import StartupError

_DIGEST = "0" * 64
_OWN = Path(sys.prefix) / "valkey/usr/bin"
"""Where local/valkey.sh puts a Valkey that the system does not have."""


def path() -> str:
    """Where the programs of containers are looked for."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), str(_OWN)])


def images() -> dict[str, str]:
    """The template's parameters for them: an engine's image has its version as its tag, and none is none."""
    redis, valkey = version("redis"), version("valkey")
    if redis is None:
        raise StartupError("redis-server is not on the path; make setup installs it")
    return {"RedisImage": _image(redis), "ValkeyImage": _image(valkey) if valkey else ""}


def has_valkey() -> bool:
    return shutil.which("valkey-server", path=path()) is not None


def version(engine: str) -> str | None:
    """Of its server, as that says itself; None if there is none."""
    program = shutil.which(f"{engine}-server", path=path())
    if program is None:
        return None
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"v=(\d+\.\d+\.\d+)", told)
    return found[1] if found else None


def _image(version: str) -> str:
    return f"no-image:{version}@sha256:{_DIGEST}"
