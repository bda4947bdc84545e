"""What runs inside a function's process: Lambda's surroundings, and in them the genuine runtime client.

It is forked from a server that has the large libraries loaded, as a Lambda snapshot has; what a
function reads is set here, before any of its own code is imported.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from local.networks.namespace import Namespace

PRELOADED = (
    "boto3",
    "boto3.dynamodb.types",
    "pydantic.alias_generators",
    "pydantic.main",
    "pydantic.networks",
    "redis",
    "dns.resolver",
    "aws_lambda_powertools.event_handler",
    "aws_lambda_powertools.event_handler.router",
    "aws_lambda_powertools.event_handler.openapi.params",
    "local.models",
)
"""Modules that most functions import, those too that others load only at need; one that is missing is no error."""


def preload() -> None:
    """In the stack's process: begins to load the libraries; the first function's process waits for it."""
    forkserver.set_forkserver_preload(list(PRELOADED))
    forkserver.ensure_running()


def unload() -> None:
    """Ends the server of the processes, and returns when it is gone; without this it outlives us by a moment.

    multiprocessing has this only for its own tests; it is the same in Python 3.11 to 3.14.
    """
    cast(Any, forkserver)._forkserver._stop()
    cast(Any, resource_tracker)._resource_tracker._stop()


@dataclass(frozen=True, slots=True)
class Launch:
    """What a process is given. `dns` is the address and port of the resolver. It is in `network`, if there is one."""

    handler: str
    folder: Path
    layers: tuple[Path, ...]
    environment: dict[str, str]
    log: Path
    dns: tuple[str, int]
    network: "Namespace | None"


def main(launch: Launch) -> None:
    """Serves invocations until the stack stops or dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the stack decides when to end
    if launch.network:
        launch.network.stay()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _log_to(launch.log)
    _enter(launch)
    _resolve_with(*launch.dns)

    from awslambdaric.__main__ import main as serve

    serve(["awslambdaric", launch.handler])


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait([parent.sentinel])
    os._exit(1)


def _log_to(path: Path) -> None:
    log = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


def _enter(launch: Launch) -> None:
    """Takes on the function's environment, folder and import path, and sheds those of the stack."""
    os.environ.clear()
    os.environ.update(launch.environment)
    time.tzset()
    os.chdir(launch.folder)
    installed = (sys.prefix, sys.base_prefix)
    own = [str(launch.folder), *map(str, launch.layers)]
    sys.path[:] = own + [entry for entry in sys.path if entry.startswith(installed) and entry not in own]


def _resolve_with(address: str, port: int) -> None:
    """Sends name look-ups to the stack's DNS server, and never to the network."""
    import dns.resolver

    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [address]
    resolver.port = port
    resolver.lifetime = 2.0
    dns.resolver.override_system_resolver(resolver)
