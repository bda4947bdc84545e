"""redis-cli or valkey-cli, run for somebody: the key goes by its environment, where no other user sees it."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence

from swiftcache_cli.reaching import AUTH, Endpoint, Login

PROGRAMS = ("redis-cli", "valkey-cli")


def command(program: str, endpoint: Endpoint, login: Login, arguments: Sequence[str]) -> list[str]:
    trusted = ["--cacert", endpoint.ca_file] if endpoint.ca_file else []
    target = ["--sni", endpoint.host, "-h", endpoint.address, "-p", str(endpoint.port), "--user", login.user]
    return [program, "--tls", *trusted, *target, *arguments]


def environment(login: Login, environ: Mapping[str, str]) -> dict[str, str]:
    """Without the account key, which Redis's client has no use for."""
    return {
        **{name: value for name, value in environ.items() if not name.startswith("SWIFTCACHE_")},
        AUTH: login.key,
    }


def run(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Its exit code, as a shell has it. What interrupts us is the program's to answer: we have to clean up after it."""
    program = subprocess.Popen(arguments, env=dict(environ))

    def pass_on(number: int, _frame: object) -> None:
        if number != signal.SIGINT:  # which the terminal sends to both
            program.send_signal(number)

    before = {number: signal.signal(number, pass_on) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        code = program.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return code if code >= 0 else 128 - code


def found(path: str | None) -> str | None:
    """The first that is installed."""
    from shutil import which

    return next((program for name in PROGRAMS if (program := which(name, path=path or os.defpath))), None)
