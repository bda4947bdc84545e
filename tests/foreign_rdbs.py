"""RDB files: a real one, as redis-cli fetches it from a Redis, and what can be done to it."""

import subprocess
from pathlib import Path

from tests.integration.redis.open_server import open_server

TYPES = 9
"""Keys in a real one: of each type, with an expiry, binary, empty."""


def fetched(folder: Path) -> bytes:
    """What `redis-cli --rdb` writes of a Redis with a key of every kind."""
    file = folder / "fetched.rdb"
    with open_server(folder, []) as server:
        client = server.client
        client.set("string", "value")
        client.set("expires", "in a day", ex=86_400)
        client.set(b"binary\x00\xff", bytes(range(256)))
        client.set("empty", "")
        client.rpush("list", *range(1_000))
        client.sadd("set", *range(600))
        client.zadd("sorted", {str(number): number for number in range(300)})
        client.hset("hash", mapping={f"field{number}": "x" * 100 for number in range(200)})
        client.xadd("stream", {"field": "value"})
        client.xgroup_create("stream", "group")
        assert client.dbsize() == TYPES
        subprocess.run(["redis-cli", "-s", server.socket, "--rdb", str(file)], check=True, capture_output=True)
    return file.read_bytes()


_POLYNOMIAL = 0x95AC9329AC4BC9B5


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = [_entry(byte) for byte in range(256)]


def summed(content: bytes) -> bytes:
    """With the CRC-64 that these bytes have: what is changed on purpose, and not by accident."""
    body = content[:-8]
    return body + crc64(body).to_bytes(8, "little")


def crc64(content: bytes) -> int:
    """Byte by byte, and as it is defined: what the library's must be."""
    crc = 0
    for byte in content:
        crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc


def of_version(content: bytes, version: int) -> bytes:
    """The same, as if it were of another version of the format."""
    return summed(content[:5] + f"{version:04}".encode() + content[9:])


SMALL = summed(
    b"REDIS0010"
    b"\xfa\x09redis-ver\x067.0.15"
    b"\xfa\x0aredis-bits\xc0\x40"
    b"\xfa\x05ctime\xc2\x00\x00\x00\x60"
    b"\xfe\x00\xfb\x01\x00"
    b"\x00\x03key\x05value"
    b"\xff" + bytes(8)
)
"""One key, as Redis 7.0 writes it."""

UNLOADABLE = summed(SMALL.replace(b"\x00\x03key", b"\x63\x03key"))
"""With a key of a type that there is not, and a checksum that is right: only who loads it finds that."""


def flipped(content: bytes, at: int) -> bytes:
    """With one bit changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def bomb(content: bytes) -> bytes:
    """A value of a few bytes that says it is a TiB when it is unpacked: of type string, compressed by LZF."""
    key = b"\x04bomb"
    value = b"\xc3" + b"\x04" + b"\x81" + (1024**4).to_bytes(8, "big") + b"\x00\x00\x00\x00"
    return summed(content[:-9] + b"\x00" + key + value + b"\xff" + bytes(8))
