"""Runs one framework's program. What the programs are is in `catalogue.py`.

A program ends with 0 if all was as it must be. One that lives through a resize prints `resize, please`, goes on with
its work, and reads a line once the resize has ended.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from swiftcache.engines.model import EngineName
from tests.compat.catalogue import Program
from tests.compat.expectations import Surprise
from tests.compat.instance import WITH_HOSTS, rented
from tests.compat.languages import Language
from tests.compat.results import Suite
from tests.e2e.stack import ENDS_WITH_US, Stack

RESIZE = "resize, please"
PROGRAM_SECONDS = 180
WAITING_SECONDS = 600
"""For one that waits for minutes."""

LINES = 8
"""Of what a failed program has said that are shown; all of it is in its log."""


def run(program: Program, language: Language, logs: Path, engine: EngineName, stack: Stack) -> Suite:
    """Runs a program on an instance of its own."""
    began = time.monotonic()
    log = logs / f"{engine}-{language.name}-{program.name}.log"
    with rented(stack, program.name, engine=engine) as instance:
        command = [*language.command, str(language.folder / program.file)]
        if program.asks_the_system:
            hosts = log.with_suffix(".hosts")
            hosts.write_text(instance.hosts)
            command = [*WITH_HOSTS, str(hosts), *command]
        limit = WAITING_SECONDS if program.waits else PROGRAM_SECONDS
        why = converse(command, instance.environment(), log, instance.resize, limit)
    failed = (Surprise(program.file, why),) if why else ()
    version = ", ".join(f"{package} {language.version(package)}" for package in program.packages)
    seconds = time.monotonic() - began
    return Suite(program.name, language.name, version, 1, int(not why), 0, 0, 0, failed, seconds)


def converse(
    command: list[str], environment: dict[str, str], log: Path, resize: Callable[[], None], limit: float
) -> str | None:
    """Runs a program, for `limit` seconds at most, and resizes when it asks. Why it failed; None if it did not."""
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*ENDS_WITH_US, *command],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            start_new_session=True,
        )
    assert process.stdin is not None
    assert process.stdout is not None
    overdue = threading.Timer(limit, _end, [process])
    overdue.start()
    try:
        for line in process.stdout:
            if line.strip() == RESIZE:
                resize()
                with suppress(BrokenPipeError):  # it has failed meanwhile, and its status says so
                    process.stdin.write("resized\n")
                    process.stdin.flush()
        process.wait()
    except RuntimeError as error:
        return str(error)
    finally:
        overdue.cancel()
        _end(process)
        process.wait()
        with suppress(BrokenPipeError):  # the answer that nobody took
            process.stdin.close()
        process.stdout.close()
    if process.returncode == 0:
        return None
    said = [line.strip() for line in log.read_text(errors="replace").splitlines() if line.strip()]
    ended = f"ended with {process.returncode}"
    return f"{ended} (all that it said: {log})\n    " + "\n    ".join(said[-LINES:])


def _end(process: "subprocess.Popen[str]") -> None:
    """With all that it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
