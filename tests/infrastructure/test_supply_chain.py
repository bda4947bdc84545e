"""What we run was chosen once: every version is locked with its hashes, and nothing is installed beside the locks."""

import re
from pathlib import Path

import pytest

from local.audit import LOCKS, pinned
from tests.expanded import expanded

ROOT = Path(__file__).parents[2]
DIGEST = "@sha256:" + "0123456789abcdef" * 4


def versions(lock: str) -> dict[str, str]:
    return {version.name: version.version for version in pinned((ROOT / lock).read_text())}


def test_every_lock_is_known() -> None:
    there = {str(file.relative_to(ROOT)) for folder in ("layers", "local", "functions") for file in lock_files(folder)}
    assert there == set(LOCKS)


def lock_files(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*requirements*.txt"))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_version_is_locked_with_hashes(lock: str) -> None:
    found = list(pinned((ROOT / lock).read_text()))
    assert found
    assert [str(version) for version in found if not version.hashes] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_says_where_from(lock: str) -> None:
    assert not re.search(r"--(extra-)?index-url|--find-links|://", (ROOT / lock).read_text())


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_has_all_that_it_was_made_from(lock: str) -> None:
    asked = (ROOT / lock).with_suffix(".in").read_text()
    names = {match[1].lower() for match in re.finditer(r"^([A-Za-z0-9._-]+)", asked, re.MULTILINE) if match[1] != "-r"}
    assert names <= {name.lower() for name in versions(lock)}


@pytest.mark.parametrize("lock", ["layers/shared/requirements.txt", "functions/renew_certificate/requirements.txt"])
def test_what_is_tested_is_what_is_deployed(lock: str) -> None:
    deployed, local = versions(lock), versions("local/requirements.txt")
    assert {name: local.get(name) for name in deployed} == deployed


INSTALLING = [
    "Makefile",
    "local/setup.sh",
    "local/browser.sh",
    "local/debian.sh",
    "local/networks.sh",
    "local/pebble.sh",
    "local/valkey.sh",
    ".ci/run",
]


def logical_lines(file: str) -> list[str]:
    return (ROOT / file).read_text().replace("\\\n", " ").splitlines()


@pytest.mark.parametrize("file", INSTALLING)
def test_every_installation_wants_the_hashes(file: str) -> None:
    installing = [line for line in logical_lines(file) if re.search(r"\bpip3? (install|download|wheel)\b", line)]
    assert [line for line in installing if "--require-hashes" not in line] == []


@pytest.mark.parametrize("file", INSTALLING)
def test_nothing_else_brings_programs(file: str) -> None:
    others = r"\b(uvx|pipx|npx|npm|curl|wget|uv tool|uv run|docker pull|git clone)\b"
    looking = 'command -v curl >/dev/null 2>&1 || missing="$missing curl"'
    assert [line for line in logical_lines(file) if re.search(others, line.replace(looking, ""))] == []


@pytest.mark.parametrize(
    ("image", "accepted"),
    [
        ("redis" + DIGEST, True),
        ("redis:7.2-bookworm" + DIGEST, True),
        ("123456789012.dkr.ecr.eu-central-1.amazonaws.com/redis:7.2" + DIGEST, True),
        ("redis:7.2-bookworm", False),
        ("redis" + DIGEST[:-1], False),
        ("redis" + DIGEST.upper(), False),
        (DIGEST, False),
        ("redis --privileged" + DIGEST, False),
    ],
)
def test_an_image_is_accepted_by_its_digest_alone(image: str, accepted: bool) -> None:
    parameter = expanded().parameters["RedisImage"]
    assert "Default" not in parameter
    assert bool(re.fullmatch(parameter["AllowedPattern"], image)) is accepted
