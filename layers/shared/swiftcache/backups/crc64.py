"""CRC-64 as Redis has it at the end of an RDB file, of a gigabyte in about two seconds.

A CRC is the remainder of the message, taken as a polynomial over GF(2), after a division. A table takes it byte by
byte, in Python more than a minute for a gigabyte, and the library that does it in C does not offer this polynomial. But
Python adds long integers without carry at 8 GB/s. So the beginning of a message is folded into what follows: where
x^d + x^c + ... + 1 is a multiple of the polynomial, x^(n+d) has the same remainder as x^(n+c) + ... + x^n. Multiples of
few terms are rare; these come from a search, and a test divides them. The square of one is one too, with as many terms.
"""

_POLYNOMIAL = 0x95AC9329AC4BC9B5
"""Reflected: the least significant bit is that of the highest power."""

_LONG = (1_903_140, (451_216, 295_324, 265_633, 0))
_SHORT = (7_004, (60, 59, 54, 51, 45, 43, 39, 36, 35, 29, 25, 23, 13, 8, 5, 2, 0))
"""The degree of a multiple, and its other terms."""

# The first squared is of whole bytes. What is folded away at once is as long as it can be without meeting itself.
_DEGREE = 2 * _LONG[0]
_PART = _DEGREE - 2 * _LONG[1][0]
_SHIFTS = tuple(2 * (_LONG[1][0] - term) for term in _LONG[1][1:])
_PART_BYTES = _PART // 8
_PART_MASK = (1 << _PART) - 1
_ENOUGH = (_PART + _DEGREE) // 8

_SQUARES = 9
_WORTH_IT = 1_024
"""Bits that are folded away at once, at least."""


def _entry(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
    return value


_TABLE = tuple(map(_entry, range(256)))


class Crc64:
    """Of what is added, some megabytes at a time at best. It keeps less than one of them."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._folded = 0
        """What is to be added to the beginning of that."""

    def add(self, content: bytes | memoryview) -> None:
        self._left += content
        at = 0
        with memoryview(self._left) as left:
            while len(left) - at >= _ENOUGH:
                part = int.from_bytes(left[at : at + _PART_BYTES], "little") ^ self._folded & _PART_MASK
                folded = self._folded >> _PART ^ part
                for shift in _SHIFTS:
                    folded ^= part << shift
                self._folded = folded
                at += _PART_BYTES
        del self._left[:at]

    def value(self) -> int:
        """Of all that has been added; more may be."""
        bits, left = len(self._left) * 8, int.from_bytes(self._left, "little") ^ self._folded
        for square in reversed(range(_SQUARES)):
            degree, terms = _SHORT[0] << square, [term << square for term in _SHORT[1]]
            while (part := min(bits - degree, degree - terms[0]) & ~7) >= _WORTH_IT:
                first = left & ((1 << part) - 1)
                left >>= part
                for term in terms:
                    left ^= first << degree - term - part
                bits -= part
        crc = 0
        for byte in left.to_bytes(bits // 8, "little"):
            crc = _TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
        return crc
