# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The words for rarer layers: tunnels, SCTP, IGMP, group reports, DHCP, BFD and the protocols between bridges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

if not cython.compiled:
    from ovsdissect.engine.listcodes import (
        LAYER_BFD,
        LAYER_CFM,
        LAYER_DHCP,
        LAYER_ERSPAN,
        LAYER_ESP,
        LAYER_GENEVE,
        LAYER_GPE,
        LAYER_GRE,
        LAYER_IGMP,
        LAYER_LACP,
        LAYER_LLC,
        LAYER_LLDP,
        LAYER_NSH,
        LAYER_SCTP,
        LAYER_SLOW,
        LAYER_STP,
        LAYER_VXLAN,
        WORDS_BFD,
        WORDS_BPDU,
        WORDS_CFM,
        WORDS_CHUNK,
        WORDS_DHCP,
        WORDS_IGMP,
    )
    from ovsdissect.engine.odp_codes import NO_ROOM, REFUSED
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.reader import Reader

if TYPE_CHECKING:
    from ovsdissect.engine.packet_tables import PacketTables

_ITEM = cython.declare(cython.int, 8192)  # room for one item of a list, and for what follows the list
_MOST_GROUPS = cython.declare(cython.int, 3)  # groups shown at most


@cython.final
@cython.cclass
class RareWords:
    """Writes the words for layers that are among a reader's bytes. Methods return a status of odp_codes.py."""

    def __init__(self, tables: PacketTables, reader: Reader, output: Output) -> None:
        self.reader, self.output, self.words = reader, output, tables.words

    def write(self, kind: cython.int, at: cython.int, end: cython.int, number: cython.int) -> cython.int:
        """Write the words for one layer."""
        if kind == LAYER_LLDP:
            return self.lldp(at, end)
        if kind == LAYER_STP:
            return self.stp(at, number)
        if kind == LAYER_LACP:
            return self.lacp(at, end)
        if kind == LAYER_CFM:
            return self.cfm(at, end)
        if kind == LAYER_BFD:
            self.output.literal(b"BFD ")
            return self.named(WORDS_BFD, self.reader.data[at + 1] >> 6, b"")
        if kind == LAYER_DHCP:
            return self.dhcp(at, end)
        if kind == LAYER_IGMP:
            return self.igmp(at, end)
        if kind == LAYER_SCTP:
            return self.sctp(at, end)
        if kind == LAYER_ESP:
            self.output.literal(b"ESP spi 0x")
            return self.output.hex_digits(self.reader.data, at, at + 4)
        if kind == LAYER_LLC:
            self.output.literal(b"LLC dsap 0x")
            return self.output.hex_byte(self.reader.data[at])
        if kind == LAYER_SLOW:
            self.output.literal(b"slow protocol subtype ")
            return self.output.decimal(self.reader.data[at])
        if kind == LAYER_VXLAN or kind == LAYER_GPE:
            self.output.literal(b"VXLAN vni ")
            return self.vni(at + 4)
        if kind == LAYER_GENEVE:
            self.output.literal(b"Geneve vni ")
            return self.vni(at + 4)
        if kind == LAYER_GRE:
            self.output.literal(b"GRE")
            if number:
                self.output.literal(b" key 0x")
                return self.output.hex_number(self.reader.number(number, 4, True))
            return 0
        if kind == LAYER_ERSPAN:
            self.output.literal(b"ERSPAN session ")
            return self.output.decimal(self.big16(at + 2) & 0x3FF)
        if kind == LAYER_NSH:
            self.output.literal(b"NSH spi ")
            self.vni(at + 4)
            self.output.literal(b" si ")
            return self.output.decimal(self.reader.data[at + 7])
        return REFUSED

    def big16(self, at: cython.int) -> cython.int:
        """Return a big-endian 16-bit number."""
        return self.reader.data[at] << 8 | self.reader.data[at + 1]

    def named(self, table: cython.int, number: cython.int, other: cython.p_char) -> cython.int:
        """Write the word for a number, or `other` and the number."""
        at: cython.int = 2 * (256 * table + number)
        if self.words[at + 1]:
            return self.output.text(self.words[at], self.words[at + 1])
        self.output.literal(other)
        return self.output.decimal(number)

    def vni(self, at: cython.int) -> cython.int:
        """Return a big-endian 24-bit number."""
        return self.output.decimal(self.reader.number(at, 3, True))

    def sctp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write an SCTP packet: its ports and the types of its chunks."""
        size: cython.int
        begun: cython.int
        self.output.literal(b"SCTP ")
        self.output.decimal(self.big16(at))
        self.output.literal(b" > ")
        self.output.decimal(self.big16(at + 2))
        begun = self.output.used
        at += 12
        while at + 4 <= end:
            size = self.big16(at + 2)
            if size < 4 or at + size > end:
                return 0
            if not self.output.room(_ITEM):
                return NO_ROOM
            self.output.char(44 if self.output.used > begun else 32)
            self.named(WORDS_CHUNK, self.reader.data[at], b"")
            at += (size + 3) & ~3
        return 0

    def groups(self, at: cython.int, end: cython.int, size: cython.int) -> cython.int:
        """Write the multicast groups of a report; size: bytes of an address."""
        found: cython.int = 0
        length: cython.int
        while at + 4 + size <= end:
            length = 4 + size + self.big16(at + 2) * size + self.reader.data[at + 1] * 4
            if at + length > end:
                break
            found += 1
            if found <= _MOST_GROUPS:
                self.output.literal(b" for " if found == 1 else b", ")
                if size == 16:
                    self.output.ipv6(self.reader.data, at + 4)
                else:
                    self.output.ipv4(self.reader.data, at + 4)
            at += length
        if found > _MOST_GROUPS:
            self.output.literal(b" and ")
            self.output.decimal(found - _MOST_GROUPS)
            self.output.literal(b" more")
        return 0

    def igmp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write an IGMP message."""
        kind: cython.int = self.reader.data[at]
        self.output.literal(b"IGMP ")
        self.named(WORDS_IGMP, kind, b"type ")
        if kind == 0x22:
            return self.groups(at + 8, end, 4)
        if self.reader.number(at + 4, 4, True):
            self.output.literal(b" for ")
            self.output.ipv4(self.reader.data, at + 4)
        return 0

    def cfm(self, at: cython.int, end: cython.int) -> cython.int:
        """Write a CFM message."""
        kind: cython.int = self.reader.data[at + 1]
        self.output.literal(b"CFM ")
        self.named(WORDS_CFM, kind, b"opcode ")
        self.output.literal(b" level ")
        self.output.decimal(self.reader.data[at] >> 5)
        if kind == 1 and self.reader.data[at + 3] >= 70 and at + 74 <= end:
            self.output.literal(b" mep ")
            self.output.decimal(self.big16(at + 8))
            self.output.literal(b" seq ")
            self.output.decimal(self.reader.number(at + 4, 4, True))
        return 0

    def stp(self, at: cython.int, rooted: cython.int) -> cython.int:
        """Write a spanning tree BPDU."""
        self.output.literal(b"STP ")
        self.named(WORDS_BPDU, self.reader.data[at + 3], b"type ")
        if rooted:
            self.output.literal(b" root ")
            self.output.mac(self.reader.data, at + 7)
            self.output.literal(b" bridge ")
            self.output.mac(self.reader.data, at + 19)
            self.output.literal(b" port 0x")
            self.output.hex_digits(self.reader.data, at + 25, at + 27)
        return 0

    def lacp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write a LACP message: system and port of actor and partner."""
        kind: cython.int
        size: cython.int
        self.output.literal(b"LACP")
        at += 1
        while at + 2 <= end:
            kind, size = self.reader.data[at], self.reader.data[at + 1]
            if size < 2:
                size = 2
            if at + size > end or kind == 0:
                return 0
            if not self.output.room(_ITEM):
                return NO_ROOM
            if (kind == 1 or kind == 2) and size >= 20:
                self.output.literal(b" actor " if kind == 1 else b" partner ")
                self.output.mac(self.reader.data, at + 4)
                self.output.literal(b" port ")
                self.output.decimal(self.big16(at + 14))
            at += size
        return 0

    def lldp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write LLDP: the sender's chassis and port."""
        kind: cython.int
        size: cython.int
        self.output.literal(b"LLDP")
        while at + 2 <= end:
            kind, size = self.reader.data[at] >> 1, 2 + (self.big16(at) & 0x1FF)
            if at + size > end:
                return 0
            if not self.output.room(_ITEM):
                return NO_ROOM
            if size > 2:
                if kind == 5:
                    self.output.literal(b" system ")
                    if self.captured(at + 2, at + size):
                        return REFUSED
                elif (kind == 1 or kind == 2) and self.identifier(kind, at + 2, at + size):
                    return REFUSED
            at += size
        return 0

    def identifier(self, kind: cython.int, at: cython.int, end: cython.int) -> cython.int:
        """Write a chassis or port id: an address, text or bytes, depending on its subtype."""
        subtype: cython.int = self.reader.data[at]
        mac: cython.int = 4 if kind == 1 else 3
        network: cython.int = 5 if kind == 1 else 4
        size: cython.int = 7 if subtype == mac else 6 if subtype == network else 2
        if end - at < size:
            return 0
        self.output.literal(b" chassis " if kind == 1 else b" port ")
        if subtype == mac:
            return self.output.mac(self.reader.data, at + 1)
        if subtype == network:
            return self.output.ipv4(self.reader.data, at + 2)
        # text: an alias, the name of an interface, something locally assigned
        if subtype == 7 or (kind == 1 and (subtype == 2 or subtype == 6)) or (kind == 2 and (subtype == 1 or subtype == 5)):
            return self.captured(at + 1, end)
        return self.output.hex_digits(self.reader.data, at + 1, end)

    def captured(self, at: cython.int, end: cython.int) -> cython.int:
        """Write a text up to its NUL; unless it is plain ASCII it is left to the tree."""
        stop: cython.int = at
        while stop < end and self.reader.data[stop]:
            if self.reader.data[stop] < 32 or self.reader.data[stop] > 126:
                return REFUSED
            stop += 1
        return self.output.raw(self.reader.data, at, stop)

    def dhcp(self, at: cython.int, end: cython.int) -> cython.int:
        """Write a DHCP message."""
        kind: cython.int = self.reader.data[at]
        size: cython.int
        at += 240
        while at < end:
            size = 1
            if self.reader.data[at] == 255:
                break
            if self.reader.data[at]:
                if at + 2 > end or at + 2 + self.reader.data[at + 1] > end:
                    break
                size = 2 + self.reader.data[at + 1]
                if self.reader.data[at] == 53 and size >= 3:
                    self.output.literal(b"DHCP ")
                    return self.named(WORDS_DHCP, self.reader.data[at + 2], b"type ")
            at += size
        return self.output.literal(b"BOOTP request" if kind == 1 else b"BOOTP reply")
