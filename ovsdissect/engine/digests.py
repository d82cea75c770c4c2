"""128-bit digests, to tell byte strings of one capture apart: fast, without cryptographic strength.

Two lanes of 64 bits take the bytes eight at a time, little-endian, the last ones padded with zeros: each word is xored or added, multiplied
by an odd constant and mixed by a shift. Last come the length, a mix of the two lanes, and the finaliser of MurmurHash3 (fmix64).
"""

from __future__ import annotations

import cython

if cython.compiled:
    from cython.cimports.libc.string import memcpy

_ALL = cython.declare(cython.ulonglong, 0xFFFFFFFFFFFFFFFF)
# odd constants with about as many ones as zeros: those of xxHash (XXH_PRIME64_1, 2, 3), then those of fmix64
_A = cython.declare(cython.ulonglong, 0x9E3779B185EBCA87)
_B = cython.declare(cython.ulonglong, 0xC2B2AE3D27D4EB4F)
_C = cython.declare(cython.ulonglong, 0x165667B19E3779F9)
_D = cython.declare(cython.ulonglong, 0xFF51AFD7ED558CCD)
_E = cython.declare(cython.ulonglong, 0xC4CEB9FE1A85EC53)


@cython.final
@cython.cclass
class Digester:
    """Computes digests and keeps the last one in two halves."""

    def __init__(self) -> None:
        self.low = self.high = 0

    def of(self, data: bytes) -> bytes:
        """Return the digest of `data` as 16 bytes."""
        self.digest(data, 0, len(data))
        return self.low.to_bytes(8, "little") + self.high.to_bytes(8, "little")

    def word(self, data: cython.const[cython.uchar][::1], at: cython.int, size: cython.int) -> cython.ulonglong:
        """Return up to eight bytes as a little-endian number."""
        value: cython.ulonglong = 0
        i: cython.int
        for i in range(size - 1, -1, -1):
            value = value << 8 | data[at + i]
        return value

    def digest(self, data: cython.const[cython.uchar][::1], start: cython.int, end: cython.int) -> cython.int:
        """Compute the digest of the bytes from `start` to `end`."""
        a: cython.ulonglong = _C
        b: cython.ulonglong = _A
        word: cython.ulonglong = 0
        i: cython.int
        words: cython.int = (end - start) // 8
        at: cython.int = start
        for i in range(words):
            if cython.compiled:
                memcpy(cython.address(word), cython.address(data[at]), 8)
            else:
                word = self.word(data, at, 8)
            a = (a ^ word) * _A & _ALL
            a ^= a >> 32
            b = (b + word) * _B & _ALL
            b ^= b >> 29
            at += 8
        if at < end:
            word = self.word(data, at, end - at)
            a = (a ^ word) * _A & _ALL
            a ^= a >> 32
            b = (b + word) * _B & _ALL
            b ^= b >> 29
        a = (a ^ cython.cast(cython.ulonglong, end - start)) * _C & _ALL
        b = (b + a) & _ALL
        a = (a + (b << 31 & _ALL | b >> 33)) & _ALL
        for i in range(2):
            a ^= a >> 33
            a = a * _D & _ALL
            a ^= a >> 33
            a = a * _E & _ALL
            a ^= a >> 33
            a, b = b, a
        self.low, self.high = a, b
        return 0
