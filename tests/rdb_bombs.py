"""RDB files that nobody should have to load."""

import struct

_NO_CHECKSUM = bytes(8)
_LONG_MATCH = b"\xe0\xff\x00"
"""In LZF: the last byte 264 times more. See lzf_d.c of Redis."""

_MATCH_BYTES = 264


def bomb(keys: int, mib: int) -> bytes:
    """So many keys of so many MiB each, of which a ninetieth is in the file."""
    matches = mib * 1024 * 1024 // _MATCH_BYTES
    packed = b"\x00\x00" + _LONG_MATCH * matches
    value = b"\xc3" + _length(len(packed)) + _length(1 + matches * _MATCH_BYTES) + packed
    named = b"".join(b"\x00" + _text(f"bomb:{number}".encode()) + value for number in range(keys))
    return b"REDIS0009\xfe\x00" + named + b"\xff" + _NO_CHECKSUM


def _length(number: int) -> bytes:
    return b"\x80" + struct.pack(">I", number)


def _text(text: bytes) -> bytes:
    return _length(len(text)) + text
