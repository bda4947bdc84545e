"""`make audit`: asks the registry that we install from what has become of the versions that we have locked.

Two things, as far as it tells them: which are yanked (PEP 592, from the simple API), and which have known
vulnerabilities (from the JSON API, which few mirrors have). It needs the network, so `make check` does not do it.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent
LOCKS = (
    "functions/renew_certificate/requirements.txt",
    "layers/shared/requirements.txt",
    "local/requirements.txt",
    "local/browser-requirements.txt",
    "local/checkov-requirements.txt",
    "local/clients-requirements.txt",
    "local/compat-requirements.txt",
    "local/redis-py-requirements.txt",
    "local/sam-requirements.txt",
    "local/uv-requirements.txt",
)

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*])?==([^ ;\\]+)")
_SIMPLE = {"Accept": "application/vnd.pypi.simple.v1+json"}
_SECONDS = 30.0
_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Pinned:
    """A locked version, with the SHA-256 hashes of the files that it may be installed from."""

    name: str
    version: str
    hashes: frozenset[str]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class NotServedError(Exception):
    """The registry does not have this kind of data."""


def pinned(lock: str) -> Iterator[Pinned]:
    """What a requirements.txt pins. Raises ValueError for a line that pins nothing."""
    lines = [line for line in lock.splitlines() if line.strip() and not line.strip().startswith("#")]
    for entry in re.split(r"\n(?=\S)", "\n".join(lines)):
        match = _PINNED.match(entry)
        if match is None:
            raise ValueError(f"this is no pinned version: {entry.splitlines()[0]}")
        yield Pinned(match[1], match[2], frozenset(re.findall(r"--hash=sha256:([0-9a-f]{64})", entry)))


class Registry:
    """A package registry by the address of its simple API."""

    def __init__(self, simple: str) -> None:
        self._simple = simple.rstrip("/")
        self._session = requests.Session()

    def yanked(self, version: Pinned) -> list[str]:
        """Why it was yanked, if it was. Raises NotServedError."""
        page = self._get(f"{self._simple}/{version.name}/", _SIMPLE)
        ours = [file for file in page["files"] if file["hashes"].get("sha256") in version.hashes]
        if not ours:
            return ["the registry has none of the files that are locked"]
        reasons = {file["yanked"] for file in ours if file.get("yanked")}
        return [f"yanked: {'no reason is given' if reason is True else reason}" for reason in reasons]

    def vulnerabilities(self, version: Pinned) -> list[str]:
        """Its known vulnerabilities, each with where it is fixed. Raises NotServedError."""
        page = self._get(f"{self._simple.removesuffix('/simple')}/pypi/{version.name}/{version.version}/json", {})
        if "vulnerabilities" not in page:
            raise NotServedError
        return [
            f"{found['id']}, fixed in {', '.join(found['fixed_in']) or 'no version yet'}"
            for found in page["vulnerabilities"]
            if not found.get("withdrawn")
        ]

    def _get(self, url: str, headers: Mapping[str, str]) -> dict[str, Any]:
        answer = self._session.get(url, headers=headers, timeout=_SECONDS)
        if answer.status_code == requests.codes.not_found or "json" not in answer.headers.get("Content-Type", ""):
            raise NotServedError
        answer.raise_for_status()
        page: dict[str, Any] = answer.json()
        return page


def audit(versions: Iterable[Pinned], registry: Registry, report: Callable[[str], None]) -> bool:
    """Whether nothing was found. What could not be asked is reported, and is no finding. Raises RequestException."""
    wanted = sorted(set(versions), key=str)
    questions = {"yanked versions": registry.yanked, "known vulnerabilities": registry.vulnerabilities}
    sound = True
    for what, ask in questions.items():
        try:
            ask(wanted[0])
        except NotServedError:
            report(f"{what}: not checked, the registry does not tell them")
            continue
        with ThreadPoolExecutor(_WORKERS) as pool:
            answers = list(pool.map(partial(_asked, ask), wanted))
        found = [f"{version}: {line}" for version, lines in zip(wanted, answers, strict=True) for line in lines]
        for line in found:
            report(line)
        report(f"{what}: {len(found)} in {len(wanted)} locked versions")
        sound = sound and not found
    return sound


def _asked(ask: Callable[[Pinned], list[str]], version: Pinned) -> list[str]:
    try:
        return ask(version)
    except NotServedError:
        return ["not known to the registry"]


def index() -> str:
    """The registry that uv installs from, as it is configured here."""
    told = subprocess.run(
        [Path(sys.executable).parent / "uv", "pip", "compile", "-q", "--no-header", "--emit-index-url", "-"],
        input="",
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return told.split("--index-url ", 1)[1].split()[0]


def main() -> None:
    versions = [version for lock in LOCKS for version in pinned((ROOT / lock).read_text())]
    try:
        sound = audit(versions, Registry(index()), print)
    except requests.RequestException as error:
        sys.exit(f"swiftcache: the registry cannot be asked ({type(error).__name__})")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
