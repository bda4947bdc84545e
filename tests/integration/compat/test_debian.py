"""What a language needs of Debian is installed, or said: never passed over."""

from pathlib import Path

import pytest

from tests.compat import debian
from tests.compat.debian import MissingError

HAS_RUBY_ALONE = 'case "$4" in ruby) printf "installed 1:3.1" ;; *) exit 1 ;; esac'


class Machine:
    """A computer whose programs are scripts of ours."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.said: list[str] = []

    def has(self, name: str, script: str) -> None:
        program = self._folder / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    @property
    def asked_apt(self) -> list[str]:
        log = self._folder / "apt.log"
        return log.read_text().splitlines() if log.exists() else []

    def has_apt(self, status: int) -> None:
        self.has("apt-get", f'echo "$@" >> {self._folder}/apt.log; exit {status}')
        self.has("sudo", 'shift; exec "$@"')


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("PATH", str(tmp_path))
    machine = Machine(tmp_path)
    machine.has("dpkg-query", HAS_RUBY_ALONE)
    return machine


def test_the_version_of_a_package_is_what_debian_says(machine: Machine) -> None:
    assert debian.version("ruby") == "1:3.1"
    assert debian.version("ruby-redis") == ""


def test_what_is_there_is_not_installed_again(machine: Machine) -> None:
    machine.has_apt(0)
    debian.install(["ruby"], machine.said.append)
    assert (machine.asked_apt, machine.said) == ([], [])


def test_what_is_missing_is_installed_and_said(machine: Machine) -> None:
    machine.has_apt(0)
    debian.install(["ruby", "ruby-redis"], machine.said.append)
    assert machine.asked_apt == ["update -qq", "install -y -qq --no-install-recommends ruby-redis"]
    assert machine.said == ["installing ruby-redis"]


def test_where_it_cannot_be_installed_the_line_that_does_it_is_told(machine: Machine) -> None:
    machine.has_apt(100)
    with pytest.raises(MissingError, match="please run: sudo apt-get install ruby-redis"):
        debian.install(["ruby", "ruby-redis"], machine.said.append)


def test_on_another_system_the_names_of_the_packages_are_told(machine: Machine) -> None:
    with pytest.raises(MissingError, match="with your package manager: ruby-redis"):
        debian.install(["ruby-redis"], machine.said.append)
