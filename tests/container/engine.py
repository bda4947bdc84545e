"""A Docker engine, and containers in it that are run as ECS runs them."""

import json
import os
import resource
import socket
import ssl
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import task_size
from swiftcache.redis.options import redis_options
from tests.container.docker_run import docker_run, environment_of, name_of
from tests.container.image import image
from tests.integration.redis.hostile import words
from tests.integration.redis.tasks import HOSTNAME, Tasks, container
from tests.integration.redis.writers import wait_for

SECONDS = 60
LOOK_SECONDS = 5


def docker(
    *arguments: str, environment: dict[str, str] | None = None, given: bytes | None = None, seconds: float = SECONDS
) -> str:
    """Runs the docker command. Raises CalledProcessError, and FileNotFoundError where there is none."""
    done = subprocess.run(
        ["docker", *arguments],
        env={**os.environ, **(environment or {})},
        input=given,
        capture_output=True,
        check=True,
        timeout=seconds,
    )
    return done.stdout.decode().strip()


def missing() -> str:
    """Why there is no engine to be used; empty if there is one."""
    try:
        system = docker("version", "--format", "{{.Server.Os}}", seconds=LOOK_SECONDS)
    except FileNotFoundError:
        return "there is no docker command"
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return "no Docker engine answers"
    return "" if system == "linux" and os.uname().sysname == "Linux" else "the Docker engine is not of this system"


@dataclass
class Container:
    """A running container of an instance's Redis."""

    id: str
    tasks: Tasks
    port: int = field(init=False)

    def __post_init__(self) -> None:
        self.port = int(docker("port", self.id, "6379/tcp").splitlines()[0].rpartition(":")[2])

    @property
    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(docker("inspect", "--format", "{{json .State}}", self.id))
        return found

    def shell(self, script: str) -> str:
        return docker("exec", self.id, "/bin/sh", "-c", script)

    def client(self, seconds: float = 30) -> "redis.Redis":
        """As the owner."""
        return redis.Redis(
            host="127.0.0.1",
            port=self.port,
            password=self.tasks.key,
            ssl=True,
            ssl_ca_certs=str(self.tasks.ca),
            ssl_check_hostname=False,
            socket_timeout=seconds,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        )

    def raw(self) -> ssl.SSLSocket:
        """A connection that speaks Redis by hand, and has shown its key."""
        context = ssl.create_default_context(cafile=str(self.tasks.ca))
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        secure = context.wrap_socket(plain, server_hostname=HOSTNAME)
        secure.sendall(words("AUTH", self.tasks.key))
        secure.recv(100)
        return secure

    def answers(self, seconds: float = 30) -> bool:
        try:
            with self.client(seconds) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False


@contextmanager
def an_image() -> Iterator[str]:
    name = f"swiftcache-test:{uuid.uuid4().hex}"
    docker("import", "--change=VOLUME /data", "--change=ENV PATH=/bin", "-", name, given=image())
    try:
        yield name
    finally:
        docker("rmi", "--force", name)


@contextmanager
def run(image_name: str, tasks: Tasks, max_memory: int, policy: str) -> Iterator[Container]:
    """The container of the definition that provisioning registers, once it answers."""
    size = task_size(max_memory)
    given = {
        **tasks.secrets,
        "IMAGE": image_name,
        "NAME": uuid.uuid4().hex,
        "MAX_MEMORY": str(max_memory),
        "EVICTION_POLICY": policy,
        "REDIS_LIMITS": redis_options(size, False, DEFAULT_SETTINGS),
        "VOLUME_FOLDER": "none",
        "ENGINE": "redis",
    }
    described = container("provision_instance")
    arguments = docker_run(_allowed_here(described), size, given)
    try:
        running = Container(docker(*arguments, environment=environment_of(described, given)), tasks)
        wait_for(running.answers)
        yield running
    finally:
        docker("rm", "--force", "--volumes", name_of(given))


def _allowed_here(described: dict[str, Any]) -> dict[str, Any]:
    """With as many open files as this machine lets a program have, if that is less."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if most == resource.RLIM_INFINITY:
        return described
    limits = [
        {**each, "SoftLimit": min(each["SoftLimit"], most), "HardLimit": min(each["HardLimit"], most)}
        for each in described["Ulimits"]
    ]
    return {**described, "Ulimits": limits}
