"""The checksum: the same as Redis's, and the folding is what the module says it is."""

import random

import pytest

from swiftcache.backups import crc64
from swiftcache.backups.crc64 import Crc64

POLYNOMIAL = 1 << 64 | 0xAD93D23594C935A9
ORDER_MASK = (1 << 64) - 1


def of(content: bytes, at_once: int = 1 << 30) -> int:
    crc = Crc64()
    for start in range(0, len(content), at_once):
        crc.add(content[start : start + at_once])
    return crc.value()


def by_the_book(content: bytes) -> int:
    """Bit by bit."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x95AC9329AC4BC9B5 if crc & 1 else 0)
    return crc


def power(exponent: int) -> int:
    """x^exponent modulo the polynomial."""
    result, base = 1, 2
    while exponent:
        if exponent & 1:
            result = product(result, base)
        base, exponent = product(base, base), exponent >> 1
    return result


def product(one: int, other: int) -> int:
    result = 0
    while other:
        if other & 1:
            result ^= one
        one, other = one << 1, other >> 1
        if one >> 64:
            one ^= POLYNOMIAL
    return result


def test_the_check_of_the_catalogue() -> None:
    """https://docs.rs/crc-catalog/latest/crc_catalog/algorithm/constant.CRC_64_REDIS.html"""
    assert of(b"123456789") == 0xE9C6D914C4B8D9CA


@pytest.mark.parametrize("multiple", [crc64._LONG, crc64._SHORT])
def test_what_is_folded_by_is_a_multiple_of_the_polynomial(multiple: tuple[int, tuple[int, ...]]) -> None:
    degree, terms = multiple
    remainder = power(degree)
    for term in terms:
        remainder ^= power(term)
    assert remainder == 0
    assert max(terms) < degree


@pytest.mark.parametrize("size", [0, 1, 8, 9, 800, 876, 1_003, 20_000])
def test_it_is_the_same_as_bit_by_bit(size: int) -> None:
    content = random.Random(size).randbytes(size)
    assert of(content) == of(content, 97) == by_the_book(content)


@pytest.mark.parametrize("size", [838_765, 838_766, 838_767, 1_300_000, 3_000_001])
def test_it_is_the_same_however_it_is_cut(size: int) -> None:
    content = random.Random(size).randbytes(size)
    whole = of(content)
    assert whole == of(content, 100_003) == of(content, 1 << 20)
    flipped = bytearray(content)
    flipped[size // 3] ^= 1
    assert of(bytes(flipped)) != whole


def test_a_long_one_is_what_its_parts_make() -> None:
    """By the definition: the remainder of all, of the first part times x^(bits of the second), plus the second."""
    first, second = (random.Random(seed).randbytes(1_500_000) for seed in (1, 2))
    shifted = product(reflected(of(first)), power(len(second) * 8))
    assert of(first + second) == reflected(shifted) ^ of(second)


def reflected(value: int) -> int:
    return int(f"{value & ORDER_MASK:064b}"[::-1], 2)


def test_it_may_be_asked_on_the_way() -> None:
    crc = Crc64()
    crc.add(b"12345")
    assert crc.value() == by_the_book(b"12345")
    crc.add(memoryview(b"6789"))
    assert crc.value() == 0xE9C6D914C4B8D9CA
