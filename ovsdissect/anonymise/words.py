"""Maps names, texts and UUIDs to others of the same length and form: letters stay letters, digits stay digits, the rest is unchanged."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Final

_RANGES: Final = ((0x30, 10), (0x41, 26), (0x61, 26))  # digits, capitals, small letters
ATTEMPTS: Final = 256


class Words:
    """The texts of one capture under one key: different texts stay different, and none becomes another original."""

    def __init__(self, key: bytes, originals: Iterable[bytes]) -> None:
        self._key = key
        self._map: dict[bytes, bytes] = {}
        taken = set(originals)
        for text in sorted(taken):
            self._map[text] = self._other(text, taken)
            taken.add(self._map[text])

    def __call__(self, text: bytes) -> bytes:
        """Return the replacement of one of the originals."""
        return self._map[text]

    def _other(self, text: bytes, taken: set[bytes]) -> bytes:
        for attempt in range(ATTEMPTS):
            other = _disguised(text, _stream(self._key, text, attempt))
            if other not in taken:
                return other
        return text  # nothing in it can change, or it is too short to become anything else: the verification decides

    def uuid(self, raw: bytes) -> bytes:
        """Return the replacement of a UUID; all zeros stay."""
        return blake2b(raw, digest_size=16, key=self._key, person=b"uuid").digest() if any(raw) else raw


def _stream(key: bytes, text: bytes, attempt: int) -> bytes:
    stream = b""
    while len(stream) < len(text):
        block = len(stream).to_bytes(4, "big") + attempt.to_bytes(4, "big") + text
        stream += blake2b(block, key=key, person=b"text").digest()
    return stream


def _disguised(text: bytes, stream: bytes) -> bytes:
    other = bytearray(text)
    for i, byte in enumerate(text):
        first, count = next(((first, count) for first, count in _RANGES if first <= byte < first + count), (0, 0))
        if byte >= 0x80:
            first, count = _RANGES[2]
        if count:
            other[i] = first + stream[i] % count
    return bytes(other)
