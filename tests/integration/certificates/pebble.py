"""Pebble, Let's Encrypt's own test server: a real authority that speaks ACME, on this machine."""

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
import trustme

PROGRAM = shutil.which("pebble")
NEEDS_PEBBLE = pytest.mark.skipif(PROGRAM is None, reason="Pebble is not there: apt-get install pebble")

BINDING_ID, BINDING_KEY = "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"


@dataclass
class Pebble:
    """`directory` is where it says what it offers; `bundle` the file by which its own TLS is verified."""

    directory: str
    management: str
    bundle: Path

    def root(self) -> str:
        """The root of all that it issues, as PEM. It is made anew with each start."""
        return requests.get(f"{self.management}/roots/0", verify=str(self.bundle), timeout=5).text


@contextmanager
def pebble(
    folder: Path,
    dns: tuple[str, int],
    *,
    binding: bool = False,
    life: timedelta | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Pebble]:
    """It asks the name server at `dns`, and without further variables rejects no nonce and remembers no proof.

    What it issues lives so long, or for years if it is not told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "bundle.pem"))
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    listen, manage = _free_port(), _free_port()
    config = {
        "listenAddress": f"127.0.0.1:{listen}",
        "managementListenAddress": f"127.0.0.1:{manage}",
        "certificate": str(folder / "cert.pem"),
        "privateKey": str(folder / "key.pem"),
        "httpPort": 5002,
        "tlsPort": 5001,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": binding,
        "externalAccountMACKeys": {BINDING_ID: BINDING_KEY} if binding else {},
        **({"certificateValidityPeriod": int(life.total_seconds())} if life else {}),
    }
    (folder / "config.json").write_text(json.dumps({"pebble": config}))
    variables = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0", "PEBBLE_AUTHZREUSE": "0"}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [str(PROGRAM), "-config", str(folder / "config.json"), "-dnsserver", f"{dns[0]}:{dns[1]}"],
            env={"PATH": os.environ["PATH"], **variables, **(environment or {})},
            stdout=log,
            stderr=log,
        )
    try:
        found = Pebble(f"https://127.0.0.1:{listen}/dir", f"https://127.0.0.1:{manage}", folder / "bundle.pem")
        _wait(found, process, folder / "log")
        yield found
    finally:
        process.kill()
        process.wait(5)


def _wait(started: Pebble, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(500):
        assert process.poll() is None, log.read_text()
        try:
            requests.get(started.directory, verify=str(started.bundle), timeout=5)
        except requests.ConnectionError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(log.read_text())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
