# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Whether the header after an IP header is complete, as ovsdissect.frame reads it, and matches the flow key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.agreement_tables import place, struct_of
from ovsdissect.families.flow_key import KEY

if TYPE_CHECKING:
    from ovsdissect.engine.agreement_key import KeyLevel
    from ovsdissect.engine.reader import Reader

# IP protocols and next headers
_HOPOPTS = cython.declare(cython.int, 0)
_ICMP = cython.declare(cython.int, 1)
_TCP = cython.declare(cython.int, 6)
_UDP = cython.declare(cython.int, 17)
_ROUTING = cython.declare(cython.int, 43)
_FRAGMENT = cython.declare(cython.int, 44)
_AH = cython.declare(cython.int, 51)
_ICMPV6 = cython.declare(cython.int, 58)
_DSTOPTS = cython.declare(cython.int, 60)
_SCTP = cython.declare(cython.int, 132)

# sizes of headers without their options
_OPTIONS_SIZE = cython.declare(cython.int, 8)  # RFC 8200: HOPOPTS, DSTOPTS, ROUTING
_FRAGMENT_SIZE = cython.declare(cython.int, 8)  # RFC 8200
_AH_SIZE = cython.declare(cython.int, 12)  # RFC 4302
_TCP_SIZE = cython.declare(cython.int, 20)  # RFC 9293
_UDP_SIZE = cython.declare(cython.int, 8)  # RFC 768
_SCTP_SIZE = cython.declare(cython.int, 12)  # RFC 9260
_ICMP_START = cython.declare(cython.int, 4)  # RFC 792, RFC 4443: type, code, checksum
_ICMP_SIZE = cython.declare(cython.int, 8)  # struct icmphdr, struct icmp6hdr: the kernel ignores a shorter one
_NEIGHBOUR_SIZE = cython.declare(cython.int, 24)  # RFC 4861: a solicitation or an advertisement

_SOLICITATION = cython.declare(cython.int, 135)
_ADVERTISEMENT = cython.declare(cython.int, 136)
_SOURCE_ADDRESS = cython.declare(cython.int, 1)  # options of neighbour discovery
_TARGET_ADDRESS = cython.declare(cython.int, 2)
_MAC_SIZE = cython.declare(cython.int, 6)
_SEGMENTED_FLAGS = cython.declare(cython.int, 0x001 | 0x008 | 0x080)  # FIN, PSH, CWR: set on the first or the last segment only


@cython.final
@cython.cclass
class Transport:
    """Compares a packet's transport header with a level of its key. `at` and `end` delimit the IP payload."""

    def __init__(self, key: KeyLevel) -> None:
        self.key = key
        nd = struct_of(KEY, "nd")
        self.nd_sll, self.nd_tll = place(nd, "sll"), place(nd, "tll")

    def differs(self, reader: Reader, proto: cython.int, at: cython.int, end: cython.int, stop: cython.int) -> cython.int:
        """Return 1 if the header of IP protocol `proto` differs from the key, else 0; `stop` is where the packet ends."""
        if at >= end or self.malformed(reader, proto, at, end):
            return 0
        if proto == _TCP:
            return self.ports(reader, self.key.tcp, at) or self.flags(reader, at)
        if proto == _UDP:
            return self.ports(reader, self.key.udp, at)
        if proto == _SCTP:
            return self.ports(reader, self.key.sctp, at)
        if stop - at >= _ICMP_SIZE:
            if proto == _ICMP:
                return self.icmp(reader, self.key.icmp, at, end)
            if proto == _ICMPV6:
                return self.icmp(reader, self.key.icmpv6, at, end)
        return 0

    def malformed(self, reader: Reader, proto: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Return 1 if a header that keys describe, or an extension header, has at least one byte but is incomplete, else 0."""
        left: cython.int = end - at
        size: cython.int = 0
        if proto == _TCP:
            if left < _TCP_SIZE:
                return 1
            size = (reader.data[at + 12] >> 4) * 4
            return size < _TCP_SIZE or left < size
        if proto == _UDP:
            size = _UDP_SIZE
        elif proto in (_ICMP, _ICMPV6):
            size = _ICMP_START
        elif proto in (_HOPOPTS, _ROUTING, _DSTOPTS, _FRAGMENT, _AH):
            return self.extension(reader, proto, at, end) > left
        elif proto == _SCTP:
            size = _SCTP_SIZE
        return left < size

    def extension(self, reader: Reader, proto: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Return the size of an IPv6 extension header, which may exceed the bytes that are left; 0 if `proto` is not one."""
        if at >= end:
            return 0
        if proto in (_HOPOPTS, _ROUTING, _DSTOPTS):
            return (reader.data[at + 1] + 1) * 8 if end - at >= 2 else _OPTIONS_SIZE
        if proto == _FRAGMENT:
            return _FRAGMENT_SIZE
        if proto == _AH:
            return max((reader.data[at + 1] + 2) * 4, _AH_SIZE) if end - at >= 2 else _AH_SIZE
        return 0

    def ports(self, reader: Reader, number: cython.int, at: cython.int) -> cython.int:
        """Compare source and destination port."""
        ours: cython.int = self.key.start(number)
        return 0 if ours < 0 else self.key.differs(reader, number, ours, at)

    def flags(self, reader: Reader, at: cython.int) -> cython.int:
        """Compare the twelve bits of TCP flags, except those that a segment may lack."""
        ours: cython.int = self.key.start(self.key.tcp_flags)
        theirs: cython.int = (reader.data[at + 12] & 15) << 8 | reader.data[at + 13]
        if ours < 0 or self.key.start(self.key.tcp) < 0:
            return 0
        ours = reader.data[ours] << 8 | reader.data[ours + 1]
        return (theirs & ~ours) != 0 or (ours & ~theirs & ~_SEGMENTED_FLAGS) != 0

    def icmp(self, reader: Reader, number: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare ICMP and ICMPv6; a key with neighbour discovery for another kind of message counts as different."""
        ours: cython.int = self.key.start(number)
        nd: cython.int = self.key.start(self.key.nd)
        if ours < 0:
            return 0
        if self.key.differs(reader, number, ours, at):
            return 1
        if nd < 0 or reader.data[at + 1]:
            return 0
        if number != self.key.icmpv6 or (reader.data[at] != _SOLICITATION and reader.data[at] != _ADVERTISEMENT):
            return 1
        return self.neighbour(reader, nd, at, end)

    def neighbour(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare neighbour solicitation and advertisement; nothing is compared if an option is malformed or an address repeated."""
        size: cython.int
        option: cython.int = at + _NEIGHBOUR_SIZE
        source: cython.int = -1
        target: cython.int = -1
        twice: cython.bint = False
        if end - at >= _NEIGHBOUR_SIZE:
            while option < end:
                size = reader.data[option + 1] * 8 if end - option >= 2 else 0
                if not size or size > end - option:
                    return 0
                if size == 8 and reader.data[option] == _SOURCE_ADDRESS:
                    twice = twice or source >= 0
                    source = option + 2
                elif size == 8 and reader.data[option] == _TARGET_ADDRESS:
                    twice = twice or target >= 0
                    target = option + 2
                option += size
            if twice:
                return 0
            if self.key.differs(reader, self.key.nd, ours, at):
                return 1
        return self.address(reader, ours + self.nd_sll, source) or self.address(reader, ours + self.nd_tll, target)

    def address(self, reader: Reader, ours: cython.int, theirs: cython.int) -> cython.int:
        """Compare a link-layer address with that of an option; with zeros if there is none (-1)."""
        i: cython.int
        for i in range(_MAC_SIZE):
            if reader.data[ours + i] != (reader.data[theirs + i] if theirs >= 0 else 0):
                return 1
        return 0
