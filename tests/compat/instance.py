"""An instance of the local stack as a program of its owner sees it: one URL, a name, a certificate to trust."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from swiftcache.engines.model import EngineName
from tests.compat import PRELOAD
from tests.e2e.api import MIB
from tests.e2e.stack import Stack

SMALL, LARGE = 10 * MIB, 512 * MIB
"""Of two sizes of task, so that a change from one to the other is a resize by a new task."""

CREATION_SECONDS = 120
RESIZE_SECONDS = 120
_LOOK_SECONDS = 0.1

WITH_HOSTS = ("unshare", "--map-root-user", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"')
"""Runs a command that has an /etc/hosts of its own: the one thing that every language looks names up in."""


@dataclass(frozen=True, slots=True)
class Rented:
    """A RUNNING instance, `body` as the API shows it, with its key."""

    stack: Stack
    body: dict[str, Any]
    key: str

    @property
    def url(self) -> str:
        return f"rediss://default:{self.key}@{self.body['hostname']}:{self.body['port']}"

    @property
    def address(self) -> str:
        [address] = self.stack.names.resolve(self.body["hostname"])
        return address

    @property
    def hosts(self) -> str:
        """The /etc/hosts that knows it."""
        return f"{self.address} {self.body['hostname']}\n127.0.0.1 localhost\n"

    def environment(self) -> dict[str, str]:
        """What a program needs: the URL, as on AWS; and on a laptop, where names and certificates are."""
        domain: str = self.body["hostname"].partition(".")[2]
        return {
            "SWIFTCACHE_URL": self.url,
            "SSL_CERT_FILE": self.stack.facts["caFile"],
            "NODE_EXTRA_CA_CERTS": self.stack.facts["caFile"],
            "STACK_DNS": self.stack.facts["dns"],
            "STACK_DOMAIN": domain,
            "STACK_ADDRESS": self.address,
            "PYTHONPATH": str(PRELOAD),
            "NODE_OPTIONS": f"--require={PRELOAD / 'resolve.cjs'}",
            "RUBYOPT": f"-r{PRELOAD / 'resolve.rb'}",
        }

    def resize(self) -> None:
        """To the other size, by a new task that takes over. Raises RuntimeError if none does."""
        path = f"/instances/{self.body['id']}"
        before = self.stack.names.resolve(self.body["hostname"])
        asked = self.stack.api.send("PATCH", path, json={"maxMemory": LARGE})
        if asked.status_code != 200 or asked.json()["instance"]["change"]["kind"] != "REPLACE":
            raise RuntimeError(f"the PATCH began no resize: {asked.text}")
        deadline = time.monotonic() + RESIZE_SECONDS
        while (change := self._change(path))["status"] == "IN_PROGRESS":
            if time.monotonic() > deadline:
                raise RuntimeError(f"the resize has not ended after {RESIZE_SECONDS} s: {change}")
            time.sleep(_LOOK_SECONDS)
        if change["status"] != "SUCCEEDED" or self.stack.names.resolve(self.body["hostname"]) == before:
            raise RuntimeError(f"no new task has taken over: {change}")

    def _change(self, path: str) -> dict[str, Any]:
        change: dict[str, Any] = self.stack.api.send("GET", path).json()["instance"]["change"]
        return change


@contextmanager
def rented(stack: Stack, name: str, max_memory: int = SMALL, engine: EngineName = EngineName.REDIS) -> Iterator[Rented]:
    """An instance of one's own, deleted with the block."""
    wanted = {"maxMemory": max_memory, "evictionPolicy": "noeviction", "engine": engine.value}
    created = stack.api.create(name=name, **wanted)
    try:
        yield Rented(stack, stack.api.wait(created.id, seconds=CREATION_SECONDS), created.key)
    finally:
        stack.api.delete(created.id)
