# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""One level of a flow key (the key itself or an ENCAP): where its attributes are, and whether one equals a header of the packet."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.agreement_tables import SET_SIZE

if TYPE_CHECKING:
    from ovsdissect.engine.agreement_tables import AgreementTables
    from ovsdissect.engine.reader import Reader

_SET_SIZE = cython.declare(cython.int, SET_SIZE)
_HEADER = cython.declare(cython.int, 4)  # struct nlattr
_TYPE_MASK = cython.declare(cython.int, 0x3FFF)  # NLA_TYPE_MASK


@cython.final
@cython.cclass
class KeyLevel:
    """The level that was read last. there: one bit per attribute present; starts, ends: where their payloads begin and end.

    The other members are the key's attribute numbers and the comparison's tables.
    """

    def __init__(self, tables: AgreementTables) -> None:
        number = tables.numbers
        self.encap, self.ethernet, self.vlan, self.ethertype = number["encap"], number["ethernet"], number["vlan"], number["ethertype"]
        self.ipv4, self.ipv6, self.arp = number["ipv4"], number["ipv6"], number["arp"]
        self.tcp, self.udp, self.sctp, self.tcp_flags = number["tcp"], number["udp"], number["sctp"], number["tcp_flags"]
        self.icmp, self.icmpv6, self.nd = number["icmp"], number["icmpv6"], number["nd"]
        self.mpls, self.nsh, self.packet_type = number["mpls"], number["nsh"], number["packet_type"]
        self.sizes, self.members, self.runs = tables.sizes, tables.members, tables.runs
        self.starts, self.ends = array("i", [0]) * SET_SIZE, array("i", [0]) * SET_SIZE
        self.there = 0

    def read(self, reader: Reader, which: cython.int, start: cython.int, end: cython.int) -> cython.int:
        """Read the attributes of a set (KEY_SET or NSH_SET).

        Returns 0; 1 if they do not fill the bytes exactly, if one is repeated, or if one that is compared has the wrong length.
        """
        length: cython.int
        kind: cython.int
        size: cython.int
        one: cython.ulonglong = 1
        self.there = 0
        while start < end:
            if end - start < _HEADER:
                return 1
            if reader.big:
                length = reader.data[start] << 8 | reader.data[start + 1]
                kind = (reader.data[start + 2] << 8 | reader.data[start + 3]) & _TYPE_MASK
            else:
                length = reader.data[start] | reader.data[start + 1] << 8
                kind = (reader.data[start + 2] | reader.data[start + 3] << 8) & _TYPE_MASK
            if length < _HEADER or length > end - start or kind >= _SET_SIZE or self.there >> kind & 1:
                return 1
            size = self.sizes[which * _SET_SIZE + kind]
            if size >= 0 and size != length - _HEADER:
                return 1
            self.there |= one << kind
            self.starts[kind], self.ends[kind] = start + _HEADER, start + length
            start += (length + 3) & ~3
        return 0

    def start(self, number: cython.int) -> cython.int:
        """Return where an attribute's payload starts, -1 if this level lacks the attribute."""
        return self.starts[number] if self.there >> number & 1 else -1

    def differs(self, reader: Reader, number: cython.int, ours: cython.int, theirs: cython.int) -> cython.int:
        """Return 1 if bytes that the struct at `ours` shares with the header at `theirs` differ, else 0."""
        m: cython.int
        i: cython.int
        a: cython.int
        b: cython.int
        for m in range(self.runs[2 * number], self.runs[2 * number + 1]):
            a, b = ours + self.members[3 * m], theirs + self.members[3 * m + 1]
            for i in range(self.members[3 * m + 2]):
                if reader.data[a + i] != reader.data[b + i]:
                    return 1
        return 0
