"""Runs the local stack for a person: says what it does, how to use it, and stops when told to."""

import ipaddress
import os
import signal
import sys
import threading
import time
from pathlib import Path
from types import FrameType

from local.errors import StartupError
from local.stack import LocalStack
from local.welcome import program, shell, welcome

_STOP_LIMIT = 4.5  # seconds
_LOOK_SECONDS = 0.1

WARM_POOL = "512=2,1024=1"
"""The warm pool of a local stack, unless the environment says otherwise: the README's first instance takes a 1024."""

_CHOOSE_FOR_CONTAINERS = "choose this machine's in their network, with Docker mostly CONTAINERS=172.17.0.1"


def run() -> int:
    """Starts a stack as the environment says, waits for a signal, stops it. Returns the exit status."""
    began = time.monotonic()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        parameters = {"WarmPool": _warm_pool(), "AllowedOrigins": os.environ.get("ALLOWED_ORIGINS", "")}
        with LocalStack(_home(), _port(), parameters, _report, _aws_limits(), _containers(), _private()) as stack:
            address = stack.start()
            stack.announce(address, shell(address, stack.home), program(address))
            print(welcome(address, stack.home, parameters["WarmPool"], time.monotonic() - began), flush=True)
            while True:
                # Not one endless wait: a signal that another thread happens to take would not end it.
                time.sleep(_LOOK_SECONDS)
    except KeyboardInterrupt:
        print("\nswiftcache: stopped", flush=True)
        return 0
    except StartupError as error:
        print(f"swiftcache: {error}", file=sys.stderr)
        return 1


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # once is enough: the rest is to stop in good order
    overdue = threading.Timer(_STOP_LIMIT, os._exit, [1])
    overdue.daemon = True
    overdue.start()
    raise KeyboardInterrupt


def _home() -> Path:
    return Path(os.environ.get("SWIFTCACHE_HOME") or ".swiftcache")


def _port() -> int:
    text = os.environ.get("PORT") or "8080"
    if not (text.isascii() and text.isdigit() and 0 <= int(text) < 65536):
        raise StartupError(f"PORT={text} is no port; choose one between 1 and 65535, for instance PORT=8080")
    return int(text)


def _warm_pool() -> str:
    text = os.environ.get("WARM_POOL")
    if text is None:
        return WARM_POOL
    from swiftcache.pool.model import parse_pool_targets

    try:
        parse_pool_targets(text)
    except ValueError as error:
        raise StartupError(f"WARM_POOL={text}: {error}; choose for instance WARM_POOL={WARM_POOL}") from None
    return text


def _aws_limits() -> bool:
    text = os.environ.get("AWS_LIMITS") or "0"
    if text not in ("0", "1"):
        raise StartupError(f"AWS_LIMITS={text}; choose AWS_LIMITS=1 for AWS's quotas, or leave it out")
    return text == "1"


def _containers() -> str:
    text = os.environ.get("CONTAINERS") or ""
    if not text:
        return ""
    try:
        address = ipaddress.IPv4Address(text)
    except ValueError:
        raise StartupError(f"CONTAINERS={text} is no address; {_CHOOSE_FOR_CONTAINERS}") from None
    if address.is_unspecified or not address.is_private:
        raise StartupError(f"CONTAINERS={text} would let more than containers in; {_CHOOSE_FOR_CONTAINERS}")
    return text


def _private() -> bool:
    text = os.environ.get("NETWORK") or "public"
    if text not in ("public", "private"):
        raise StartupError(f"NETWORK={text}; choose NETWORK=private or NETWORK=public, which it is without")
    return text == "private"


def _report(line: str) -> None:
    print(f"swiftcache: {line}", flush=True)
