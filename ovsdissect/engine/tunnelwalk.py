# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""Steps of the walk over a packet for rarer layers: LLC, tunnels and the protocols between bridges."""

from __future__ import annotations

import cython

if not cython.compiled:
    from ovsdissect.engine.layers import Layers
    from ovsdissect.engine.listcodes import (
        AFTER_ETHERTYPE,
        AFTER_LLC,
        AFTER_NEXTPROTO,
        AFTER_SLOW,
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
    )

_ETHERNET_INSIDE = cython.declare(cython.int, 0x6558)
_ERSPAN = cython.declare(cython.int, 0x88BE)


@cython.final
@cython.cclass
class TunnelWalk:
    """Reads the rarer layers: LLC, tunnels, the protocols between bridges, and layers that nothing follows."""

    def __init__(self, met: Layers) -> None:
        self.met = met

    def step(self, kind: cython.int) -> cython.int:
        """Read the next layer."""
        number: cython.int
        if kind == LAYER_LLC:
            return self.llc()
        if kind == LAYER_GENEVE:
            return self.geneve()
        if kind == LAYER_GRE:
            return self.gre()
        if kind == LAYER_ERSPAN:
            return self.erspan()
        if kind == LAYER_NSH:
            return self.nsh()
        if kind == LAYER_LLDP:
            return self.lldp()
        if kind == LAYER_STP:
            return self.stp()
        if kind == LAYER_VXLAN or kind == LAYER_GPE:
            if self.met.lacks(8):
                return 0
            self.met.layer(kind, 0)
            if kind == LAYER_VXLAN:
                return self.met.follow(AFTER_ETHERTYPE, _ETHERNET_INSIDE, self.met.start + 8, self.met.end)
            # unless the bit for a valid next protocol is set, Ethernet follows
            number = self.met.reader.data[self.met.start + 3] if self.met.reader.data[self.met.start] & 4 else 3
            return self.met.follow(AFTER_NEXTPROTO, number, self.met.start + 8, self.met.end)
        if kind == LAYER_SLOW:
            if self.met.lacks(1):
                return 0
            self.met.layer(kind, 0)
            return self.met.follow(AFTER_SLOW, self.met.reader.data[self.met.start], self.met.start + 1, self.met.end)
        # layers that nothing follows
        if kind == LAYER_ESP or kind == LAYER_IGMP:
            return 0 if self.met.lacks(8) else self.met.layer(kind, 0)
        if kind == LAYER_SCTP:
            return 0 if self.met.lacks(12) else self.met.layer(kind, 0)
        if kind == LAYER_BFD:
            return 0 if self.met.lacks(24) else self.met.layer(kind, 0)
        if kind == LAYER_DHCP:
            return 0 if self.met.lacks(240) else self.met.layer(kind, 0)
        if kind == LAYER_LACP:
            return 0 if self.met.lacks(1) else self.met.layer(kind, 0)
        return 0 if self.met.lacks(4) else self.met.layer(LAYER_CFM, 0)

    def llc(self) -> cython.int:
        """Read LLC, with SNAP if its service access points say so; the layer's number is 1 if an ethertype follows."""
        at: cython.int = self.met.start
        if self.met.lacks(3):
            return 0
        if self.met.reader.data[at] == 0xAA and self.met.reader.data[at + 1] == 0xAA and self.met.reader.data[at + 2] == 3:
            if self.met.lacks(8):
                return 0
            if self.met.reader.data[at + 3] or self.met.reader.data[at + 4] or self.met.reader.data[at + 5]:
                return self.met.layer(LAYER_LLC, 0)
            self.met.layer(LAYER_LLC, 1)
            return self.met.follow(AFTER_ETHERTYPE, self.met.big16(at + 6), at + 8, self.met.end)
        self.met.layer(LAYER_LLC, 0)
        at += 3 if self.met.reader.data[at + 2] & 3 == 3 or self.met.end - at < 4 else 4
        return self.met.follow(AFTER_LLC, self.met.reader.data[self.met.start], at, self.met.end)

    # Tunnels

    def geneve(self) -> cython.int:
        """Read Geneve."""
        at: cython.int = self.met.start
        size: cython.int
        if self.met.lacks(8):
            return 0
        size = 8 + (self.met.reader.data[at] & 63) * 4
        if self.met.lacks(size):
            return 0
        self.met.layer(LAYER_GENEVE, 0)
        return self.met.follow(AFTER_ETHERTYPE, self.met.big16(at + 2), at + size, self.met.end)

    def gre(self) -> cython.int:
        """Read GRE; the layer's number is the offset of its key, 0 if it has none."""
        at: cython.int = self.met.start
        flags: cython.int
        number: cython.int
        size: cython.int = 4
        key: cython.int = 0
        if self.met.lacks(4):
            return 0
        flags, number = self.met.big16(at), self.met.big16(at + 2)
        if flags & 0xC000:
            size += 4
        if flags & 0x2000:
            key = at + size
            size += 4
        if flags & 0x1000:
            size += 4
        if flags & 0x0080:
            size += 4
        if self.met.lacks(size):
            return 0
        self.met.layer(LAYER_GRE, key)
        if flags & 0x4000:  # a source route, which is not read
            return 0
        if number == _ERSPAN and not flags & 0x1000:
            number = _ETHERNET_INSIDE  # ERSPAN type I: no sequence number, no header of its own
        return self.met.follow(AFTER_ETHERTYPE, number, at + size, self.met.end)

    def erspan(self) -> cython.int:
        """Read ERSPAN type II and III."""
        at: cython.int = self.met.start
        size: cython.int = 8
        if self.met.lacks(8):
            return 0
        if self.met.reader.data[at] >> 4 == 2:
            size = 12
            if self.met.lacks(12):
                return 0
            if self.met.reader.data[at + 11] & 1 and at + 20 <= self.met.end:
                size = 20
        self.met.layer(LAYER_ERSPAN, 0)
        return self.met.follow(AFTER_ETHERTYPE, _ETHERNET_INSIDE, at + size, self.met.end)

    def nsh(self) -> cython.int:
        """Read NSH; its length field says how much metadata there is."""
        at: cython.int = self.met.start
        size: cython.int
        if self.met.lacks(8):
            return 0
        size = (self.met.reader.data[at + 1] & 63) * 4
        if size < 8:
            self.met.malformed = True
            return 0
        if self.met.lacks(size):
            return 0
        self.met.layer(LAYER_NSH, 0)
        return self.met.follow(AFTER_NEXTPROTO, self.met.reader.data[at + 3], at + size, self.met.end)

    # Protocols between bridges

    def lldp(self) -> cython.int:
        """Read LLDP up to the TLV that ends it."""
        at: cython.int = self.met.start
        head: cython.int
        if at == self.met.end:
            return 0
        while at + 2 <= self.met.end:
            head = self.met.big16(at)
            at += 2 + (head & 0x1FF)
            if not head >> 9:
                break
        else:
            at = self.met.end
        self.met.end = at if at < self.met.end else self.met.end
        return self.met.layer(LAYER_LLDP, 0)

    def stp(self) -> cython.int:
        """Read a spanning tree BPDU; the layer's number is 1 if it has a root."""
        kind: cython.int
        if self.met.lacks(4):
            return 0
        kind = self.met.reader.data[self.met.start + 3]
        if kind != 0 and kind != 2:
            return self.met.layer(LAYER_STP, 0)
        return 0 if self.met.lacks(35 if kind == 0 else 36) else self.met.layer(LAYER_STP, 1)
