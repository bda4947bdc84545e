"""What an RDB says of itself, and what is wrong with one that is none."""

import pytest

from swiftcache.backups.model import Rdb
from swiftcache.backups.rdb import InvalidRdb, RdbFault, RdbReader, check_version
from tests.rdbs import an_rdb, text

WHOLE = an_rdb()
VALKEY = ((b"valkey-ver", b"8.1.4"), (b"ctime", b"\xc2\x00\x00\x00\x00"))


def read(content: bytes, at_once: int = 1 << 20, *, without_checksum: bool = False) -> Rdb:
    reader = RdbReader()
    for start in range(0, len(content), at_once):
        reader.add(content[start : start + at_once])
    assert reader.size_bytes == len(content)
    return reader.end(without_checksum=without_checksum)


@pytest.mark.parametrize("at_once", [1, 7, 8, 9, 10, 100, 4_096, 1 << 20])
def test_it_is_the_same_however_it_is_cut(at_once: int) -> None:
    assert read(WHOLE, at_once) == Rdb("redis", "7.2.11", 11)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (an_rdb(magic=b"REDIS0009", said=((b"redis-ver", b"6.2.14"),)), Rdb("redis", "6.2.14", 9)),
        (an_rdb(magic=b"REDIS0011", said=VALKEY), Rdb("valkey", "8.1.4", 11)),
        (an_rdb(magic=b"VALKEY080", said=((b"valkey-ver", b"9.0.0"),)), Rdb("valkey", "9.0.0", 80)),
        (an_rdb(said=()), Rdb("redis", "", 11)),
        (an_rdb(said=((b"repl-id", b"a" * 100), (b"redis-ver", b"7.4.0"))), Rdb("redis", "7.4.0", 11)),
        (an_rdb(said=((b"long", b"a" * 5_000), (b"redis-ver", b"7.4.0"))), Rdb("redis", "", 11)),
    ],
)
def test_what_a_file_says_of_itself(content: bytes, said: Rdb) -> None:
    assert read(content) == said


@pytest.mark.parametrize(
    "value",
    [
        b"\xc0\x01",
        b"\xc1\x01\x00",
        b"\xc2\x01\x00\x00\x00",
        b"\xc3\x03\x0aabc",
        b"\x80\x00\x00\x00\x02ab",
        b"\x81\x00\x00\x00\x00\x00\x00\x00\x02ab",
    ],
)
def test_a_value_of_each_form_is_passed_by(value: bytes) -> None:
    header = b"REDIS0011\xfa" + text(b"a") + value + b"\xfa" + text(b"redis-ver") + text(b"7.2.0")
    assert read(with_end(header)) == Rdb("redis", "7.2.0", 11)


@pytest.mark.parametrize("value", [b"\xc4", b"\x82", b"\xc3\x82"])
def test_a_form_that_we_do_not_know_ends_what_it_says(value: bytes) -> None:
    header = b"REDIS0011\xfa" + text(b"a") + value + b"\xfa" + text(b"redis-ver") + text(b"7.2.0")
    assert read(with_end(header)) == Rdb("redis", "", 11)


def with_end(header: bytes) -> bytes:
    return an_rdb(magic=header, said=())


def fault(content: bytes, at_once: int = 1 << 20) -> RdbFault:
    with pytest.raises(InvalidRdb) as raised:
        read(content, at_once)
    assert raised.value.code == raised.value.fault
    return raised.value.fault


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", RdbFault.EMPTY),
        (b"P", RdbFault.NOT_AN_RDB),
        (b"PK\x03\x04 a zip file is none", RdbFault.NOT_AN_RDB),
        (b"REDIS00x1" + WHOLE[9:], RdbFault.NOT_AN_RDB),
        (b"VALKEY0x0" + WHOLE[9:], RdbFault.NOT_AN_RDB),
        (b"R", RdbFault.CUT_OFF),
        (b"REDIS0011", RdbFault.CUT_OFF),
        (WHOLE[:-1], RdbFault.CUT_OFF),
        (WHOLE[:-9], RdbFault.CUT_OFF),
        (WHOLE[: len(WHOLE) // 2], RdbFault.CUT_OFF),
        (WHOLE + b"\x00", RdbFault.CUT_OFF),
        (an_rdb(checksum=0), RdbFault.NO_CHECKSUM),
        (an_rdb(checksum=1), RdbFault.CHECKSUM_WRONG),
    ],
)
@pytest.mark.parametrize("at_once", [1, 1 << 20])
def test_what_is_wrong_with_a_file(content: bytes, expected: RdbFault, at_once: int) -> None:
    assert fault(content, at_once) is expected


@pytest.mark.parametrize("place", [9, 20, 60, 100, len(WHOLE) // 2, len(WHOLE) - 10, len(WHOLE) - 1])
def test_a_flipped_bit_is_found(place: int) -> None:
    flipped = bytearray(WHOLE)
    flipped[place] ^= 0x10
    assert fault(bytes(flipped)) is RdbFault.CHECKSUM_WRONG


def test_one_that_was_written_without_a_checksum_may_be_taken() -> None:
    assert read(an_rdb(checksum=0), without_checksum=True) == Rdb("redis", "7.2.11", 11)


def test_it_is_clear_at_once_that_something_is_none() -> None:
    with pytest.raises(InvalidRdb):
        RdbReader().add(b"\x7fELF")


def test_nothing_is_nothing() -> None:
    reader = RdbReader()
    reader.add(b"")
    assert reader.size_bytes == 0


@pytest.mark.parametrize("rdb", [Rdb("redis", "6.0", 9), Rdb("redis", "8.0", 12), Rdb("valkey", "9.0", 80)])
def test_a_version_that_we_know(rdb: Rdb) -> None:
    check_version(rdb)


@pytest.mark.parametrize("rdb", [Rdb("redis", "2.4", 2), Rdb("redis", "9.9", 13), Rdb("valkey", "10.0", 81)])
def test_a_version_that_we_do_not_know(rdb: Rdb) -> None:
    with pytest.raises(InvalidRdb) as raised:
        check_version(rdb)
    assert raised.value.fault is RdbFault.VERSION_UNKNOWN
