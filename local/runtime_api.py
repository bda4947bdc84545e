"""HTTP as far as the Lambda Runtime API needs it, between a function's process and the host."""

import asyncio
from dataclasses import dataclass

_REASONS = {200: "OK", 202: "Accepted", 404: "Not Found"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request of the runtime client; `path` starts after the API's version."""

    method: str
    path: str
    body: bytes


async def read_request(reader: asyncio.StreamReader) -> Request | None:
    """The next request of the connection, or None when the process hung up."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        length = 0
        for line in head.split("\r\n")[1:]:
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
        body = await reader.readexactly(length)
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    return Request(method, target.removeprefix("/2018-06-01/runtime/"), body)


def response(status: int, headers: dict[str, str], body: bytes) -> bytes:
    """A whole response as bytes, so that it leaves in one packet."""
    lines = [f"HTTP/1.1 {status} {_REASONS[status]}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body
