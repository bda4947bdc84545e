"""A function's process as Lambda starts one: the genuine runtime client, and the Runtime API that it speaks to."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.bench.memory import resident
from tests.bench.servers import Handler, Server

LIMIT = 30.0
"""Seconds until the first answer."""

_INVOCATION = "/2018-06-01/runtime/invocation/"


@dataclass(frozen=True, slots=True)
class Program:
    """What is started: the function's folder and handler, what is on its import path, and its environment."""

    folder: Path
    handler: str
    layers: Sequence[Path]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Start:
    """Milliseconds from the start of the process until it asks for its first event, and until that is answered.

    `memory` is what the process then has resident, in MB. `refused`: the answer is an error of the handler.
    """

    init: float
    answer: float
    memory: float
    refused: bool


def started(program: Program, event: bytes) -> Start:
    """Starts it, has it answer the event, and ends it. Raises RuntimeError if it cannot start, or does not answer."""
    with _RuntimeApi(event) as api:
        began = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", program.handler],
            cwd=program.folder,
            env=_environment(program, api.address),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            if not api.answered.wait(LIMIT):
                raise RuntimeError(f"{program.folder} did not answer in {LIMIT:.0f} s")
            if api.failure:
                raise RuntimeError(f"{program.folder} cannot start: {api.failure}")
            memory = resident(process.pid)
        finally:
            process.kill()
            process.wait()
    return Start(1000 * (api.asked_at - began), 1000 * (api.answered_at - began), memory, api.refused)


def _environment(program: Program, address: str) -> dict[str, str]:
    paths = [str(program.folder), *map(str, program.layers)]
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PYTHONPATH": os.pathsep.join(paths),
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "bench",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "bench",
        "AWS_LAMBDA_LOG_STREAM_NAME": "bench",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(program.folder),
        "_HANDLER": program.handler,
        **program.environment,
    }


class _RuntimeApi:
    """For one process and one event; there is no second."""

    def __init__(self, event: bytes) -> None:
        self.event = event
        self.asked_at = self.answered_at = 0.0
        self.refused = False
        self.failure = ""
        self.answered = threading.Event()
        self.over = threading.Event()

    def __enter__(self) -> Self:
        self._server = Server(_Runtime, self)
        self.address = self._server.address
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()


class _Runtime(Handler):
    def get(self) -> None:
        api: _RuntimeApi = self.server.state
        if api.answered.is_set():
            api.over.wait()
            self.close_connection = True
            return
        api.asked_at = time.perf_counter()
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": "bench",
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + LIMIT) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-central-1:123456789012:function:bench",
        }
        self.respond(200, api.event, headers)

    def post(self) -> None:
        api: _RuntimeApi = self.server.state
        came = time.perf_counter()
        body = self.content()
        self.respond(202, b"", {})
        if self.path.startswith(_INVOCATION):
            api.refused = self.path.endswith("/error")
        else:
            api.failure = body.decode(errors="replace")
        api.answered_at = came
        api.answered.set()
