"""One process of a function: it takes one invocation at a time, and ends as AWS says when it crashes."""

import asyncio
import json
import multiprocessing
import socket
import time
import uuid
from contextlib import nullcontext
from dataclasses import dataclass, replace

from local import function_process
from local.aws import FunctionError
from local.function_process import Launch
from local.runtime_api import Request, read_request, response

_INIT_LIMIT = 10.0  # seconds, as on AWS

_processes = multiprocessing.get_context("forkserver")


@dataclass(slots=True)
class _Invocation:
    request_id: str
    payload: bytes
    arn: str
    deadline: float
    result: asyncio.Future[bytes]


class Sandbox:
    """A function's process and the Runtime API that it speaks to. All methods run on the host's loop."""

    def __init__(self, launch: Launch, arn: str, timeout: int) -> None:
        self._launch = launch
        self._arn = arn
        self._timeout = timeout
        self._next: asyncio.Queue[_Invocation | None] = asyncio.Queue()  # None: hang up
        self._current: _Invocation | None = None
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._server: asyncio.Server | None = None
        self._process: multiprocessing.process.BaseProcess | None = None
        self.alive = True

    async def start(self) -> None:
        """Starts the process; returns once it has imported its handler. Raises FunctionError if it cannot."""
        with self._launch.network.entered() if self._launch.network else nullcontext():
            listening = socket.create_server(("127.0.0.1", 0))
        self._server = await asyncio.start_server(self._serve, sock=listening, limit=1 << 20)
        host, port = listening.getsockname()
        environment = self._launch.environment | {"AWS_LAMBDA_RUNTIME_API": f"{host}:{port}"}
        launch = replace(self._launch, environment=environment)
        self._process = _processes.Process(target=function_process.main, args=(launch,), daemon=True)
        self._process.start()  # on the loop: multiprocessing's list of children is not for several threads
        asyncio.get_running_loop().add_reader(self._process.sentinel, self._exited)
        try:
            async with asyncio.timeout(_INIT_LIMIT):
                await asyncio.shield(self._ready)
        except TimeoutError:
            self.stop()
            raise self._noted("Sandbox.Timedout", f"Error: Init timed out after {_INIT_LIMIT:.2f} seconds") from None

    async def invoke(self, payload: bytes, qualifier: str = "") -> bytes:
        """The handler's result for a JSON payload, both as bytes. Raises FunctionError.

        `qualifier` is the alias or version by which the function was called, of which there is one.
        """
        invocation = _Invocation(
            request_id=str(uuid.uuid4()),
            payload=payload,
            arn=":".join(filter(None, [self._arn, qualifier])),
            deadline=time.time() + self._timeout,
            result=asyncio.get_running_loop().create_future(),
        )
        self._current = invocation
        self._next.put_nowait(invocation)
        try:
            async with asyncio.timeout(self._timeout):
                return await invocation.result
        except TimeoutError:
            self.stop()
            raise self._noted(
                "Sandbox.Timedout",
                f"RequestId: {invocation.request_id} Error: Task timed out after {self._timeout:.2f} seconds",
            ) from None
        finally:
            self._current = None

    def stop(self) -> None:
        """Kills the process."""
        self.alive = False
        self._next.put_nowait(None)
        if self._process is not None:
            self._process.kill()
        if self._server is not None:
            self._server.close()

    def _exited(self) -> None:
        assert self._process is not None
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        code = self._process.exitcode
        self._process.close()
        self._process = None
        if not self.alive:
            return  # by `stop`, whose caller knows why
        self.stop()
        request = f"RequestId: {self._current.request_id} " if self._current else ""
        reason = f"exit status {code}" if code is not None and code >= 0 else f"signal {-(code or 0)}"
        self._fail(self._noted("Runtime.ExitError", f"{request}Error: Runtime exited with error: {reason}"))

    def _noted(self, error_type: str, message: str) -> FunctionError:
        """An error that the process could not log itself."""
        with self._launch.log.open("a") as log:
            log.write(f"{error_type}: {message}\n")
        return FunctionError(error_type, message)

    def _fail(self, error: FunctionError) -> None:
        if not self._ready.done():
            self._ready.set_exception(error)
        elif self._current is not None and not self._current.result.done():
            self._current.result.set_exception(error)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) and (answer := await self._answer(request)):
                writer.write(answer)
                await writer.drain()
        except ConnectionError:
            pass  # the process died; _exited tells why
        finally:
            writer.close()

    async def _answer(self, request: Request) -> bytes | None:
        match request.method, request.path.split("/"):
            case "GET", ["invocation", "next"]:
                return await self._next_invocation()
            case "POST", ["invocation", request_id, "response"]:
                if (current := self._current_of(request_id)) is not None:
                    current.result.set_result(request.body)
            case "POST", ["invocation", request_id, "error"]:
                if (current := self._current_of(request_id)) is not None:
                    current.result.set_exception(_error_of(request.body))
            case "POST", ["init", "error"]:
                self._fail(_error_of(request.body))
            case _:
                return response(404, {}, b"")
        return response(202, {}, b"")

    async def _next_invocation(self) -> bytes | None:
        if not self._ready.done():
            self._ready.set_result(None)
        invocation = await self._next.get()
        if invocation is None:
            return None
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": invocation.arn,
        }
        return response(200, headers, invocation.payload)

    def _current_of(self, request_id: str) -> _Invocation | None:
        current = self._current
        if current is None or current.request_id != request_id or current.result.done():
            return None
        return current


def _error_of(body: bytes) -> FunctionError:
    error = json.loads(body)
    return FunctionError(
        error.get("errorType") or "Error",
        error.get("errorMessage") or "",
        tuple(error.get("stackTrace") or ()),
    )
