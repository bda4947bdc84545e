"""What an RDB file says of itself: its version, who wrote it, and whether it is whole.

It is fed piece by piece and keeps some kilobytes, however long the file is. What is between the beginning and the end
is looked at for its checksum alone: to understand it is the work of a Redis that serves nobody. The format is that of
https://rdb.fnordig.de/file_format.html and of Redis's own rdb.c.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

import anycrc

from swiftcache.backups.model import Rdb
from swiftcache.platform.errors import SwiftCacheError

NEWEST = {"REDIS": 12, "VALKEY": 80}
"""The newest versions of the format that we know of: that of Redis 7.4 and 8, and of Valkey 9.

Valkey 8 and before write the one of Redis 7.2, which is 11.
"""
OLDEST = 5
"""The first with a checksum."""

_CRC64 = anycrc.Model("CRC64-REDIS")

_MAGIC = re.compile(rb"REDIS(\d{4})|VALKEY(\d{3})")
_MAGIC_BYTES = 9
_HEADER_BYTES = 4096
_END = 0xFF
_AUX = 0xFA
_TRAILER_BYTES = 9
"""The end's opcode, and the checksum of all before."""

_BITS_6, _BITS_14, _ENCODED = 0, 1, 3
_BITS_32, _BITS_64 = 0x80, 0x81
_INTEGERS = {0: 1, 1: 2, 2: 4}
_COMPRESSED = 3


class RdbFault(StrEnum):
    """What is wrong with a file. The names are stable: they are codes of errors."""

    EMPTY = "RDB_EMPTY"
    NOT_AN_RDB = "NOT_AN_RDB"
    VERSION_UNKNOWN = "RDB_VERSION_UNKNOWN"
    CUT_OFF = "RDB_CUT_OFF"
    CHECKSUM_WRONG = "RDB_CHECKSUM_WRONG"
    NO_CHECKSUM = "RDB_NO_CHECKSUM"


class InvalidRdb(SwiftCacheError):
    """`fault` is also its code."""

    def __init__(self, fault: RdbFault, message: str) -> None:
        super().__init__(message)
        self.fault = fault
        self.code = fault.value


class RdbReader:
    """Add everything, then ask for the end."""

    def __init__(self) -> None:
        self.size_bytes = 0
        self._header = bytearray()
        self._tail = b""
        self._crc = 0

    def add(self, content: bytes) -> None:
        """Raises InvalidRdb as soon as it is clear that this is none."""
        if not content:
            return
        if len(self._header) < _HEADER_BYTES:
            self._header += content[: _HEADER_BYTES - len(self._header)]
            self._check_magic()
        self.size_bytes += len(content)
        if len(content) >= _TRAILER_BYTES:
            self._count(self._tail)
            self._count(memoryview(content)[:-_TRAILER_BYTES])
            self._tail = bytes(content[-_TRAILER_BYTES:])
        else:
            joined = self._tail + content
            self._count(joined[:-_TRAILER_BYTES])
            self._tail = joined[-_TRAILER_BYTES:]

    def end(self, *, without_checksum: bool = False) -> Rdb:
        """What it says of itself, once it is whole.

        `without_checksum` takes one whose writer was told not to make any (`rdbchecksum no`): zero stands for that.
        Raises InvalidRdb.
        """
        if not self.size_bytes:
            raise InvalidRdb(RdbFault.EMPTY, "the file is empty")
        if self.size_bytes < _MAGIC_BYTES + _TRAILER_BYTES or self._tail[0] != _END:
            raise InvalidRdb(
                RdbFault.CUT_OFF, f"the file has {self.size_bytes} bytes, and they do not end as an RDB does"
            )
        self._count(self._tail[:1])
        said = int.from_bytes(self._tail[1:], "little")
        if said == 0 and not without_checksum:
            raise InvalidRdb(RdbFault.NO_CHECKSUM, "the file was written without a checksum")
        if said not in (0, self._crc):
            raise InvalidRdb(RdbFault.CHECKSUM_WRONG, "the file's checksum is not that of its content")
        return self._said()

    def written_at(self) -> datetime | None:
        """When it was written, as it says itself; None if it does not say."""
        told = dict(_said_of_itself(bytes(self._header[_MAGIC_BYTES:]))).get(b"ctime", b"")
        try:
            return datetime.fromtimestamp(int(told), UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def _count(self, content: bytes | memoryview) -> None:
        self._crc = _CRC64.calc(content, self._crc)

    def _check_magic(self) -> None:
        begun = bytes(self._header[:_MAGIC_BYTES])
        could_be = any(name.startswith(begun[: len(name)]) for name in (b"REDIS", b"VALKEY"))
        if not could_be or (len(begun) == _MAGIC_BYTES and not _MAGIC.fullmatch(begun)):
            raise InvalidRdb(RdbFault.NOT_AN_RDB, "the file does not begin as an RDB does")

    def _said(self) -> Rdb:
        found = _MAGIC.fullmatch(bytes(self._header[:_MAGIC_BYTES]))
        assert found
        of_redis, of_valkey = found.groups()
        said = dict(_said_of_itself(bytes(self._header[_MAGIC_BYTES:])))
        written_by_valkey = of_valkey is not None or b"valkey-ver" in said
        version = said.get(b"valkey-ver" if written_by_valkey else b"redis-ver", b"")
        return Rdb(
            engine="valkey" if written_by_valkey else "redis",
            engine_version=version.decode("ascii", "replace")[:32],
            rdb_version=int(of_redis or of_valkey),
        )


def check_version(rdb: Rdb) -> None:
    """Raises InvalidRdb for a version of the format that we do not know, and so nothing of what it needs."""
    newest = NEWEST["VALKEY"] if rdb.engine == "valkey" else NEWEST["REDIS"]
    if not OLDEST <= rdb.rdb_version <= newest:
        raise InvalidRdb(
            RdbFault.VERSION_UNKNOWN,
            f"the file is of version {rdb.rdb_version} of the format; {OLDEST} to {newest} of {rdb.engine} are known",
        )


def _said_of_itself(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The names and values at the beginning, as far as they are in this."""
    at = 0
    try:
        while content[at] == _AUX:
            name, at = _text(content, at + 1)
            value, at = _text(content, at)
            yield name, value
    except IndexError:
        return


def _text(content: bytes, at: int) -> tuple[bytes, int]:
    """A text, and where it ends. Raises IndexError if that is not within the content.

    A number that is written as one is a text of digits; what is compressed is of no interest here: empty.
    """
    kind, low = content[at] >> 6, content[at] & 0x3F
    if kind != _ENCODED:
        length, at = _length(content, at)
        return content[at : _within(content, at + length)], at + length
    if low in _INTEGERS:
        end = _within(content, at + 1 + _INTEGERS[low])
        return str(int.from_bytes(content[at + 1 : end], "little")).encode(), end
    if low != _COMPRESSED:
        raise IndexError
    length, at = _length(content, at + 1)
    _, at = _length(content, at)
    return b"", at + length


def _length(content: bytes, at: int) -> tuple[int, int]:
    first = content[at]
    if first >> 6 == _BITS_6:
        return first & 0x3F, at + 1
    if first >> 6 == _BITS_14:
        return (first & 0x3F) << 8 | content[at + 1], at + 2
    size = {_BITS_32: 4, _BITS_64: 8}.get(first)
    if size is None:
        raise IndexError
    end = _within(content, at + 1 + size)
    return int.from_bytes(content[at + 1 : end], "big"), end


def _within(content: bytes, end: int) -> int:
    if end > len(content):
        raise IndexError
    return end
