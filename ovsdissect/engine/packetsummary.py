# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""A packet in one line: the compiled form of ovsdissect.frame.summary. Nested packets follow after a vertical bar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.layers import Layers
    from ovsdissect.engine.listcodes import (
        LAYER,
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
        LAYER_UDP,
        LAYER_VLAN,
        WORDS_ARP,
        WORDS_ICMP,
        WORDS_ICMPV6,
        WORDS_PROTOCOL,
    )
    from ovsdissect.engine.odp_codes import REFUSED
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.packetwalk import PacketWalk
    from ovsdissect.engine.rarewords import RareWords
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.packet_tables import PacketTables


@cython.final
@cython.cclass
class PacketSummary:
    """Writes the summary of packets that are among a reader's bytes."""

    def __init__(self, tables: PacketTables, reader: Reader, output: Output) -> None:
        self.reader, self.output = reader, output
        self.words, self.flags = tables.words, tables.flags
        self.met = Layers(tables, reader)
        self.walk = PacketWalk(self.met)
        self.rare = RareWords(tables, reader, output)

    def write(self, start: cython.int, end: cython.int, ethertype: cython.int) -> cython.int:
        """Write the summary of the packet at start .. end. Returns a status of odp_codes.py; unless it is WRITTEN, a part may have been
        written.

        ethertype: -1 if the packet begins with an Ethernet header, else the type of its first header.
        """
        begun: cython.int = self.output.used
        before: cython.int
        after: cython.int
        first: cython.int = 0
        self.walk.run(start, end, ethertype)
        if self.met.unsaid:
            return REFUSED
        while first < self.met.count:
            before = self.output.used
            if before > begun:
                self.output.literal(b" | ")
            after = self.output.used
            first = self.packet(first)
            if first < 0:
                return -2 - first
            if self.output.used == after:
                self.output.used = before
        if self.met.malformed:
            # the words of the last packet, or of the only one
            if self.output.used > begun and self.output.out[self.output.used - 1] != 32:
                self.output.char(32)
            self.output.literal(b"malformed")
        if self.output.used == begun:
            self.output.decimal(end - start)
            self.output.literal(b" byte" if end - start == 1 else b" bytes")
        return 0

    def packet(self, first: cython.int) -> cython.int:
        """Write the words of the packet whose first layer has this number: tags, addresses, innermost layer, a note.

        Returns the number of the next packet's first layer, or -2 - a status of odp_codes.py.
        """
        addresses: cython.int = -1
        body: cython.int = -1
        other: cython.int = -1
        place: cython.int
        at: cython.int
        kind: cython.int
        begun: cython.int
        said: cython.int
        note: cython.bint = False
        place = first
        while place < self.met.count:
            at = place * LAYER
            kind = self.met.layers[at]
            if kind == LAYER_ETHERNET or kind == LAYER_IPV4 or kind == LAYER_IPV6:
                if addresses >= 0 or body >= 0:
                    break
                other = at
                if kind == LAYER_IPV4 or kind == LAYER_IPV6:
                    addresses = at
                if kind == LAYER_IPV4 and self.met.big16(self.met.layers[at + 1] + 6) & 0x3FFF == 0x2000:
                    note = True
            elif kind == LAYER_VLAN:
                self.output.literal(b"VLAN ")
                self.output.decimal(self.met.big16(self.met.layers[at + 1]) & 0xFFF)
                self.output.literal(b", ")
            elif kind == LAYER_MPLS:
                self.output.literal(b"MPLS ")
                self.output.decimal(cython.cast(cython.ulonglong, self.reader.number(self.met.layers[at + 1], 4, True) >> 12))
                self.output.literal(b", ")
            elif kind == LAYER_OPTIONS or kind == LAYER_ROUTING or kind == LAYER_AH:
                other = at
            elif kind == LAYER_FRAGMENT:
                other = at
                if self.met.big16(self.met.layers[at + 1] + 2) & 0xFFF9 == 1:
                    note = True
            elif kind == LAYER_LLC and self.met.layers[at + 3]:
                body = -1
            else:
                body = at
            place += 1
        begun = self.output.used
        if addresses >= 0:
            at = self.met.layers[addresses + 1]
            if self.met.layers[addresses] == LAYER_IPV4:
                self.output.ipv4(self.reader.data, at + 12)
                self.output.literal(b" > ")
                self.output.ipv4(self.reader.data, at + 16)
            else:
                self.output.ipv6(self.reader.data, at + 8)
                self.output.literal(b" > ")
                self.output.ipv6(self.reader.data, at + 24)
        if body >= 0:
            if self.output.used > begun:
                self.output.char(32)
            said = self.body(self.met.layers[body], self.met.layers[body + 1], self.met.layers[body + 2], self.met.layers[body + 3])
            if said:
                return -2 - said
        elif other >= 0:
            if self.output.used > begun:
                self.output.char(32)
            self.other(self.met.layers[other], self.met.layers[other + 1], self.met.layers[other + 3])
        if note:
            if self.output.used > begun:
                self.output.char(32)
            self.output.literal(b"first fragment")
        return place

    def body(self, kind: cython.int, at: cython.int, end: cython.int, number: cython.int) -> cython.int:
        """Write the words of a layer that says more than what it carries. Returns a status of odp_codes.py."""
        if kind == LAYER_TCP:
            return self.tcp(at, number)
        if kind == LAYER_UDP:
            self.output.literal(b"UDP ")
            return self.ports(at)
        if kind == LAYER_ARP:
            return self.arp(at, number)
        if kind == LAYER_ICMP:
            return self.icmp(at, end)
        if kind == LAYER_ICMPV6:
            return self.icmpv6(at, end)
        return self.rare.write(kind, at, end, number)

    def other(self, kind: cython.int, at: cython.int, number: cython.int) -> cython.int:
        """Write the protocol that a packet carries, if nothing more is known of it."""
        if kind == LAYER_ETHERNET:
            self.output.mac(self.reader.data, at + 6)
            self.output.literal(b" > ")
            self.output.mac(self.reader.data, at)
            if number < 0:
                return self.output.literal(b" LLC")
            self.output.literal(b" ethertype 0x")
            return self.output.hex_digits(self.reader.data, at + 12, at + 14)
        if kind == LAYER_IPV4:
            self.protocol(self.reader.data[at + 9])
            return self.fragment(self.met.big16(at + 6) & 0x1FFF)
        if kind == LAYER_IPV6:
            return self.protocol(self.reader.data[at + 6])
        self.protocol(self.reader.data[at])
        return self.fragment(self.met.big16(at + 2) >> 3) if kind == LAYER_FRAGMENT else 0

    def fragment(self, units: cython.int) -> cython.int:
        """Write the offset of a later fragment; units: of 8 bytes."""
        if units:
            self.output.literal(b" fragment at ")
            self.output.decimal(8 * units)
        return 0

    def word(self, table: cython.int, number: cython.int) -> cython.int:
        """Write the word for a number. Returns 1 if there is none."""
        at: cython.int = 2 * (256 * table + number)
        if not self.words[at + 1]:
            return 1
        return self.output.text(self.words[at], self.words[at + 1])

    def protocol(self, number: cython.int) -> cython.int:
        """Write an IP protocol."""
        if self.word(WORDS_PROTOCOL, number):
            self.output.literal(b"protocol ")
            self.output.decimal(number)
        return 0

    def ports(self, at: cython.int) -> cython.int:
        """Write source and destination port."""
        self.output.decimal(self.met.big16(at))
        self.output.literal(b" > ")
        return self.output.decimal(self.met.big16(at + 2))

    def tcp(self, at: cython.int, flagged: cython.int) -> cython.int:
        """Write a TCP segment."""
        flags: cython.int
        bit: cython.int
        said: cython.bint = False
        self.output.literal(b"TCP ")
        self.ports(at)
        if not flagged:
            return 0
        flags = self.met.big16(at + 12) & 0x1FF
        if not flags:
            return self.output.literal(b" no flags")
        for bit in range(9):
            if flags >> bit & 1:
                self.output.char(44 if said else 32)
                self.output.text(self.flags[2 * bit], self.flags[2 * bit + 1])
                said = True
        return 0

    def arp(self, at: cython.int, plain: cython.int) -> cython.int:
        """Write an ARP message."""
        operation: cython.int = self.met.big16(at + 6)
        i: cython.int
        differs: cython.int = 0
        self.output.literal(b"ARP ")
        if not plain:
            self.output.literal(b"hardware type ")
            return self.output.decimal(self.met.big16(at))
        if operation == 1:
            for i in range(4):
                differs |= self.reader.data[at + 14 + i] ^ self.reader.data[at + 24 + i]
            if not differs:
                self.output.literal(b"announcement for ")
                return self.output.ipv4(self.reader.data, at + 24)
            self.output.literal(b"who-has ")
            self.output.ipv4(self.reader.data, at + 24)
            self.output.literal(b" tell ")
            return self.output.ipv4(self.reader.data, at + 14)
        if operation == 2:
            self.output.ipv4(self.reader.data, at + 14)
            self.output.literal(b" is-at ")
            return self.output.mac(self.reader.data, at + 8)
        if operation > 255 or self.word(WORDS_ARP, operation):
            self.output.literal(b"operation ")
            self.output.decimal(operation)
        return 0

    def echo(self, at: cython.int) -> cython.int:
        """Write identifier and sequence number."""
        self.output.literal(b" id ")
        self.output.decimal(self.met.big16(at))
        self.output.literal(b" seq ")
        return self.output.decimal(self.met.big16(at + 2))

    def icmp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write an ICMP message."""
        kind: cython.int = self.reader.data[at]
        if kind == 3 and self.reader.data[at + 1] == 4 and end - at >= 8:
            self.output.literal(b"ICMP fragmentation needed")
            return self.mtu(self.met.big16(at + 6))
        self.output.literal(b"ICMP ")
        if self.word(WORDS_ICMP, kind):
            self.output.literal(b"type ")
            self.output.decimal(kind)
        if ((kind == 0 or kind == 8) and end - at >= 8) or ((kind == 13 or kind == 14) and end - at >= 20):
            return self.echo(at + 4)
        if kind == 3 or kind == 4 or kind == 5 or kind == 11 or kind == 12:
            self.output.literal(b" code ")
            self.output.decimal(self.reader.data[at + 1])
        return 0

    def mtu(self, number: cython.longlong) -> cython.int:
        """Write the MTU that an error reports."""
        self.output.literal(b" (MTU ")
        self.output.decimal(number)
        return self.output.char(41)

    def icmpv6(self, at: cython.int, end: cython.int) -> cython.int:
        """Write an ICMPv6 message."""
        kind: cython.int = self.reader.data[at]
        self.output.literal(b"ICMPv6 ")
        if self.word(WORDS_ICMPV6, kind):
            self.output.literal(b"type ")
            self.output.decimal(kind)
        if (kind == 128 or kind == 129) and end - at >= 8:
            return self.echo(at + 4)
        if ((130 <= kind <= 132 or kind == 135 or kind == 136) and end - at >= 24) or (kind == 137 and end - at >= 40):
            self.output.literal(b" for ")
            return self.output.ipv6(self.reader.data, at + 8)
        if kind == 2 and end - at >= 8:
            return self.mtu(cython.cast(cython.longlong, self.met.big16(at + 4)) << 16 | self.met.big16(at + 6))
        if kind == 143 and end - at > 8:
            return self.rare.groups(at + 8, end, 16)
        return 0
