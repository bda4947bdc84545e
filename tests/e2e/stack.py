"""`make run` as a user has it: a process, the lines it prints, its local.json, and what that leads to."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import boto3
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.e2e.api import Api
from tests.e2e.names import Names
from tests.e2e.processes import Process, processes_of

PROJECT = Path(__file__).parents[2]
START_SECONDS = 90
STOP_SECONDS = 5
LATE_STOP_SECONDS = 30
"""What a stack that tests have shared may take on a busy machine: how fast one stops has tests of its own."""

ENDS_WITH_US = ("setpriv", "--pdeathsig", "TERM")
"""Tests or a bench that are killed leave no stack running: Linux stops it when the thread ends that launched it."""


class Stack:
    """A process of the local stack, in a session of its own as a terminal gives it. Enter it to start it."""

    def __init__(
        self,
        home: Path,
        port: int = 0,
        warm_pool: str | None = "",
        allowed_origins: str = "",
        containers: str = "",
        network: str | None = None,
        started_by: Sequence[str] = (),
    ) -> None:
        """`port` 0 takes a free one; `warm_pool` None is what a person gets, which no test asks for by accident.

        `network` None is that of the tests' own environment: `NETWORK=private make test` has all stacks in such a one.
        `started_by` is a program that becomes the one that its arguments name.
        """
        self.home = home
        self._network = network
        self._started_by = started_by
        self._allowed_origins = allowed_origins
        self._containers = containers
        self._warm_pool = warm_pool
        self.facts: dict[str, Any] = {}
        self._port = port
        self._out = home.with_suffix(".out")
        self._clients: dict[str, Any] = {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.launch()
        try:
            self._wait_until_up()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_until_up(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self._is_announced():
            assert self.process.poll() is None, f"the stack did not start:\n{self.printed}"
            assert time.monotonic() < deadline, f"the stack is not up after {START_SECONDS} s:\n{self.printed}"
            time.sleep(0.02)

    def __exit__(self, *_: object) -> None:
        try:
            self.process.terminate()
            self.process.wait(LATE_STOP_SECONDS)
        finally:
            for left in self.processes():
                with suppress(ProcessLookupError):
                    os.kill(left.pid, signal.SIGKILL)
            self.process.wait()

    def launch(self) -> None:
        """Starts the process and does not wait for it."""
        environment = {
            **os.environ,
            "SWIFTCACHE_HOME": str(self.home),
            "PORT": str(self._port),
            "ALLOWED_ORIGINS": self._allowed_origins,
            "CONTAINERS": self._containers,
            **({} if self._warm_pool is None else {"WARM_POOL": self._warm_pool}),
            **({} if self._network is None else {"NETWORK": self._network}),
            "PYTHONPATH": f"{PROJECT / 'layers' / 'shared'}{os.pathsep}{PROJECT}",
        }
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [*ENDS_WITH_US, *self._started_by, sys.executable, "-m", "local"],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _is_announced(self) -> bool:
        """Reads local.json, unless it is not there yet, or is still that of an earlier, killed stack."""
        with suppress(FileNotFoundError):
            self.facts = json.loads(self.announcement.read_text())
        return self.facts.get("pid") == self.process.pid

    @property
    def process(self) -> "subprocess.Popen[bytes]":
        assert self._process is not None, "launch it first"
        return self._process

    @property
    def is_private(self) -> bool:
        return (self._network or os.environ.get("NETWORK")) == "private"

    @property
    def printed(self) -> str:
        """All that it has written to the terminal."""
        return self._out.read_text()

    @property
    def announcement(self) -> Path:
        return self.home / "local.json"

    @property
    def api(self) -> Api:
        return Api(self.facts["apiUrl"], self.facts["token"], self.facts["organizationId"])

    @property
    def names(self) -> Names:
        return Names(self.facts["dns"])

    def processes(self) -> list[Process]:
        """Every live process that belongs to it."""
        return processes_of(self.home)

    @contextmanager
    def frozen(self, instance: dict[str, Any]) -> Iterator[None]:
        """Keeps an instance's Redis from ending, and so its deletion under way; after 5 s it is killed all the same."""
        [address] = self.names.resolve(instance["hostname"])
        listening = f" {address}:{instance['port']}"
        [process] = [process for process in self.processes() if process.is_redis and listening in process.command]
        os.kill(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            with suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)

    def aws(self, service: str) -> Any:
        """The boto3 client of a service, at the stack's endpoint."""
        if service not in self._clients:
            make: Any = boto3.client  # typed for names known beforehand
            self._clients[service] = make(
                service,
                endpoint_url=self.facts["awsEndpointUrl"],
                region_name="eu-central-1",
                aws_access_key_id="any",
                aws_secret_access_key="any",
            )
        return self._clients[service]

    def outputs(self) -> dict[str, str]:
        """The outputs of the stack that template.yaml describes."""
        [deployed] = self.aws("cloudformation").describe_stacks()["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in deployed["Outputs"]}

    @contextmanager
    def redis(self, instance: dict[str, Any], key: str | None, **different: Any) -> Iterator["redis.Redis"]:
        """A client of a RUNNING instance: by its hostname, over verified TLS, never trying twice."""
        options: dict[str, Any] = {
            "host": instance["hostname"],
            "port": instance["port"],
            "password": key,
            "ssl": True,
            "ssl_ca_certs": self.facts["caFile"],
            "ssl_check_hostname": True,
            "socket_timeout": 5,
            "decode_responses": True,
            "retry": Retry(NoBackoff(), 0),
        }
        with self.names.in_use(), redis.Redis(**options | different) as client:
            yield client
