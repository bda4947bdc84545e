"""What runs the programs of each language, made ready by the ordinary package clients, with locked versions.

Python's packages and Node itself come from PyPI, locked by hashes in `local/compat-requirements.txt`; Node's from npm,
by `package-lock.json`; Ruby's and PHP's from Debian, whose release is their lock.
"""

import json
import os
import shutil
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable
from importlib.metadata import distributions
from pathlib import Path

from tests.compat import PROGRAMS, debian

VENV = Path(f"{sys.prefix}-compat")
"""Beside the one that we run in; the Makefile prepares it."""

Say = Callable[[str], None]

SECONDS = 300
"""What one program of a package may take."""


class Language(ABC):
    """`command` runs a file of `folder`."""

    name: str
    command: tuple[str, ...]

    @property
    def folder(self) -> Path:
        return PROGRAMS / self.name

    @abstractmethod
    def prepare(self, say: Say) -> None:
        """Raises debian.MissingError for what cannot be had."""

    @abstractmethod
    def version(self, package: str) -> str:
        """Of an installed package."""


class Python(Language):
    name = "python"
    command = (str(VENV / "bin" / "python"),)

    def prepare(self, say: Say) -> None:
        """The Makefile has done it."""

    def version(self, package: str) -> str:
        folders = [str(folder) for folder in VENV.glob("lib/python*/site-packages")]
        [found] = distributions(name=package, path=folders)
        return found.version


class Node(Language):
    name = "node"
    command = (str(VENV / "bin" / "node"),)

    def __init__(self, cache: Path) -> None:
        """`cache` gets a copy of the programs, since a module finds its packages beside itself."""
        self._cache = cache

    @property
    def folder(self) -> Path:
        return self._cache

    def prepare(self, say: Say) -> None:
        npm_ci(PROGRAMS / self.name, self._cache, say)

    def version(self, package: str) -> str:
        manifest = self._cache / "node_modules" / package / "package.json"
        return str(json.loads(manifest.read_text(encoding="utf-8"))["version"])


def npm_ci(source: Path, folder: Path, say: Say) -> None:
    """Copies what is in `source` to `folder`, and installs what its package-lock.json lists there, if that has changed.

    Raises debian.MissingError.
    """
    shutil.copytree(source, folder, dirs_exist_ok=True)
    lock, installed = folder / "package-lock.json", folder / "installed.json"
    if installed.exists() and installed.read_bytes() == lock.read_bytes():
        return
    say("installing the packages of package-lock.json")
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = [str(VENV / "bin" / "npm"), "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise debian.MissingError(f"npm ci failed in {folder}:\n{done.stderr.strip()}")
    shutil.copyfile(lock, installed)


def run_installed(command: tuple[str, ...], folder: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Runs a program of a package that `npm_ci` has put into the folder."""
    path = [str(folder / "node_modules" / ".bin"), str(VENV / "bin"), os.environ["PATH"]]
    environment = {**os.environ, "PATH": os.pathsep.join(path), "NO_COLOR": "1", **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def fault(done: "subprocess.CompletedProcess[str]") -> str:
    """Why a program failed; empty if it did not."""
    return "" if done.returncode == 0 else f"ended with {done.returncode}: {(done.stdout + done.stderr).strip()}"


class FromDebian(Language):
    """A language whose interpreter and libraries are Debian's."""

    def __init__(self, name: str, command: tuple[str, ...], packages: tuple[str, ...]) -> None:
        self.name = name
        self.command = command
        self._packages = packages

    def prepare(self, say: Say) -> None:
        debian.install(self._packages, say)

    def version(self, package: str) -> str:
        return debian.version(package)


def languages(cache: Path) -> dict[str, Language]:
    """By name; `cache` is a folder for what they need."""
    ruby = ("ruby", "ruby-redis", "ruby-activesupport", "ruby-rack-attack", "ruby-redis-store", "ruby-sidekiq")
    php = ("php-cli", "php-redis", "php-predis")
    strict = ("php", "-d", "zend.assertions=1", "-d", "assert.exception=1")
    found = (Python(), Node(cache / "node"), FromDebian("ruby", ("ruby",), ruby), FromDebian("php", strict, php))
    return {language.name: language for language in found}
