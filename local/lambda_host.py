"""The Lambda service of the local stack: a pool of processes per function, called from any thread."""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from local.aws import FunctionError
from local.errors import StartupError
from local.function_process import Launch, preload
from local.sandbox import Sandbox
from local.template import ACCOUNT, REGION, Function

if TYPE_CHECKING:
    from local.networks.namespace import Namespace

T = TypeVar("T")

_USUAL = max(4, 2 * (os.cpu_count() or 1))
"""Processes of a function while they get on with their work: more would only share the same processors."""

_HOPE = 0.1
"""Seconds for which a request waits for a process to come free before it starts one: a start costs the processors more
than many requests do."""

_MAXIMUM = 100
"""Processes of a function where requests do nothing but wait, for instance with waitFor."""

_PATIENCE = 0.5
"""Seconds without an answer after which a function's processes count as waiting."""

_BUSY = 0.5
"""The share of a processor that this process takes when there is so much to do that answers are late for that alone."""

_LONG_PATIENCE = 5.0
"""Seconds without an answer after which they count as waiting even then."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function as it was deployed: its name, and its environment with all references resolved."""

    function: Function
    name: str
    environment: dict[str, str]
    subnets: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    """Of its VpcConfig, and none where it has none."""

    @property
    def arn(self) -> str:
        """The function's ARN without a qualifier."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.name}"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What every function finds around it."""

    endpoint_url: str
    ca_file: Path
    dns: tuple[str, int]
    logs: Path


class LambdaHost:
    """Runs functions. Call `start`, then `deploy`; `invoke` is an `Invoker`."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="lambda-host", daemon=True)
        self._pools: dict[str, _Pool] = {}
        self._running: set[Future[Any]] = set()
        self._starts = _Gate(os.cpu_count() or 1)

    def start(self) -> None:
        """Starts the loop on which all pools live, and begins to load what functions share."""
        preload()
        self._thread.start()

    def deploy(
        self,
        functions: Iterable[Deployed],
        surroundings: Surroundings,
        attach: Callable[[str, Sequence[str]], "Namespace | None"] = lambda subnet, groups: None,
    ) -> None:
        """Makes these functions callable; no process starts yet.

        `attach` says where one is that has a subnet and security groups. As on AWS, those who have the same share it.
        """
        shared = cache(attach)
        for deployed in functions:
            network = shared(deployed.subnets[0], deployed.groups) if deployed.subnets else None
            self._pools[deployed.name] = _Pool(deployed, surroundings, self._starts, network)

    def warm(self) -> Future[None]:
        """Starts one process of each function, all at once; the result says when they are up.

        Its exception is a StartupError that names the first function that cannot start.
        """
        return self._run(self._warm())

    def invoke(self, function: str, payload: object) -> object:
        """Runs a function by name or ARN and returns its result. Raises FunctionError, LookupError."""
        try:
            return json.loads(self.submit(function, json.dumps(payload).encode()).result())
        except CancelledError:
            raise FunctionError("Runtime.ExitError", "the local stack stops") from None

    def submit(self, function: str, payload: bytes) -> Future[bytes]:
        """Runs a function without waiting; payload and result are JSON. Raises LookupError."""
        name, _, qualifier = function.split(":function:", 1)[-1].partition(":")
        return self._run(self._pool(name).invoke(payload, qualifier))

    def stop(self) -> None:
        """Kills every process, cancels what runs, and ends the loop; safe to call twice."""
        if not self._thread.is_alive():
            return
        for running in list(self._running):
            running.cancel()
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _pool(self, name: str) -> "_Pool":
        try:
            return self._pools[name]
        except KeyError:
            raise LookupError(f"Function not found: {name}") from None

    def _run(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    async def _warm(self) -> None:
        await asyncio.gather(*(pool.warm() for pool in self._pools.values()))

    async def _stop(self) -> None:
        for pool in self._pools.values():
            pool.stop()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=2)


class _Gate:
    """Lets a few in at a time, and of those who wait the newest first: in a storm, somebody is served in time."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: list[asyncio.Future[None]] = []

    async def __aenter__(self) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        await turn

    async def __aexit__(self, *_: object) -> None:
        while self._waiting:
            if not (turn := self._waiting.pop()).done():
                turn.set_result(None)
                return
        self._free += 1


class _Pool:
    """The processes of one function: an idle one is used again, a new one starts while the limit allows.

    A burst of work is done by as many as usual. Only when none of these answers any more, although the stack has little
    to do, more are started, and ended when nobody needs them.
    """

    def __init__(
        self, deployed: Deployed, surroundings: Surroundings, starts: _Gate, network: "Namespace | None"
    ) -> None:
        function = deployed.function
        self._starts = starts
        self._arn = deployed.arn
        self._timeout = function.timeout
        self._launch = Launch(
            handler=function.handler,
            folder=function.folder,
            layers=function.layers,
            environment=_environment(deployed, surroundings),
            log=surroundings.logs / f"{function.logical_id}.log",
            dns=surroundings.dns,
            network=network,
        )
        self._limit = function.reserved or _MAXIMUM
        self._usual = self._size = min(_USUAL, self._limit)
        self._free = asyncio.Semaphore(self._size)
        self._answered = 0.0
        self._idle: list[Sandbox] = []
        self._hoping: list[asyncio.Future[Sandbox]] = []
        self._all: set[Sandbox] = set()

    async def warm(self) -> None:
        async with self._free:
            try:
                self._idle.append(await self._take())
            except FunctionError as error:
                raise StartupError(f"{self._launch.folder} cannot start: {error}; see {self._launch.log}") from error

    async def invoke(self, payload: bytes, qualifier: str) -> bytes:
        await self._admission()
        try:
            sandbox = await self._take()
            try:
                return await sandbox.invoke(payload, qualifier)
            finally:
                self._put_back(sandbox)
        finally:
            self._answered = asyncio.get_running_loop().time()
            if self._size > self._usual and not self._free.locked():
                self._size -= 1
            else:
                self._free.release()

    def _put_back(self, sandbox: Sandbox) -> None:
        if sandbox.alive and len(self._idle) < self._usual:
            if self._hoping:
                self._hoping.pop(0).set_result(sandbox)
            else:
                self._idle.append(sandbox)
            return
        if sandbox.alive:
            sandbox.stop()
        self._all.discard(sandbox)

    async def _admission(self) -> None:
        """Returns when there is a process for one more request, or when one more may be started."""
        began, worked = asyncio.get_running_loop().time(), time.process_time()
        while True:
            try:
                async with asyncio.timeout(_PATIENCE):
                    await self._free.acquire()
                    return
            except TimeoutError:
                now = asyncio.get_running_loop().time()
                share = (time.process_time() - worked) / (now - began)
                silent = now - max(self._answered, began)
                if silent >= (_LONG_PATIENCE if share > _BUSY else _PATIENCE) and self._size < self._limit:
                    self._size += 1
                    return

    def stop(self) -> None:
        for sandbox in self._all:
            sandbox.stop()

    async def _take(self) -> Sandbox:
        if idle := self._take_idle() or await self._freed():
            return idle
        async with self._starts:
            # While this request stood in the queue, another may have ended.
            return self._take_idle() or await self._start()

    async def _freed(self) -> Sandbox | None:
        """A process that another request is done with soon."""
        if not self._all:
            return None
        turn: asyncio.Future[Sandbox] = asyncio.get_running_loop().create_future()
        self._hoping.append(turn)
        await asyncio.wait([turn], timeout=_HOPE)
        if turn.done():
            return turn.result()
        self._hoping.remove(turn)
        return None

    def _take_idle(self) -> Sandbox | None:
        while self._idle:
            sandbox = self._idle.pop()
            if sandbox.alive:
                return sandbox
            self._all.discard(sandbox)
        return None

    async def _start(self) -> Sandbox:
        sandbox = Sandbox(self._launch, self._arn, self._timeout)
        self._all.add(sandbox)
        try:
            await sandbox.start()
        except FunctionError:
            sandbox.stop()
            self._all.discard(sandbox)
            raise
        return sandbox


def _environment(deployed: Deployed, surroundings: Surroundings) -> dict[str, str]:
    function = deployed.function
    return {
        **deployed.environment,
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_SESSION_TOKEN": "local",
        "AWS_ENDPOINT_URL": surroundings.endpoint_url,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_FUNCTION_NAME": deployed.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{deployed.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(function.folder),
        "_HANDLER": function.handler,
        "SSL_CERT_FILE": str(surroundings.ca_file),
    }
