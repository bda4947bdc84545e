"""RDB files as Redis and Valkey write them, without anything in them that a Redis would take for data."""

import anycrc


def an_rdb(
    content: bytes = b"x" * 5_000,
    magic: bytes = b"REDIS0011",
    said: tuple[tuple[bytes, bytes], ...] = ((b"redis-ver", b"7.2.11"), (b"redis-bits", b"\xc0\x40")),
    checksum: int | None = None,
) -> bytes:
    """`said` are the names and values at its beginning; a value that begins with 0xc0 is a number, as Redis has it."""
    header = b"".join(b"\xfa" + text(name) + (value if value[:1] == b"\xc0" else text(value)) for name, value in said)
    body = magic + header + b"\xfe\x00" + content + b"\xff"
    crc = anycrc.Model("CRC64-REDIS").calc(body) if checksum is None else checksum
    return body + crc.to_bytes(8, "little")


def text(value: bytes) -> bytes:
    """With its length before it."""
    if len(value) < 64:
        return bytes([len(value)]) + value
    return bytes([0x40 | len(value) >> 8, len(value) & 0xFF]) + value
