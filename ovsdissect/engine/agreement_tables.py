"""What comparing a packet with its flow key needs from the key's rows: attribute numbers and sizes, and offsets of struct members.

Which header field a member is compared with is stated here once: as an offset in the header, from the RFC named beside it.
"""

from __future__ import annotations

from array import array
from functools import cache
from typing import Final

from ovsdissect.families.flow_key import KEY, NSH, VLAN_TCI
from ovsdissect.grammar import AttrSet, Struct

SET_SIZE: Final = 64  # the attribute numbers that a set may have
KEY_SET: Final = 0  # index of a set's part of `sizes`
NSH_SET: Final = 1

# Members that equal bytes of the packet's header, with the offset of those bytes in it.
_PORTS: Final = {"src": 0, "dst": 2}  # RFC 9293, RFC 768, RFC 9260
_ICMP: Final = {"type": 0, "code": 1}  # RFC 792, RFC 4443
_NSH_BASE: Final = {"np": 3, "path_hdr": 4}  # RFC 8300
_HEADERS: Final = {
    "ethernet": {"dst": 0, "src": 6},  # IEEE 802.3
    "ipv4": {"tos": 1, "ttl": 8, "proto": 9, "src": 12, "dst": 16},  # RFC 791
    "ipv6": {"hlimit": 7, "src": 8, "dst": 24},  # RFC 8200
    "tcp": _PORTS,
    "udp": _PORTS,
    "sctp": _PORTS,
    "icmp": _ICMP,
    "icmpv6": _ICMP,
    "arp": {"sha": 8, "sip": 14, "tha": 18, "tip": 24},  # RFC 826, for Ethernet and IPv4
    "nd": {"target": 8},  # RFC 4861
}


class AgreementTables:
    """The tables of the comparison.

    numbers: attribute numbers by name. sizes: the payload length of each compared attribute, -1 for the others; first those of the key,
    then those of its NSH.
    members: three integers for each run of bytes that struct and header share: offset in the struct, offset in the header, length.
    runs: for each attribute, the index of its first run in `members` and the index after its last; NSH's base has those of "nsh".
    """

    def __init__(self) -> None:
        self.numbers = {row.name: row.number for row in KEY.rows}
        self.nsh_base = NSH.by_name["base"].number
        self.sizes = array("i", [-1]) * (2 * SET_SIZE)
        self.members = array("i")
        self.runs = array("i", [0]) * (2 * SET_SIZE)
        for name in ("vlan", "ethertype", "tcp_flags", "packet_type"):
            self.sizes[KEY_SET * SET_SIZE + self.numbers[name]] = KEY.by_name[name].wire.size or 0
        for name, header in _HEADERS.items():
            self.sizes[KEY_SET * SET_SIZE + self.numbers[name]] = self._shared(self.numbers[name], struct_of(KEY, name), header)
        self.sizes[NSH_SET * SET_SIZE + self.nsh_base] = self._shared(self.numbers["nsh"], struct_of(NSH, "base"), _NSH_BASE)
        # all bits of a VLAN tag except the one that the kernel sets in the key
        self.vlan_mask = sum(part.mask << part.shift for part in VLAN_TCI.parts if part.name in ("vid", "pcp"))

    def _shared(self, number: int, struct: Struct, header: dict[str, int]) -> int:
        """Add the runs of bytes that an attribute's struct shares with its header. Returns the size of the struct."""
        first = self.runs[2 * number] = len(self.members) // 3
        for ours, theirs, wire in sorted((place(struct, name), at, struct.fields[name].wire) for name, at in header.items()):
            if wire.size != 1 and not wire.code.startswith(">") and not wire.code.endswith("s"):
                raise ValueError(f"attribute {number} of the key has a member in host order")
            place_before, header_before, size = self.members[-3:] if len(self.members) > 3 * first else (-1, -1, 0)
            if (place_before + size, header_before + size) == (ours, theirs):
                self.members[-1] += wire.size or 0
            else:
                self.members.extend((ours, theirs, wire.size or 0))
        self.runs[2 * number + 1] = len(self.members) // 3
        return struct.size or 0


@cache
def agreement_tables() -> AgreementTables:
    """Return the tables, which are built once."""
    return AgreementTables()


def struct_of(attrs: AttrSet, name: str) -> Struct:
    """Return the struct that is an attribute's payload."""
    wire = attrs.by_name[name].wire
    if not isinstance(wire, Struct):
        raise TypeError(f"{name} is no struct")
    return wire


def place(struct: Struct, name: str) -> int:
    """Return the offset of a member in its struct."""
    return struct.offsets[struct.members.index(struct.fields[name])]
