# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Whether an upcall's packet matches its flow key: the compiled form of ovsdissect.dissect.agreement, which states the rules.

It walks the packet the way ovsdissect.frame does, as far as there is something to compare, and never reports agreement where that module
finds a difference. What it cannot decide counts as a difference: too many tags, labels or extension headers, malformed attributes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.agreement_tables import KEY_SET, NSH_SET, place, struct_of
from ovsdissect.families.flow_key import KEY, NSH

if not cython.compiled:
    from ovsdissect.engine.agreement_key import KeyLevel
    from ovsdissect.engine.agreement_transport import Transport

if TYPE_CHECKING:
    from ovsdissect.engine.agreement_tables import AgreementTables
    from ovsdissect.engine.reader import Reader

_KEY_SET = cython.declare(cython.int, KEY_SET)
_NSH_SET = cython.declare(cython.int, NSH_SET)

# ethertypes: a smaller number than the first is a length (IEEE 802.3); the key of an LLC frame has none, which the kernel calls ETH_P_802_2
_FIRST = cython.declare(cython.int, 0x0600)
_LLC = cython.declare(cython.int, 0x05FF)
_IPV4 = cython.declare(cython.int, 0x0800)
_ARP = cython.declare(cython.int, 0x0806)
_RARP = cython.declare(cython.int, 0x8035)
_TAG = cython.declare(cython.int, 0x8100)
_IPV6 = cython.declare(cython.int, 0x86DD)
_MPLS = cython.declare(cython.int, 0x8847)
_MPLS_MULTICAST = cython.declare(cython.int, 0x8848)
_SERVICE_TAG = cython.declare(cython.int, 0x88A8)
_NSH = cython.declare(cython.int, 0x894F)
_OFPHTN_ETHERTYPE = cython.declare(cython.int, 1)  # the namespace of a packet type that holds an ethertype

_FRAGMENT = cython.declare(cython.int, 44)  # next headers
_NO_NEXT = cython.declare(cython.int, 59)

# sizes of headers without their options
_ETHERNET_SIZE = cython.declare(cython.int, 14)  # IEEE 802.3
_TAG_SIZE = cython.declare(cython.int, 4)  # IEEE 802.1Q
_LLC_SIZE = cython.declare(cython.int, 3)  # IEEE 802.2
_SNAP_SIZE = cython.declare(cython.int, 8)  # RFC 1042
_IPV4_SIZE = cython.declare(cython.int, 20)  # RFC 791
_IPV6_SIZE = cython.declare(cython.int, 40)  # RFC 8200
_ARP_SIZE = cython.declare(cython.int, 28)  # RFC 826, for Ethernet and IPv4
_LABEL_SIZE = cython.declare(cython.int, 4)  # RFC 3032
_NSH_SIZE = cython.declare(cython.int, 8)  # RFC 8300

# OVS_FRAG_TYPE_*
_NOT_FRAGMENTED = cython.declare(cython.int, 0)
_FIRST_FRAGMENT = cython.declare(cython.int, 1)
_LATER_FRAGMENT = cython.declare(cython.int, 2)

# how far a packet is followed; even with a SNAP header before every tag these are fewer layers than MAX_LAYERS of ovsdissect.frame
_MAX_TAGS = cython.declare(cython.int, 8)
_MAX_LABELS = cython.declare(cython.int, 24)
_MAX_EXTENSIONS = cython.declare(cython.int, 24)


@cython.final
@cython.cclass
class Agreement:
    """Compares a packet with its flow key. stop: where the packet ends. action: the upcall is an ACTION, whose key may be outdated.

    In every method, `at` and `end` delimit the rest of the packet, and `ours` is where the key's struct for that header starts.
    Comparing methods return 0 if nothing differs and 1 if something does or it cannot be decided here.
    """

    def __init__(self, tables: AgreementTables) -> None:
        self.key = KeyLevel(tables)
        self.transport = Transport(self.key)
        ipv4, ipv6, base = struct_of(KEY, "ipv4"), struct_of(KEY, "ipv6"), struct_of(NSH, "base")
        self.ipv4_frag = place(ipv4, "frag")
        self.ipv6_label, self.ipv6_proto = place(ipv6, "label"), place(ipv6, "proto")
        self.ipv6_tclass, self.ipv6_frag = place(ipv6, "tclass"), place(ipv6, "frag")
        self.arp_op = place(struct_of(KEY, "arp"), "op")
        self.nsh_base, self.nsh_ttl, self.nsh_mdtype = tables.nsh_base, place(base, "ttl"), place(base, "mdtype")
        self.vlan_mask = tables.vlan_mask
        self.stop = 0
        self.action = False

    # Called from Python

    def agrees(self, reader: Reader, data: bytes, big: bool, key: tuple[int, int], packet: tuple[int, int], action: bool) -> bool:
        """Whether the payloads of OVS_PACKET_ATTR_KEY and _PACKET, given as (start, end) in `data`, certainly agree. Sets the reader's
        data.
        """
        reader.data, reader.big = data, big
        return not self.differs(reader, key[0], key[1], packet[0], packet[1], action)

    # Called by a pass

    def differs(
        self,
        reader: Reader,
        key_start: cython.int,
        key_end: cython.int,
        packet_start: cython.int,
        packet_end: cython.int,
        action: cython.bint,
    ) -> cython.int:
        """Return 0 if packet and key agree, 1 if they differ or it cannot be decided here."""
        number: cython.int
        self.stop = packet_end
        self.action = action
        if self.key.read(reader, _KEY_SET, key_start, key_end):
            return 1
        number = self.key.start(self.key.ethernet)
        if number >= 0:
            return self.link(reader, number, packet_start, packet_end)
        number = self.without_ethernet(reader)
        return self.network(reader, number, packet_start, packet_end) if number >= 0 else 0

    def number16(self, reader: Reader, at: cython.int) -> cython.int:
        """Return a 16-bit number in network byte order."""
        return reader.data[at] << 8 | reader.data[at + 1]

    def nonzero(self, reader: Reader, at: cython.int, end: cython.int) -> cython.int:
        """Return 1 if any byte from `at` to `end` is not zero, else 0."""
        while at < end:
            if reader.data[at]:
                return 1
            at += 1
        return 0

    # Ethernet, tags, LLC

    def without_ethernet(self, reader: Reader) -> cython.int:
        """Return the ethertype, from the key, of a packet that has no Ethernet header; -1 if the key does not say."""
        at: cython.int = self.key.start(self.key.packet_type)
        if at >= 0 and self.number16(reader, at) == _OFPHTN_ETHERTYPE:
            return self.number16(reader, at + 2)
        at = self.key.start(self.key.ethertype)
        return self.number16(reader, at) if at >= 0 else -1

    def link(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare Ethernet and its VLAN tags, then the layer above."""
        number: cython.int
        vlan: cython.int
        _tags: cython.int
        if end - at < _ETHERNET_SIZE:
            return 0
        if self.action and not self.nonzero(reader, ours, self.key.ends[self.key.ethernet]):
            return 0  # push_eth
        if self.key.differs(reader, self.key.ethernet, ours, at):
            return 1
        at += _ETHERNET_SIZE
        for _tags in range(_MAX_TAGS):
            number = self.number16(reader, at - 2)
            if number < _FIRST:
                end = min(end, at + number)
                if end - at < _LLC_SIZE:
                    return 0
                number = _LLC
                if reader.data[at] == 0xAA and reader.data[at + 1] == 0xAA and reader.data[at + 2] == 3:
                    if end - at < _SNAP_SIZE:
                        return 0
                    if not self.nonzero(reader, at + 3, at + 6) and self.number16(reader, at + 6) >= _FIRST:
                        number = self.number16(reader, at + 6)
                        at += _SNAP_SIZE
            ours = self.key.start(self.key.ethertype)
            if number != (self.number16(reader, ours) if ours >= 0 else _LLC):
                return 0 if self.action else 1
            if number != _TAG and number != _SERVICE_TAG:
                return self.network(reader, number, at, end)
            vlan, ours = self.key.start(self.key.vlan), self.key.start(self.key.encap)
            if end - at < _TAG_SIZE or vlan < 0 or ours < 0:
                return 0
            if (self.number16(reader, vlan) ^ self.number16(reader, at)) & self.vlan_mask:
                return 1
            if self.key.read(reader, _KEY_SET, ours, self.key.ends[self.key.encap]):
                return 1
            at += _TAG_SIZE
        return 1

    # Network layers

    def network(self, reader: Reader, number: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare the layer that an ethertype names; nothing is compared if the key lacks that layer."""
        ours: cython.int
        if number == _IPV4:
            ours = self.key.start(self.key.ipv4)
            return self.ipv4(reader, ours, at, end) if ours >= 0 else 0
        if number == _IPV6:
            ours = self.key.start(self.key.ipv6)
            return self.ipv6(reader, ours, at, end) if ours >= 0 else 0
        if number in (_ARP, _RARP):
            ours = self.key.start(self.key.arp)
            return self.arp(reader, ours, at, end) if ours >= 0 else 0
        if number in (_MPLS, _MPLS_MULTICAST):
            ours = self.key.start(self.key.mpls)
            return self.mpls(reader, ours, at, end) if ours >= 0 else 0
        if number == _NSH and self.key.start(self.key.nsh) >= 0:
            return self.nsh(reader, at, end)
        return 0

    def ipv4(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare IPv4, then its transport; the packet's total length decides where it ends."""
        size: cython.int
        total: cython.int
        fragment: cython.int
        frag: cython.int = _NOT_FRAGMENTED
        if end - at < _IPV4_SIZE:
            return 0
        size = (reader.data[at] & 15) * 4
        if size < _IPV4_SIZE or size > end - at:
            return 0
        if self.key.differs(reader, self.key.ipv4, ours, at):
            return 1
        fragment = self.number16(reader, at + 6)
        if fragment & 0x1FFF:
            frag = _LATER_FRAGMENT
        elif fragment & 0x2000:
            frag = _FIRST_FRAGMENT
        if reader.data[ours + self.ipv4_frag] != frag:
            return 1
        if frag == _LATER_FRAGMENT:
            return 0
        total = self.number16(reader, at + 2)
        if total:
            end = min(end, at + max(total, size))
        return self.transport.differs(reader, reader.data[at + 9], at + size, end, self.stop)

    def ipv6(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare IPv6, then its extension headers; a payload length of 0 means all that is left, unless the packet has no payload."""
        length: cython.int
        proto: cython.int
        label: cython.int = ours + self.ipv6_label
        if end - at < _IPV6_SIZE:
            return 0
        if self.key.differs(reader, self.key.ipv6, ours, at):
            return 1
        if reader.data[ours + self.ipv6_tclass] != ((reader.data[at] & 15) << 4 | reader.data[at + 1] >> 4):
            return 1
        if self.number16(reader, label) != reader.data[at + 1] & 15 or self.number16(reader, label + 2) != self.number16(reader, at + 2):
            return 1
        length, proto = self.number16(reader, at + 4), reader.data[at + 6]
        at += _IPV6_SIZE
        if length or proto == _NO_NEXT:
            end = min(end, at + length)
        return self.extensions(reader, ours, proto, at, end)

    def extensions(self, reader: Reader, ours: cython.int, proto: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Walk over IPv6 extension headers, then compare the transport; if one of them is malformed the key holds other values."""
        size: cython.int
        _count: cython.int
        frag: cython.int = _NOT_FRAGMENTED
        for _count in range(_MAX_EXTENSIONS):
            if at < end and self.transport.malformed(reader, proto, at, end):
                return 0
            size = self.transport.extension(reader, proto, at, end)
            if not size:
                if reader.data[ours + self.ipv6_proto] != proto or reader.data[ours + self.ipv6_frag] != frag:
                    return 1
                return self.transport.differs(reader, proto, at, end, self.stop)
            if proto == _FRAGMENT:
                frag = _FIRST_FRAGMENT
                if self.number16(reader, at + 2) & 0xFFF8:
                    return self.later(reader, ours)
            proto = reader.data[at]
            at += size
        return 1

    def later(self, reader: Reader, ours: cython.int) -> cython.int:
        """Compare a later fragment of IPv6; the kernel treats an extension header after the fragment header as an error and then says
        "first".
        """
        proto: cython.int = reader.data[ours + self.ipv6_proto]
        frag: cython.int = reader.data[ours + self.ipv6_frag]
        if proto == _NO_NEXT:
            return frag != _LATER_FRAGMENT and frag != _FIRST_FRAGMENT
        return proto != _FRAGMENT or frag != _LATER_FRAGMENT

    def arp(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare ARP and RARP for Ethernet and IPv4; an operation above 255 is 0 in the key."""
        operation: cython.int
        if end - at < _ARP_SIZE or self.number16(reader, at) != 1 or self.number16(reader, at + 2) != _IPV4:
            return 0
        if reader.data[at + 4] != 6 or reader.data[at + 5] != 4:
            return 0
        operation = self.number16(reader, at + 6)
        if self.number16(reader, ours + self.arp_op) != (operation if operation <= 0xFF else 0):
            return 1
        return self.key.differs(reader, self.key.arp, ours, at)

    def mpls(self, reader: Reader, ours: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Compare the labels that the key has; if the stack has no bottom the kernel keeps none."""
        i: cython.int
        _count: cython.int
        different: cython.int = 0
        last: cython.int = self.key.ends[self.key.mpls]
        if self.action:
            return 0
        if (last - ours) % _LABEL_SIZE:
            return 1
        for _count in range(_MAX_LABELS):
            if end - at < _LABEL_SIZE:
                return 0
            if ours < last:
                for i in range(_LABEL_SIZE):
                    if reader.data[ours + i] != reader.data[at + i]:
                        different = 1
                ours += _LABEL_SIZE
            if reader.data[at + 2] & 1:
                return different
            at += _LABEL_SIZE
        return 1

    def nsh(self, reader: Reader, at: cython.int, end: cython.int) -> cython.int:
        """Compare NSH's base header."""
        size: cython.int
        ours: cython.int
        if self.key.read(reader, _NSH_SET, self.key.starts[self.key.nsh], self.key.ends[self.key.nsh]):
            return 1
        ours = self.key.start(self.nsh_base)
        if end - at < _NSH_SIZE or ours < 0:
            return 0
        size = (reader.data[at + 1] & 63) * 4
        if size < _NSH_SIZE or size > end - at:
            return 0
        if reader.data[ours + self.nsh_ttl] != ((reader.data[at] & 15) << 2 | reader.data[at + 1] >> 6):
            return 1
        if reader.data[ours + self.nsh_mdtype] != reader.data[at + 2] & 15:
            return 1
        return self.key.differs(reader, self.key.nsh, ours, at)
