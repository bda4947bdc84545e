"""A root file system made of this machine's own programs, as a tar that `docker import` takes: nothing is pulled."""

import io
import re
import shutil
import subprocess
import tarfile
from pathlib import Path


class RootFileSystem:
    """Programs are put in with the libraries that they need, at the paths where the loader looks for them."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._names: set[str] = set()

    def program(self, name: str) -> None:
        """A program of the path, as /bin/<name>. Raises FileNotFoundError if there is none."""
        found = shutil.which(name)
        if found is None:
            raise FileNotFoundError(name)
        self.linked(Path(found), f"bin/{name}")

    def linked(self, file: Path, name: str) -> None:
        """A program or a library, with what it is linked to."""
        self.file(file, name)
        for library in libraries(file):
            self.file(library, str(library).lstrip("/"))

    def file(self, file: Path, name: str) -> None:
        """A file's content, for everybody to read and to run."""
        if name in self._names:
            return
        self._names.add(name)
        content = file.read_bytes()
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(content), 0o755
        self._tar.addfile(entry, io.BytesIO(content))

    def text(self, name: str, text: str, mode: int = 0o644) -> None:
        """A file of this text."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(text), mode
        self._tar.addfile(entry, io.BytesIO(text.encode()))

    def folder(self, name: str, mode: int = 0o755, owner: int = 0) -> None:
        """An empty folder of this user and its group."""
        entry = tarfile.TarInfo(name)
        entry.type, entry.uid, entry.gid, entry.mode = tarfile.DIRTYPE, owner, owner, mode
        self._tar.addfile(entry)


def libraries(file: Path) -> set[Path]:
    """What a program or a library is linked to; empty for what is linked statically."""
    listed = subprocess.run(["ldd", str(file)], capture_output=True, text=True, check=False).stdout
    return {Path(path) for path in re.findall(r"(/\S+) \(0x", listed)}
