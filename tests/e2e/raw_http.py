"""HTTP as bytes on a socket: what no client library would send."""

import json
import re
import socket
from dataclasses import dataclass
from typing import Any

from tests.e2e.api import Api

ORGANIZATION = b"org_0000000000000000"
INSTANCE = b"inst_0000000000000000"
TOKEN = b"sk_live_00000000000000000000000000000000"
"""They stand for the real ones, which are as long."""

JSON = b"Content-Type: application/json"
KEY = b"Authorization: Bearer " + TOKEN

_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True)
class Heard:
    """What came back on a connection until the server hung up; `answers` counts the responses."""

    status: int
    content_type: str
    body: bytes
    answers: int

    @property
    def problem(self) -> dict[str, Any]:
        assert self.content_type == "application/problem+json", self
        found: dict[str, Any] = json.loads(self.body)
        return found


def request(method: bytes, path: bytes, *headers: bytes, body: bytes = b"", length: bool = True) -> bytes:
    """With the account key and, if there is a body, its length, unless told otherwise."""
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: swiftcache.test", *headers]
    if not any(header.lower().startswith(b"authorization") for header in headers):
        lines.append(KEY)
    if body and length:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + _HEAD_END + body


def say(api: Api, instance_id: str, wire: bytes, ends: bool = False) -> Heard:
    """Sends these bytes with the real ids and key in them, and listens until the server hangs up.

    With `ends` it is asked to hang up after its answer.
    """
    if ends:
        wire = wire.replace(b"\r\n", b"\r\nConnection: close\r\n", 1)
    real = {ORGANIZATION: api.organization_id, INSTANCE: instance_id, TOKEN: api.token}
    for placeholder, value in real.items():
        assert len(placeholder) == len(value)
        wire = wire.replace(placeholder, value.encode())
    host, port = api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(wire)
        return _heard(b"".join(iter(lambda: connection.recv(1 << 16), b"")))


def _heard(said: bytes) -> Heard:
    head, _, body = said.partition(_HEAD_END)
    content_type = re.search(rb"content-type: ([^\r]+)", head)
    return Heard(
        status=int(head.split(b" ")[1]) if head else 0,
        content_type=content_type[1].decode() if content_type else "",
        body=body,
        answers=len(re.findall(rb"HTTP/1\.1 \d{3} ", said)),
    )
