"""The console's libraries are those of the list, and what is fetched is compared before it is written."""

import base64
import hashlib
import io
import re
import tarfile
from pathlib import Path

import pytest

from local.vendor import FOLDER, LIST, MismatchError, Package, VendoredFile, adapted, packages, taken

LISTED = packages(LIST.read_text())
FILES = {file.to: file for package in LISTED for file in package.files}
BARE = re.compile(rb"""(?:[\s}]from|\bimport)\s*["'][^./]""")

CONTENT = b"export {};\n"


def hashed(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_the_folder_has_the_files_of_the_list_and_no_others() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_what_the_list_says(name: str) -> None:
    assert hashed((FOLDER / name).read_bytes()) == FILES[name].sha256


@pytest.mark.parametrize("package", LISTED, ids=lambda package: package.name)
def test_a_package_comes_by_its_version_with_its_licence(package: Package) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", package.version)
    assert "LICENSE" in {file.path for file in package.files}


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*js")), ids=lambda file: file.name)
def test_a_module_imports_files_alone_and_names_no_other_address(file: Path) -> None:
    content = file.read_bytes()
    assert not BARE.search(content)
    assert b"sourceMappingURL" not in content


def archive(folder: Path, content: bytes = CONTENT) -> Path:
    path = folder / "one-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as packed:
        member = tarfile.TarInfo("package/dist/one.mjs")
        member.size = len(content)
        packed.addfile(member, io.BytesIO(content))
    return path


def package(path: Path, sha256: str) -> Package:
    digest = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    return Package("one", "1.0.0", f"sha512-{digest}", (VendoredFile("dist/one.mjs", "one.mjs", sha256),))


def test_what_is_as_listed_is_taken(tmp_path: Path) -> None:
    path = archive(tmp_path)
    assert dict(taken(package(path, hashed(CONTENT)), path)) == {"one.mjs": CONTENT}


def test_another_file_is_refused_with_its_hash(tmp_path: Path) -> None:
    path = archive(tmp_path)
    with pytest.raises(MismatchError, match=f"one.mjs of one 1.0.0 has the sha256 {hashed(CONTENT)}"):
        list(taken(package(path, hashed(b"another")), path))


def test_another_package_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = archive(tmp_path)
    listed = package(path, hashed(CONTENT))
    path.write_bytes(b"no archive")
    with pytest.raises(MismatchError, match=r"one 1\.0\.0 has the integrity sha512-"):
        list(taken(listed, path))


def test_an_import_of_a_package_becomes_one_of_a_file() -> None:
    content = b'import{h}from"preact";import x from"other";x()\n//# sourceMappingURL=a.js.map\n'
    assert adapted(content, {"preact": "./preact.mjs"}) == b'import{h}from"./preact.mjs";import x from"other";x()\n'
