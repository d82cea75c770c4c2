"""Whether a mask is all zeros or all ones, as OVS decides by the attribute's number (odp_mask_is_constant__)."""

from __future__ import annotations

from typing import Final

from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar import Attr, Struct
from ovsdissect.grammar.wire import Pad
from ovsdissect.odp.words import KEY_WORDS


def significant(row: Attr) -> bytes:
    """Return the bits of a row's mask that count: without C's padding; of TCP flags the low 12, of an IPv6 label the low 20."""
    size = row.wire.size or 0
    bits = bytearray(b"\xff" * size)
    if row.name == "tcp_flags":
        bits[0] = 0x0F
    elif row.name == "ipv6" and isinstance(row.wire, Struct):
        at = row.wire.offsets[row.wire.members.index(row.wire.fields["label"])]
        bits[at : at + 2] = b"\x00\x0f"
    elif isinstance(row.wire, Struct) and isinstance(row.wire.members[-1].wire, Pad):
        bits[row.wire.offsets[-1] :] = bytes(row.wire.members[-1].wire.size or 0)
    return bytes(bits)


# attributes that OVS can call empty or full: all with words of their own except two; and those of which not every bit counts
ALWAYS: Final = frozenset(row.number for row in KEY_WORDS) - {KEY.by_name["encap"].number, KEY.by_name["tunnel_info"].number}
PARTLY: Final = {
    KEY.by_name[name].number: significant(KEY.by_name[name])
    for name in ("tcp_flags", "ipv6", "arp", "ct_orig_tuple_ipv4", "ct_orig_tuple_ipv6")
}


def is_empty(kind: int, mask: bytes) -> bool:
    """Whether no bit of a mask counts.  kind: the attribute's number."""
    if kind in PARTLY:
        bits = PARTLY[kind]
        return not int.from_bytes(mask[: len(bits)].ljust(len(bits), b"\0"), "big") & int.from_bytes(bits, "big")
    return kind in ALWAYS and not mask.strip(b"\0")


def is_full(kind: int, mask: bytes) -> bool:
    """Whether every bit of a mask counts.  kind: the attribute's number."""
    if kind in PARTLY:
        bits = PARTLY[kind]
        wanted = int.from_bytes(bits, "big")
        return int.from_bytes(mask[: len(bits)].ljust(len(bits), b"\0"), "big") & wanted == wanted
    return kind in ALWAYS and not mask.strip(b"\xff")
