"""An image of this machine's own redis-server: what the task definition needs of the stock image, and no more.

Nothing has to be pulled, so the tests need no registry.
"""

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

PROGRAMS = ("redis-server", "sh", "base64", "gzip")
USER_ID = 999
PASSWD = f"root:x:0:0::/:/bin/sh\nredis:x:{USER_ID}:{USER_ID}::/data:/bin/sh\n"
GROUP = f"root:x:0:\nredis:x:{USER_ID}:\n"


def image() -> bytes:
    """A root file system as a tar: the programs with their libraries, a user `redis`, a volume /data of that user."""
    found = io.BytesIO()
    with tarfile.open(fileobj=found, mode="w") as tar:
        for name in PROGRAMS:
            program = Path(shutil.which(name) or name)
            _add(tar, program, f"bin/{name}")
            for library in _libraries(program):
                _add(tar, library, str(library).lstrip("/"))
        _text(tar, "etc/passwd", PASSWD)
        _text(tar, "etc/group", GROUP)
        for folder, owner, mode in (("data", USER_ID, 0o755), ("tmp", 0, 0o1777), ("proc", 0, 0o555)):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.uid, entry.gid, entry.mode = tarfile.DIRTYPE, owner, owner, mode
            tar.addfile(entry)
    return found.getvalue()


def _libraries(program: Path) -> set[Path]:
    listed = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    return {Path(path) for path in re.findall(r"(/\S+) \(0x", listed)}


def _add(tar: tarfile.TarFile, file: Path, name: str) -> None:
    if name in tar.getnames():
        return
    content = file.read_bytes()
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(content), 0o755
    tar.addfile(entry, io.BytesIO(content))


def _text(tar: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(text), 0o644
    tar.addfile(entry, io.BytesIO(text.encode()))
