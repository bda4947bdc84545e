"""What reads an RDB never breaks, whatever it is given, and takes nothing that was changed on the way."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from swiftcache.backups.model import Rdb
from swiftcache.backups.rdb import InvalidRdb, RdbReader, check_version
from tests import foreign_rdbs

FILES = st.one_of(
    st.binary(max_size=200),
    st.binary(max_size=200).map(lambda rest: b"REDIS0010" + rest),
    st.binary(max_size=200).map(lambda rest: foreign_rdbs.summed(b"REDIS0010\xfa" + rest + b"\xff" + bytes(8))),
    st.binary(max_size=20).map(
        lambda rest: foreign_rdbs.summed(b"VALKEY080\xfa\x0avalkey-ver" + rest + b"\xff" + bytes(8))
    ),
)


def read(parts: Iterable[bytes]) -> Rdb:
    reader = RdbReader()
    for part in parts:
        reader.add(part)
    rdb = reader.end(without_checksum=True)
    check_version(rdb)
    return rdb


def outcome(parts: Iterable[bytes]) -> Rdb | str:
    try:
        return read(parts)
    except InvalidRdb as error:
        return error.code


@given(FILES)
def test_whatever_it_is_given_it_is_an_rdb_or_it_is_refused(file: bytes) -> None:
    found = outcome([file])
    if isinstance(found, Rdb):
        assert file[-8:] in (foreign_rdbs.crc64(file[:-8]).to_bytes(8, "little"), bytes(8))


@given(FILES, st.lists(st.integers(0, 220), max_size=8))
def test_it_does_not_matter_in_which_pieces_it_comes(file: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(file)) for cut in cuts), len(file)]
    assert outcome(file[start:end] for start, end in pairwise(places)) == outcome([file])


@pytest.mark.parametrize("end", range(len(foreign_rdbs.SMALL)))
def test_a_file_that_was_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(InvalidRdb):
        read([foreign_rdbs.SMALL[:end]])


@given(st.integers(0, len(foreign_rdbs.SMALL) - 1), st.integers(1, 255))
def test_a_file_with_a_changed_byte_is_refused(at: int, by: int) -> None:
    changed = foreign_rdbs.SMALL[:at] + bytes([foreign_rdbs.SMALL[at] ^ by]) + foreign_rdbs.SMALL[at + 1 :]
    assume(changed[-8:] != bytes(8))
    with pytest.raises(InvalidRdb):
        read([changed])
