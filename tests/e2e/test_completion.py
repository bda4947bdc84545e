"""TAB, in the shells themselves, with what `make run` puts on the path."""

import os
import pty
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.documented import need
from tests.e2e.stack import Stack

SECONDS = 60
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
    """Somebody at a shell's terminal."""

    def __init__(self, shell: list[str], environ: dict[str, str]) -> None:
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(shell[0], shell, environ)
        self._seen = ""

    def types(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def sees(self, text: str) -> None:
        """Waits for it, behind what was seen before."""
        deadline = time.monotonic() + SECONDS
        while text not in self._seen:
            assert select.select([self._terminal], [], [], max(0.0, deadline - time.monotonic()))[0], self._seen
            self._seen += os.read(self._terminal, 4096).decode(errors="replace")
        self._seen = self._seen.partition(text)[2]

    def leaves(self) -> None:
        os.close(self._terminal)
        os.waitpid(self.pid, 0)


def at_home(stack: Stack, home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8", "PS1": "> "}


@pytest.mark.parametrize("shell", SHELLS)
def test_tab_completes_the_name_of_an_instance(stack: Stack, name: str, tmp_path: Path, shell: str) -> None:
    need(shell)
    command, enable = SHELLS[shell]
    typist = Typist(command, at_home(stack, tmp_path))
    typist.types(f". {stack.home}/env; {enable}; echo re''ady\n")
    typist.sees("ready")
    typist.types("swiftcache instances get tabu\t")
    typist.sees("swiftcache instances get tabu")
    typist.sees("lated")
    typist.types("\n")
    typist.sees("RUNNING")
    typist.leaves()


def test_fish_completes_the_name_of_an_instance(stack: Stack, name: str, tmp_path: Path) -> None:
    need("fish")
    typed = "swiftcache --show-completion | source; complete --do-complete 'swiftcache instances get tabu'"
    path = os.pathsep.join([str(stack.home / "bin"), os.environ["PATH"]])
    environ = {**at_home(stack, tmp_path), "PATH": path}
    done = subprocess.run(["fish", "--no-config", "-c", typed], env=environ, capture_output=True, text=True, check=True)
    assert (done.stdout.partition("\t")[0].strip(), done.stderr) == (name, "")
