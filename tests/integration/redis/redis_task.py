"""One Redis, run by the start command of a task definition, and connections to it."""

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis
import trustme
from redis.backoff import NoBackoff
from redis.retry import Retry

from local import asl
from swiftcache.instances.key import InstanceKey
from swiftcache.instances.settings import DEFAULT_SETTINGS
from swiftcache.instances.sizes import MIN_MEMORY, task_size
from swiftcache.platform.tokens import new_control_password, new_instance_key, sha256
from swiftcache.redis.acl import acl_file
from swiftcache.redis.options import redis_options
from swiftcache.redis.shared_definition import packed
from tests.expanded import expanded

ROOT = Path(__file__).parents[3]


def container(shared: bool = False) -> dict[str, Any]:
    """The container in the task definition that provisioning registers; `shared`: in one of those of the sizes."""
    registered = asl.load("provision_instance")["States"]["RegisterTaskDefinition"]["Arguments"]
    if shared:
        resources = expanded().resources.values()
        registered = next(one["Properties"] for one in resources if one["Type"] == "AWS::ECS::TaskDefinition")
    [only] = registered["ContainerDefinitions"]
    found: dict[str, Any] = only
    return found


@dataclass
class Server:
    port: int
    ca: Path
    key: str
    control_password: str

    def connect(self, **different: Any) -> "redis.Redis":
        arguments: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.port,
            "password": self.key,
            "ssl": True,
            "ssl_ca_certs": str(self.ca),
            "decode_responses": True,
            "retry": Retry(NoBackoff(), 0),
        }
        return redis.Redis(**arguments | different)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start(
    folder: Path,
    max_memory: int = MIN_MEMORY,
    policy: str = "allkeys-lru",
    shared: bool = False,
    persistence: bool = False,
) -> tuple[Server, Any]:
    """`persistence`: with the limits of a task that keeps its data, though it keeps none."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    ca = folder / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    server = Server(free_port(), ca, new_instance_key(), new_control_password())
    data = folder / "data"
    data.mkdir()
    described = container(shared)
    key = InstanceKey("key_1", "first", sha256(server.key), "2026-01-01T00:00:00Z")
    acl = acl_file([key], sha256(server.control_password))
    environment = {
        "PATH": os.environ["PATH"],
        **{entry["Name"]: entry["Value"] for entry in described["Environment"]},
        "SWIFTCACHE_TASK_ADDRESS": "127.0.0.1",
        "SWIFTCACHE_TASK_PORT": str(server.port),
        "MAX_MEMORY": str(max_memory),
        "EVICTION_POLICY": policy,
        "REDIS_LIMITS": redis_options(task_size(max_memory, persistence), persistence, DEFAULT_SETTINGS),
        "VOLUME_FOLDER": "none",
        "ENGINE": "redis",
        **({"ACL_GZ": packed(acl)} if shared else {"ACL": acl}),
        "CERTIFICATE": b"".join(blob.bytes() for blob in certificate.cert_chain_pems).decode(),
        "PRIVATE_KEY": certificate.private_key_pem.bytes().decode(),
        "AUTHORITY": authority.cert_pem.bytes().decode(),
    }
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*described["EntryPoint"], *described["Command"]], cwd=data, env=environment, stdout=log, stderr=log
        )
    for _ in range(500):
        try:
            with server.connect() as client:
                client.ping()
            return server, process
        except redis.ConnectionError:
            assert process.poll() is None, (folder / "log").read_text()
            time.sleep(0.01)
    raise AssertionError((folder / "log").read_text())


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait(5)
