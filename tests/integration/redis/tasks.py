"""Tasks of one instance as ECS starts them: the start command of a machine's own task definition, run for real."""

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
import trustme
from redis.backoff import NoBackoff
from redis.retry import Retry

from local import asl
from local.aws.addresses import Address, Addresses
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.model import Endpoint
from swiftcache.instances.settings import DEFAULT_SETTINGS, Settings
from swiftcache.instances.sizes import task_size
from swiftcache.platform.tokens import new_control_password, new_instance_key, sha256
from swiftcache.redis.acl import acl_file
from swiftcache.redis.options import redis_options

HOSTNAME = "localhost"


def container(machine: str) -> dict[str, Any]:
    """The container in the task definition that a machine registers."""
    [only] = asl.load(machine)["States"]["RegisterTaskDefinition"]["Arguments"]["ContainerDefinitions"]
    found: dict[str, Any] = only
    return found


@dataclass
class Task:
    """A running redis-server. `endpoint` is where it serves, if it does."""

    process: "subprocess.Popen[bytes]"
    address: Address
    log: Path

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint(self.address.host, self.address.port)

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(5)


@dataclass
class Tasks:
    """Starts the tasks of one instance, whose certificate is for HOSTNAME; `close` ends those that still run."""

    folder: Path
    key: str = field(default_factory=new_instance_key)
    control_password: str = field(default_factory=new_control_password)
    started: list[Task] = field(default_factory=list)
    addresses: Addresses = field(default_factory=Addresses)

    def __post_init__(self) -> None:
        authority = trustme.CA()
        issued = authority.issue_cert(HOSTNAME)
        self.ca = self.folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))
        self.secrets = {
            "ACL": acl_file(self.keys, sha256(self.control_password)),
            "CERTIFICATE": b"".join(blob.bytes() for blob in issued.cert_chain_pems).decode(),
            "PRIVATE_KEY": issued.private_key_pem.bytes().decode(),
            "AUTHORITY": authority.cert_pem.bytes().decode(),
        }

    @property
    def keys(self) -> tuple[InstanceKey, ...]:
        return (InstanceKey("key_1", "first", sha256(self.key), "2026-01-02T03:04:05Z"),)

    def client(self, task: Task) -> "redis.Redis":
        """A connection with the key."""
        return redis.Redis(
            host=task.address.host,
            port=task.address.port,
            password=self.key,
            ssl=True,
            ssl_ca_certs=str(self.ca),
            ssl_check_hostname=False,
            decode_responses=True,
            retry=Retry(NoBackoff(), 0),
        )

    def start(
        self,
        machine: str,
        max_memory: int,
        policy: str = "noeviction",
        volume: Path | None = None,
        more: tuple[str, ...] = (),
        settings: Settings = DEFAULT_SETTINGS,
    ) -> Task:
        """Starts what a machine starts: `provision_instance` a task that serves, `resize_instance` one aside.

        `volume` is the folder in which it keeps its data, if it does; `more` are arguments for redis-server.
        """
        described = container(machine)
        address = self.addresses.take()
        data = self.folder / f"task-{len(self.started)}"
        data.mkdir()
        environment = {
            "PATH": os.environ["PATH"],
            **{entry["Name"]: entry["Value"] for entry in described["Environment"]},
            "SWIFTCACHE_TASK_ADDRESS": address.host,
            "SWIFTCACHE_TASK_PORT": str(address.port),
            "MAX_MEMORY": str(max_memory),
            "EVICTION_POLICY": policy,
            "REDIS_LIMITS": redis_options(task_size(max_memory), False, settings),
            "VOLUME_FOLDER": str(volume or "none"),
            "ENGINE": "redis",
            **self.secrets,
        }
        command = [*described["EntryPoint"], *described["Command"], *more]
        log = self.folder / f"log-{len(self.started)}"
        with log.open("wb") as output:
            process = subprocess.Popen(command, cwd=data, env=environment, stdout=output, stderr=output)
        task = Task(process, address, log)
        self.started.append(task)
        return task

    def close(self) -> None:
        for task in self.started:
            task.stop()
