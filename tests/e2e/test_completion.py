"""TAB, in the shells themselves, with what `make run` puts on the path."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from tests.e2e.documented import need
from tests.e2e.stack import Stack

SECONDS = 60
QUIET_SECONDS = 5.0
"""Nothing is offered where the API does not answer within a second, as on a busy machine: then TAB is pressed again."""

ENABLE = 'eval "$(swiftcache --show-completion)"'
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], ENABLE),
    "zsh": (["zsh", "-f", "-i"], f"autoload -Uz compinit; compinit -u -D; {ENABLE}"),
}


@pytest.fixture
def name(stack: Stack) -> Iterator[str]:
    """Of an instance; no other begins so."""
    swiftcache(stack, "instances", "create", "tabulated", "--memory", "10MB", "--wait")
    yield "tabulated"
    swiftcache(stack, "instances", "delete", "tabulated", "--yes", "--wait")


def swiftcache(stack: Stack, *arguments: str) -> None:
    program = str(stack.home / "bin" / "swiftcache")
    subprocess.run([program, *arguments], check=True, capture_output=True, timeout=SECONDS)


class Typist:
    """Somebody at a shell's terminal, who leaves in the end."""

    def __init__(self, shell: list[str], environ: dict[str, str]) -> None:
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execvpe(shell[0], shell, environ)
        self._seen = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._terminal)
        os.waitpid(self._pid, 0)

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, text: str, after: str = "") -> None:
        """Waits for it, behind what was seen before; types `after` again and again until then."""
        deadline = time.monotonic() + SECONDS
        while text not in self._seen:
            self.types(after)
            while select.select([self._terminal], [], [], QUIET_SECONDS)[0] and text not in self._seen:
                self._seen += os.read(self._terminal, 4096).decode(errors="replace")
            assert time.monotonic() < deadline, self._seen
        self._seen = self._seen.partition(text)[2]


def at_home(stack: Stack, home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", "PS1": "> "}


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_the_name_of_an_instance(stack: Stack, name: str, tmp_path: Path, shell: str) -> None:
    need(shell)
    command, enable = SHELLS[shell]
    with Typist(command, at_home(stack, tmp_path)) as typist:
        typist.types(f". {stack.home}/env; {enable}; echo re''ady\n")
        typist.sees("ready")
        typist.types("swiftcache instances get tabu")
        typist.sees("swiftcache instances get tabu")
        typist.sees("lated", after="\t")
        typist.types("\n")
        typist.sees("RUNNING")


def test_fish_completes_the_name_of_an_instance(stack: Stack, name: str, tmp_path: Path) -> None:
    need("fish")
    typed = "swiftcache --show-completion | source; complete --do-complete 'swiftcache instances get tabu'"
    path = os.pathsep.join([str(stack.home / "bin"), os.environ["PATH"]])
    environ = {**at_home(stack, tmp_path), "PATH": path}
    deadline, offered = time.monotonic() + SECONDS, ""
    while not offered and time.monotonic() < deadline:
        command = ["fish", "--no-config", "-c", typed]
        offered = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True).stdout
    assert offered.partition("\t")[0].strip() == name
