"""What the program meets of the computer it runs on. Tests give it another."""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from swiftcache_cli.credentials import Credentials
    from swiftcache_cli.transport import Transport


def _connect(credentials: "Credentials") -> "Transport":
    from swiftcache_cli.http import HttpTransport

    return HttpTransport(credentials.api_url, credentials.ca_file)


def _config_folder() -> Path:
    from platformdirs import user_config_path

    return user_config_path("swiftcache")


def _state_folder() -> Path:
    from platformdirs import user_state_path

    return user_state_path("swiftcache")


def _read_secret(prompt: str) -> str:
    """Without an echo."""
    from getpass import getpass

    return getpass(prompt, stream=sys.stderr).strip()


def _open_page(url: str) -> bool:
    import webbrowser

    return webbrowser.open(url)


def _run_program(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    from swiftcache_cli.redis_program import run

    return run(arguments, environ)


def _can_be_asked() -> bool:
    return sys.stdin.isatty()


def _can_be_drawn_on() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@dataclass(frozen=True, slots=True)
class Outside:
    """`asks` is whether a person can be asked, `draws` whether progress can be drawn."""

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    connect: "Callable[[Credentials], Transport]" = _connect
    config_folder: Callable[[], Path] = _config_folder
    state_folder: Callable[[], Path] = _state_folder
    read_secret: Callable[[str], str] = _read_secret
    open_page: Callable[[str], bool] = _open_page
    run_program: Callable[[Sequence[str], Mapping[str, str]], int] = _run_program
    asks: Callable[[], bool] = _can_be_asked
    draws: Callable[[], bool] = _can_be_drawn_on
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
