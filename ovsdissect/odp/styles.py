"""How Open vSwitch writes a number, address or bit set, and its mask. Knows no attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from ovsdissect.grammar.address import ipv6_text

Raw = Any
# a value, its mask (None: every bit counts) and whether a wildcarded value is shown -> the text followed by a comma, or ""
Writer = Callable[[Raw, Raw, bool], str]


def hash_hex(value: int) -> str:
    """Return a number as C's "%#x": zero has no prefix."""
    return f"{value:#x}" if value else "0"


def hex_bytes(data: bytes) -> str:
    """Return bytes as one number without leading zeros (ds_put_hex)."""
    return hash_hex(int.from_bytes(data, "big"))


def ipv4_text(raw: bytes) -> str:
    """Return a dotted quad."""
    return "%d.%d.%d.%d" % tuple(raw)  # noqa: UP031 - the fastest spelling


def mac_text(raw: bytes) -> str:
    """Return six bytes separated by colons."""
    return raw.hex(":")


class Style:
    """How a value and its mask are written, by `text` and `mask_text`; `zero`: the empty mask, `full`: the mask that is not shown."""

    __slots__ = ("full", "mask_text", "text", "zero")

    def __init__(self, text: Callable[[Raw], str], mask_text: Callable[[Raw], str], zero: Raw, full: Raw) -> None:
        self.text, self.mask_text, self.zero, self.full = text, mask_text, zero, full

    def writer(self, word: str) -> Writer:
        """Return the function that writes `word=value/mask,` (format_u8u, format_be16, format_eth and similar ones in lib/odp-util.c)."""
        text, mask_text, zero, full = self.text, self.mask_text, self.zero, self.full

        def write(raw: Raw, mask: Raw, verbose: bool) -> str:
            if mask is None or mask == full:
                return f"{word}={text(raw)},"
            if mask == zero and not verbose:
                return ""
            return f"{word}={text(raw)}/{mask_text(mask)},"

        return write


class LabelStyle(Style):
    """The IPv6 flow label: a mask is not shown if its low 20 bits are set, whatever the others are (format_ipv6_label)."""

    __slots__ = ()

    def writer(self, word: str) -> Writer:
        plain = super().writer(word)

        def write(raw: Raw, mask: Raw, verbose: bool) -> str:
            return plain(raw, None if mask is not None and mask & 0xFFFFF == 0xFFFFF else mask, verbose)

        return write


class FragStyle(Style):
    """The fragment type: with an empty mask it is left out even in verbose text; a partial mask is an error (format_frag)."""

    __slots__ = ()

    def writer(self, word: str) -> Writer:
        text = self.text

        def write(raw: Raw, mask: Raw, verbose: bool) -> str:
            if mask == 0:
                return ""
            if mask is None or mask == 0xFF:
                return f"{word}={text(raw)},"
            return f"error: partial mask not supported for frag ({mask:#x}),"

        return write


class BareStyle(Style):
    """A value that is always shown, and without its mask (the reserved word of ND extensions)."""

    __slots__ = ()

    def writer(self, word: str) -> Writer:
        text = self.text

        def write(raw: Raw, mask: Raw, verbose: bool) -> str:
            return f"{word}={text(raw)},"

        return write


FRAGMENTS = {0: "no", 1: "first", 2: "later"}

DEC8 = Style(str, hash_hex, 0, 0xFF)
HEX8 = Style(hash_hex, hash_hex, 0, 0xFF)
DEC16 = Style(str, hash_hex, 0, 0xFFFF)
HEX16 = Style(hash_hex, hash_hex, 0, 0xFFFF)
HEX32 = Style(hash_hex, hash_hex, 0, 0xFFFFFFFF)
HEX128 = Style(hash_hex, hash_hex, 0, (1 << 128) - 1)
ETHERTYPE = Style("0x{:04x}".format, "0x{:04x}".format, 0, 0xFFFF)
LABEL = LabelStyle(hash_hex, hash_hex, 0, 0xFFFFFFFF)
FRAG = FragStyle(lambda raw: FRAGMENTS.get(raw, "<error>"), hash_hex, 0, 0xFF)
RESERVED = BareStyle("0x{:x}".format, hash_hex, 0, 0xFFFFFFFF)
TUNNEL_ID = Style("0x{:x}".format, hash_hex, 0, (1 << 64) - 1)
IPV4 = Style(ipv4_text, ipv4_text, bytes(4), b"\xff" * 4)
IPV6 = Style(ipv6_text, ipv6_text, bytes(16), b"\xff" * 16)
MAC = Style(mac_text, mac_text, bytes(6), b"\xff" * 6)


@lru_cache(maxsize=64)
def _bits(value: int) -> tuple[int, ...]:
    return tuple(1 << i for i in range(value.bit_length()) if value >> i & 1)


def flags_text(value: int, names: Mapping[int, str], separator: str = "|") -> str:
    """Return the names of the set bits, lowest first, and the unnamed ones together as one number at the end (format_flags)."""
    if not value:
        return "0"
    words = []
    unknown = 0
    for bit in _bits(value):
        if bit in names:
            words.append(names[bit])
        else:
            unknown |= bit
    if unknown:
        words.append(f"0x{unknown:x}")
    return separator.join(words)


def masked_flags_text(value: int, mask: int, full: int, names: Mapping[int, str]) -> str:
    """Return a sign and a name for every bit of the mask; plain flags if the mask is full (format_flags_masked)."""
    if mask == full:
        return flags_text(value, names)
    if not mask:
        return "0/0"
    return "".join(("+" if value & bit else "-") + names.get(bit, "[Unknown]") for bit in _bits(mask))
