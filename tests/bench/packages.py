"""What `sam build` would upload, from the files that are here: a function's folder, and the layer with what it needs.

`sam build` itself needs Python 3.13 on the path and the package registry. The layer's libraries are taken as they are
installed here, from the same locked wheels; what is compiled for this machine is as large as what is for Lambda's.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

_LOCKED = re.compile(r"^[A-Za-z0-9][^\\\n]*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Size:
    """In bytes: unpacked, and as the zip that is uploaded."""

    unpacked: int
    zipped: int


def of_function(folder: Path) -> Size:
    return _size((path, path.relative_to(folder)) for path in _files(folder))


def of_layer(folder: Path) -> Size:
    """With the libraries that its requirements.txt locks. Raises PackageNotFoundError if one is not installed."""
    own = [(path, path.relative_to(folder)) for path in _files(folder)]
    libraries = [file for name in locked(folder / "requirements.txt") for file in _library(name)]
    return _size([*own, *libraries])


def locked(requirements: Path) -> list[str]:
    """The names of the libraries that a file of locked requirements has, as far as they are for this Python."""
    found = [Requirement(line.strip()) for line in _LOCKED.findall(requirements.read_text(encoding="utf-8"))]
    return [one.name for one in found if one.marker is None or one.marker.evaluate()]


def _library(name: str) -> Iterator[tuple[Path, Path]]:
    for file in metadata.distribution(name).files or []:
        path = Path(str(file.locate()))
        # Programs lie beside the libraries, and compiled files are made where they are run.
        if ".." not in file.parts and "__pycache__" not in file.parts and path.is_file():
            yield path, Path(*file.parts)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]


def _size(files: Iterable[tuple[Path, Path]]) -> Size:
    packed = io.BytesIO()
    unpacked = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, name in files:
            archive.write(path, str(name))
            unpacked += path.stat().st_size
    return Size(unpacked, len(packed.getvalue()))
