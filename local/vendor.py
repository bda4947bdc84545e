"""`make vendor`: fetches the console's libraries from the npm registry, as functions/console/vendor.toml lists them.

Nothing is written unless all of it is what the list says. After a change of a version, it says what the hashes are now.
"""

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

CONSOLE = Path(__file__).parent.parent / "functions" / "console"
LIST = CONSOLE / "vendor.toml"
FOLDER = CONSOLE / "site" / "vendor"


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """A file of a package: `path` in it, `to` in our folder, and the hash that it has there."""

    path: str
    to: str
    sha256: str
    imports: Mapping[str, str] = field(default_factory=dict)
    """By the name of a package that it imports: the file of ours in its place."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package at one version; `integrity` is npm's hash of all of it."""

    name: str
    version: str
    integrity: str
    files: tuple[VendoredFile, ...]


class MismatchError(Exception):
    """What was fetched is not what the list says."""


def packages(text: str) -> tuple[Package, ...]:
    """What a vendor.toml lists."""
    return tuple(
        Package(
            name=found["name"],
            version=found["version"],
            integrity=found["integrity"],
            files=tuple(VendoredFile(**file) for file in found["file"]),
        )
        for found in tomllib.loads(text)["package"]
    )


def taken(package: Package, archive: Path) -> Iterator[tuple[str, bytes]]:
    """The name and content of each listed file. Raises MismatchError, before the first one if it is of the package."""
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if package.integrity != f"sha512-{digest}":
        raise MismatchError(f"{package.name} {package.version} has the integrity sha512-{digest}")
    with tarfile.open(archive) as packed:
        for file in package.files:
            member = packed.extractfile(f"package/{file.path}")
            assert member is not None
            content = adapted(member.read(), file.imports)
            if (found := hashlib.sha256(content).hexdigest()) != file.sha256:
                raise MismatchError(f"{file.to} of {package.name} {package.version} has the sha256 {found}")
            yield file.to, content


def adapted(content: bytes, imports: Mapping[str, str]) -> bytes:
    """A module that imports files in the place of packages, and names no source map, which is not here."""
    for name, file in imports.items():
        content = content.replace(f'from"{name}"'.encode(), f'from"{file}"'.encode())
    return re.sub(rb"\n//# sourceMappingURL=\S+\s*\Z", b"\n", content)


def fetch(package: Package, folder: Path) -> Path:
    """The package's archive, from the registry that this machine's npm is configured for."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise MismatchError(f"{package.name} {package.version} cannot be fetched: {done.stderr.strip()}")
    return folder / done.stdout.split()[-1]


def main(listed: Iterable[Package]) -> str:
    """Fetches and writes all of it. Returns what is wrong, or nothing."""
    if shutil.which("npm") is None:
        return "npm is needed to fetch the console's libraries: please install it with your package manager"
    with tempfile.TemporaryDirectory() as folder:
        try:
            files = {name: content for one in listed for name, content in taken(one, fetch(one, Path(folder)))}
        except MismatchError as error:
            return f"{error}, and functions/console/vendor.toml says something else"
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    for name, content in files.items():
        (FOLDER / name).write_bytes(content)
    return ""


if __name__ == "__main__":
    sys.exit(main(packages(LIST.read_text())))
