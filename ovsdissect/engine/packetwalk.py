# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Walks from layer to layer over a packet: the compiled form of ovsdissect.frame.chain, as far as a summary needs it; total like it."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.layers import Layers
    from ovsdissect.engine.listcodes import (
        AFTER_ETHERTYPE,
        AFTER_IPV4,
        AFTER_IPV6,
        AFTER_TCP,
        AFTER_UDP,
        LAYER_AH,
        LAYER_ARP,
        LAYER_ETHERNET,
        LAYER_FRAGMENT,
        LAYER_ICMP,
        LAYER_ICMPV6,
        LAYER_IPV4,
        LAYER_IPV6,
        LAYER_LLC,
        LAYER_MPLS,
        LAYER_OPTIONS,
        LAYER_ROUTING,
        LAYER_TCP,
        LAYER_TREE,
        LAYER_UDP,
        LAYER_VLAN,
    )
    from ovsdissect.engine.tunnelwalk import TunnelWalk

_FIRST_ETHERTYPE = cython.declare(cython.int, 0x0600)
_MPLS = cython.declare(cython.int, 0x8847)
_IPV4 = cython.declare(cython.int, 0x0800)
_IPV6 = cython.declare(cython.int, 0x86DD)
# frame.transport.ANSWERING
_DNS = cython.declare(cython.int, 53)
_MDNS = cython.declare(cython.int, 5353)
_LLMNR = cython.declare(cython.int, 5355)
_NO_NEXT_HEADER = cython.declare(cython.int, 59)


@cython.final
@cython.cclass
class PacketWalk:
    """The walk over one packet at a time. met: the layers found."""

    def __init__(self, met: Layers) -> None:
        self.met = met
        self.inner = TunnelWalk(met)

    def run(self, start: cython.int, end: cython.int, ethertype: cython.int) -> cython.int:
        """Walk over a packet; ethertype: -1 if it begins with an Ethernet header, else the type of its first header."""
        self.met.begin()
        if ethertype < 0:
            self.met.next, self.met.start, self.met.end = LAYER_ETHERNET, start, end
        else:
            self.met.follow(AFTER_ETHERTYPE, ethertype, start, end)
        while self.met.next:
            if self.met.deep():
                return 0
            self.step(self.met.next)
        return 0

    def step(self, kind: cython.int) -> cython.int:
        """Read the next layer."""
        self.met.next = 0
        if kind == LAYER_ETHERNET:
            self.met.frames += not self.met.lacks(14)
            return self.typed(kind, 14)
        if kind == LAYER_IPV4:
            return self.ipv4()
        if kind == LAYER_IPV6:
            return self.ipv6()
        if kind == LAYER_TCP:
            return self.tcp()
        if kind == LAYER_UDP:
            return self.udp()
        if kind == LAYER_VLAN:
            return self.typed(kind, 4)
        if kind == LAYER_ARP:
            return self.arp()
        if kind == LAYER_ICMP:
            return self.icmp()
        if kind == LAYER_ICMPV6:
            return self.icmpv6()
        if kind == LAYER_OPTIONS or kind == LAYER_ROUTING or kind == LAYER_AH:
            return self.extension(kind)
        if kind == LAYER_FRAGMENT:
            return self.fragment()
        if kind == LAYER_MPLS:
            return self.mpls()
        if kind == LAYER_TREE:
            self.met.unsaid = self.met.end > self.met.start
            return 0
        return self.inner.step(kind)

    # Between Ethernet and IP

    def typed(self, kind: cython.int, size: cython.int) -> cython.int:
        """Read an Ethernet header or a tag, which ends with an ethertype or a length."""
        number: cython.int
        after: cython.int = self.met.start + size
        if self.met.lacks(size):
            return 0
        number = self.met.big16(after - 2)
        if number >= _FIRST_ETHERTYPE:
            self.met.layer(kind, number)
            return self.met.follow(AFTER_ETHERTYPE, number, after, self.met.end)
        self.met.layer(kind, -1)
        self.met.end = self.met.until(after + number)
        self.met.start, self.met.next = after, LAYER_LLC
        return 0

    def mpls(self) -> cython.int:
        """Read one label; after the last one the first nibble tells the IP version."""
        after: cython.int = self.met.start + 4
        nibble: cython.int
        if self.met.lacks(4):
            return 0
        self.met.layer(LAYER_MPLS, 0)
        if not self.met.reader.data[self.met.start + 2] & 1:
            return self.met.follow(AFTER_ETHERTYPE, _MPLS, after, self.met.end)
        nibble = self.met.reader.data[after] >> 4 if after < self.met.end else 0
        return self.met.follow(AFTER_ETHERTYPE, _IPV4 if nibble == 4 else _IPV6 if nibble == 6 else 0, after, self.met.end)

    def arp(self) -> cython.int:
        """Read ARP; the layer's number is 1 if it is for Ethernet and IPv4."""
        at: cython.int = self.met.start
        if self.met.lacks(8) or self.met.lacks(8 + 2 * (self.met.reader.data[at + 4] + self.met.reader.data[at + 5])):
            return 0
        plain: cython.bint = self.met.big16(at) == 1 and self.met.big16(at + 2) == _IPV4 and self.met.big16(at + 4) == 0x0604
        return self.met.layer(LAYER_ARP, 1 if plain else 0)

    # IP

    def ipv4(self) -> cython.int:
        """Read an IPv4 header; its total length decides where the packet ends."""
        at: cython.int = self.met.start
        size: cython.int
        total: cython.int
        fragment: cython.int
        if self.met.lacks(20):
            return 0
        size = (self.met.reader.data[at] & 15) * 4
        if size < 20:
            self.met.malformed = True
            return 0
        if self.met.lacks(size):
            return 0
        fragment = self.met.big16(at + 6)
        self.met.whole = not fragment & 0x3FFF
        if size > 20 and self.source_route(at + 20, at + size):
            self.met.whole = False
        self.met.layer(LAYER_IPV4, 0)
        self.met.packets += 1
        total = self.met.big16(at + 2)
        if 0 < total < size:
            total = size
        if total:
            self.met.end = self.met.until(at + total)
        if fragment & 0x1FFF:
            return 0
        return self.met.follow(AFTER_IPV4, self.met.reader.data[at + 9], at + size, self.met.end)

    def source_route(self, at: cython.int, end: cython.int) -> cython.int:
        """Return whether the options have a loose or strict source route: then the last address in it is the destination."""
        kind: cython.int
        size: cython.int
        while at < end:
            kind = self.met.reader.data[at]
            if kind == 0:
                return 0
            size = 1
            if kind != 1:
                if at + 2 > end:
                    return 0
                size = self.met.reader.data[at + 1]
                if size < 2 or at + size > end:
                    return 0
                if kind == 131 or kind == 137:
                    return 1
            at += size
        return 0

    def ipv6(self) -> cython.int:
        """Read an IPv6 header; a payload length of 0 means everything up to the end."""
        at: cython.int = self.met.start
        length: cython.int
        number: cython.int
        if self.met.lacks(40):
            return 0
        self.met.whole = True
        self.met.layer(LAYER_IPV6, 0)
        self.met.packets += 1
        length, number = self.met.big16(at + 4), self.met.reader.data[at + 6]
        if length or number == _NO_NEXT_HEADER:
            self.met.end = self.met.until(at + 40 + length)
        return self.met.follow(AFTER_IPV6, number, at + 40, self.met.end)

    def extension(self, kind: cython.int) -> cython.int:
        """Read an extension header that has a length of its own."""
        at: cython.int = self.met.start
        size: cython.int
        if kind == LAYER_AH:
            size = (self.met.reader.data[at + 1] + 2) * 4 if self.met.end - at >= 2 else 12
            size = size if size > 12 else 12
        else:
            size = (self.met.reader.data[at + 1] + 1) * 8 if self.met.end - at >= 2 else 8
        if self.met.lacks(size):
            return 0
        if kind == LAYER_ROUTING and self.met.reader.data[at + 3]:
            self.met.whole = False
        self.met.layer(kind, 0)
        return self.met.follow(AFTER_IPV6, self.met.reader.data[at], at + size, self.met.end)

    def fragment(self) -> cython.int:
        """Read a fragment header; what follows a later fragment's is payload."""
        at: cython.int = self.met.start
        if self.met.lacks(8):
            return 0
        self.met.layer(LAYER_FRAGMENT, 0)
        if self.met.big16(at + 2) & 0xFFF9:
            self.met.whole = False
        if self.met.big16(at + 2) & 0xFFF8:
            return 0
        return self.met.follow(AFTER_IPV6, self.met.reader.data[at], at + 8, self.met.end)

    # Above IP

    def tcp(self) -> cython.int:
        """Read a TCP header; the layer's number is 1 if it has flags, which the 8 bytes that an ICMP error quotes at least do not reach."""
        size: cython.int
        if self.met.quoted and 8 <= self.met.end - self.met.start < 20:
            return self.met.layer(LAYER_TCP, 0)
        if self.met.lacks(20):
            return 0
        size = (self.met.reader.data[self.met.start + 12] >> 4) * 4
        if size < 20:
            self.met.malformed = True
            return 0
        if self.met.lacks(size):
            return 0
        self.met.layer(LAYER_TCP, 1)
        port: cython.int = self.port(self.met.start)
        if not self.names(port) or not self.may_stream(self.met.start + size):
            return 0
        return self.met.follow(AFTER_TCP, port, self.met.start + size, self.met.end)

    def udp(self) -> cython.int:
        """Read a UDP header; a fragment's length is that of the whole datagram, and 0 means everything up to the end."""
        at: cython.int = self.met.start
        length: cython.int
        if self.met.lacks(8):
            return 0
        self.met.layer(LAYER_UDP, 0)
        length = self.met.big16(at + 4)
        port: cython.int = self.port(at)
        if length >= 8 and (self.met.whole or at + length < self.met.end):
            self.met.end = self.met.until(at + length)
        if self.names(port) and not self.may_be_dns(at + 8, self.met.end):
            port = 0
        return self.met.follow(AFTER_UDP, port, at + 8, self.met.end)

    def names(self, port: cython.int) -> cython.bint:
        """Return whether a port belongs to a name service, which answers from it to any other port."""
        return port == _DNS or port == _MDNS or port == _LLMNR

    def port(self, at: cython.int) -> cython.int:
        """Return the port that tells what a datagram or a segment carries: the source if a name service uses it, else the destination."""
        source: cython.int = self.met.big16(at)
        return source if self.names(source) else self.met.big16(at + 2)

    def may_stream(self, at: cython.int) -> cython.bint:
        """Return whether a segment's data may begin with the length of a DNS message and that message."""
        if at + 2 > self.met.end or at + 2 + self.met.big16(at) > self.met.end:
            return False
        return self.may_be_dns(at + 2, at + 2 + self.met.big16(at))

    def may_be_dns(self, at: cython.int, end: cython.int) -> cython.bint:
        """Return whether the data are long enough for the items that the DNS header counts: 5 bytes a question, 11 bytes a record."""
        questions: cython.int
        records: cython.int
        if end - at < 12:
            return 0
        questions = self.met.big16(at + 4)
        records = self.met.big16(at + 6) + self.met.big16(at + 8) + self.met.big16(at + 10)
        if not questions and not records:
            return end - at == 12
        return 12 + 5 * questions + 11 * records <= end - at

    def icmp(self) -> cython.int:
        """Read an ICMP message; the packet that an error quotes follows."""
        at: cython.int = self.met.start
        kind: cython.int
        if self.met.lacks(4):
            return 0
        self.met.layer(LAYER_ICMP, 0)
        kind = self.met.reader.data[at]
        if kind == 3 or kind == 4 or kind == 5 or kind == 11 or kind == 12:
            self.met.quoted = True
            return self.met.follow(AFTER_ETHERTYPE, _IPV4, at + (8 if at + 8 <= self.met.end else 4), self.met.end)
        return 0

    def icmpv6(self) -> cython.int:
        """Read an ICMPv6 message; the packet that an error quotes follows."""
        at: cython.int = self.met.start
        kind: cython.int
        if self.met.lacks(4):
            return 0
        self.met.layer(LAYER_ICMPV6, 0)
        kind = self.met.reader.data[at]
        if 1 <= kind <= 4:
            self.met.quoted = True
            return self.met.follow(AFTER_ETHERTYPE, _IPV6, at + (8 if at + 8 <= self.met.end else 4), self.met.end)
        return 0
