"""The key and mask of a flow as the kernel reports them: with its own order and choice of attributes, whatever the put contained.

Source: __ovs_nla_put_key() and __ip_tun_to_nlattr() of net/openvswitch/flow_netlink.c, ovs_ct_put_key() of conntrack.c.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from ovsdissect.analysis.keys import ENCAP, IN_PORT, NSH, TUNNEL, VXLAN_OPTS
from ovsdissect.analysis.read import numbers, payloads
from ovsdissect.byteorder import ByteOrder
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.flow_key import NSH as NSH_KEY
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import PREFIX

_RECIRC_ID, _DP_HASH, _PRIORITY, _SKB_MARK, _CT_STATE, _CT_ZONE, _CT_MARK, _CT_LABELS = numbers(
    KEY, "recirc_id dp_hash priority skb_mark ct_state ct_zone ct_mark ct_labels"
)
_CT_TUPLES: Final = numbers(KEY, "ct_orig_tuple_ipv4 ct_orig_tuple_ipv6")
_ETHERNET, _VLAN, _ETHERTYPE, _MPLS, _TCP_FLAGS = numbers(KEY, "ethernet vlan ethertype mpls tcp_flags")
_IPV4, _IPV6, _IPV6_EXTHDRS, _ARP, _ICMP, _ICMPV6, _ND = numbers(KEY, "ipv4 ipv6 ipv6_exthdrs arp icmp icmpv6 nd")
_BASE, _MD1 = numbers(NSH_KEY, "base md1")
_ID, _TTL, _GENEVE, _ERSPAN = numbers(TUNNEL_KEY, "id ttl geneve_opts erspan_opts")

# ethertypes and IP protocols that decide what follows
_IPV4_TYPE, _IPV6_TYPE, _NSH_TYPE = b"\x08\x00", b"\x86\xdd", b"\x89\x4f"
_ARP_TYPES: Final = (b"\x08\x06", b"\x80\x35")
_MPLS_TYPES: Final = (b"\x88\x47", b"\x88\x48")
_TRANSPORTS: Final = {6: numbers(KEY, "tcp tcp_flags"), 17: numbers(KEY, "udp"), 132: numbers(KEY, "sctp")}
_LATER: Final = 2
_SIZES: Final = {number: row.wire.size or 0 for number, row in KEY.by_number.items()}
_NEIGHBOURS: Final = (135, 136)

# offsets of the protocol and the fragment in struct ovs_key_ipv4 and _ipv6, and of the protocol in the conntrack tuples
_PROTO_AT: Final = {number: row.wire.offsets[list(row.wire.fields).index("proto")]
                    for number, row in KEY.by_number.items() if number in (_IPV4, _IPV6, *_CT_TUPLES)}  # fmt: skip
_FRAG_AT: Final = {number: (KEY.by_number[number].wire.size or 0) - 1 for number in (_IPV4, _IPV6)}
_OP_AT: Final = 8  # in struct ovs_key_arp, two bytes

# tunnel attributes in the kernel's order: those that it leaves out if they are zero, then flags
_TUNNEL_VALUES: Final = numbers(TUNNEL_KEY, "ipv4_src ipv4_dst ipv6_src ipv6_dst tos")
_TUNNEL_PORTS: Final = numbers(TUNNEL_KEY, "tp_src tp_dst")
_TUNNEL_FLAGS: Final = numbers(TUNNEL_KEY, "dont_fragment csum")
_OAM: Final = TUNNEL_KEY.by_name["oam"].number

_CT_STATE_BITS: Final = 0xFF
_MOST_TAGS: Final = 2


class KernelFlow(NamedTuple):
    """The payloads of KEY and MASK in a reply."""

    key: bytes
    mask: bytes


def kernel_flow(key: bytes, mask: bytes | None, order: ByteOrder) -> KernelFlow:
    """Return what the kernel reports for a flow that was put with these payloads; a mask of None is an exact match."""
    made = _Making(order)
    made.flow(payloads(key, order), None if mask is None else payloads(mask, order))
    return KernelFlow(bytes(made.key), bytes(made.mask))


class _Making:
    """Builds the two lists of attributes side by side."""

    def __init__(self, order: ByteOrder) -> None:
        self.order = order
        self.key, self.mask = bytearray(), bytearray()
        self._head = struct.Struct(PREFIX[order] + "HH").pack

    def flow(self, key: dict[int, bytes], mask: dict[int, bytes] | None) -> None:
        """Write a whole key."""
        for number in (_RECIRC_ID, _DP_HASH, _PRIORITY):
            self.field(number, key, mask)
        if TUNNEL in key:
            self._tunnel(key[TUNNEL], None if mask is None else mask.get(TUNNEL, b""))
        if IN_PORT in key:
            # 16 bits in the kernel; always exact if the mask names it
            exact = 0xFFFFFFFF if mask is None or IN_PORT in mask else 0xFFFF0000
            bits = exact.to_bytes(4, self.order)
            self.put(IN_PORT, key[IN_PORT], bits)
        self.field(_SKB_MARK, key, mask)
        state = _number(key.get(_CT_STATE), self.order)
        bits = _bits(_CT_STATE, key, mask)
        self.put(_CT_STATE, state.to_bytes(4, self.order), (_number(bits, self.order) & _CT_STATE_BITS).to_bytes(4, self.order))
        for number in (_CT_ZONE, _CT_MARK, _CT_LABELS):
            self.field(number, key, mask)
        for number in _CT_TUPLES:
            if number in key:
                at = _PROTO_AT[number]
                if _masked(key[number], _bits(number, key, mask))[at : at + 1].strip(b"\0"):
                    self.field(number, key, mask)
        if _ETHERNET in key:
            self.field(_ETHERNET, key, mask)
        self._packet(key, mask, 0)

    def _packet(self, key: dict[int, bytes], mask: dict[int, bytes] | None, tags: int) -> None:
        """Write everything from the first VLAN tag on."""
        if tags < _MOST_TAGS and (ENCAP in key or _VLAN in key):
            self._ethertype(key, mask)
            self.field(_VLAN, key, mask)
            inner = _Making(self.order)
            inside = None if mask is None else payloads(mask.get(ENCAP, b""), self.order)
            if ENCAP in key:
                inner._packet(payloads(key[ENCAP], self.order), inside, tags + 1)
            self.add(self.key, ENCAP, bytes(inner.key))
            self.add(self.mask, ENCAP, bytes(inner.mask))
            return
        kind = self._ethertype(key, mask)
        network = _IPV4 if kind == _IPV4_TYPE else _IPV6 if kind == _IPV6_TYPE else None
        if network is not None:
            self.field(network, key, mask)
            if network == _IPV6 and _IPV6_EXTHDRS in key:
                self.field(_IPV6_EXTHDRS, key, mask)
            self._transport(network, key, mask)
        elif kind in _ARP_TYPES:
            arp, bits = _sized(_ARP, key.get(_ARP)), _bits(_ARP, key, mask)
            only = b"\xff" * _OP_AT + b"\0\xff" + b"\xff" * (len(arp) - _OP_AT - 2)
            self.put(_ARP, arp, _masked(bits, only))
        elif kind in _MPLS_TYPES and _MPLS in key:
            self.put(_MPLS, key[_MPLS], _bits(_MPLS, key, mask))
        elif kind == _NSH_TYPE and NSH in key:
            self._nsh(key[NSH], None if mask is None else mask.get(NSH, b""))

    def _ethertype(self, key: dict[int, bytes], mask: dict[int, bytes] | None) -> bytes:
        """Write ETHERTYPE, which is exact if the mask names it. Returns the masked value."""
        named = mask is not None and _ETHERTYPE in mask
        if _ETHERTYPE not in key:  # an 802.2 frame
            if named:
                self.add(self.mask, _ETHERTYPE, b"\xff\xff")
            else:
                self.put(_ETHERTYPE, b"\0\0", b"\0\0")
            return b""
        return self.put(_ETHERTYPE, key[_ETHERTYPE], b"\xff\xff" if named or mask is None else b"\0\0")

    def _transport(self, network: int, key: dict[int, bytes], mask: dict[int, bytes] | None) -> None:
        header = _masked(_sized(network, key.get(network)), _bits(network, key, mask))
        protocol = header[_PROTO_AT[network]]
        if header[_FRAG_AT[network]] == _LATER:
            return
        for number in _TRANSPORTS.get(protocol, ()):
            self.field(number, key, mask)
        if protocol == 1 and network == _IPV4:
            self.field(_ICMP, key, mask)
        elif protocol == 58 and network == _IPV6:
            icmp = self.field(_ICMPV6, key, mask)
            if icmp[0] in _NEIGHBOURS and _ND in key:
                self.field(_ND, key, mask)

    def _nsh(self, key: bytes, mask: bytes | None) -> None:
        there = payloads(key, self.order)
        bits = None if mask is None else payloads(mask, self.order)
        inner = _Making(self.order)
        base, base_bits = there.get(_BASE, bytes(8)), _bits_of(_BASE, there, bits, 8)
        inner.put(_BASE, base, base_bits)
        md1, md1_bits = there.get(_MD1, bytes(16)), _bits_of(_MD1, there, bits, 16)
        inner.add(inner.mask, _MD1, md1_bits)
        if _masked(base, base_bits)[2] == 1:
            inner.add(inner.key, _MD1, _masked(md1, md1_bits))
        self.add(self.key, NSH, bytes(inner.key))
        self.add(self.mask, NSH, bytes(inner.mask))

    def _tunnel(self, key: bytes, mask: bytes | None) -> None:
        there = payloads(key, self.order)
        bits = None if mask is None else payloads(mask, self.order)
        inner = _Making(self.order)
        if _ID in there and (bits is None or _ID in bits):
            inner.put(_ID, there[_ID], _bits_of(_ID, there, bits, 8))
        for number in _TUNNEL_VALUES:
            inner._unless_zero(number, there, bits)
        inner.put(_TTL, there.get(_TTL, b"\0"), _bits_of(_TTL, there, bits, 1))
        for number in _TUNNEL_FLAGS:
            inner._flag(number, there, bits)
        for number in _TUNNEL_PORTS:
            inner._unless_zero(number, there, bits)
        inner._flag(_OAM, there, bits)
        for number in (_GENEVE, VXLAN_OPTS, _ERSPAN):
            if number in there and (bits is None or number in bits):
                if number == VXLAN_OPTS:
                    inner._vxlan(there[number], None if bits is None else bits[number])
                else:
                    inner.put(number, there[number], _bits_of(number, there, bits, len(there[number])))
        self.add(self.key, TUNNEL, bytes(inner.key))
        self.add(self.mask, TUNNEL, bytes(inner.mask))

    def _vxlan(self, key: bytes, mask: bytes | None) -> None:
        there = payloads(key, self.order)
        bits = None if mask is None else payloads(mask, self.order)
        inner = _Making(self.order)
        for number, value in there.items():
            inner.put(number, value, _bits_of(number, there, bits, len(value)))
        self.add(self.key, VXLAN_OPTS, bytes(inner.key))
        self.add(self.mask, VXLAN_OPTS, bytes(inner.mask))

    def _unless_zero(self, number: int, key: dict[int, bytes], mask: dict[int, bytes] | None) -> None:
        size = len(key.get(number, b"")) or len((mask or {}).get(number, b""))
        bits = _bits_of(number, key, mask, size)
        value = _masked(key.get(number, b"").ljust(size, b"\0"), bits)
        if any(value):
            self.add(self.key, number, value)
        if any(bits):
            self.add(self.mask, number, bits)

    def _flag(self, number: int, key: dict[int, bytes], mask: dict[int, bytes] | None) -> None:
        if number in key and (mask is None or number in mask):
            self.add(self.key, number, b"")
        if number in (key if mask is None else mask):
            self.add(self.mask, number, b"")

    def field(self, number: int, key: dict[int, bytes], mask: dict[int, bytes] | None) -> bytes:
        """Write an attribute of fixed size, zeros if the key lacks it. Returns the masked value."""
        return self.put(number, _sized(number, key.get(number)), _bits(number, key, mask))

    def put(self, number: int, value: bytes, bits: bytes) -> bytes:
        """Write an attribute in the key and its bits in the mask. Returns the masked value."""
        value = _masked(value, bits)
        size = len(value)
        if size != len(bits) or size & 3:
            self.add(self.key, number, value)
            self.add(self.mask, number, bits)
            return value
        head = self._head(NLA_HEADER + size, number)
        self.key += head + value
        self.mask += head + bits
        return value

    def add(self, out: bytearray, number: int, payload: bytes) -> None:
        """Append an attribute to one of the two lists."""
        out += self._head(NLA_HEADER + len(payload), number) + payload + bytes(-len(payload) % 4)


def _sized(number: int, value: bytes | None) -> bytes:
    size = _SIZES[number]
    return value if value is not None and len(value) == size else (value or b"")[:size].ljust(size, b"\0")


def _bits(number: int, key: dict[int, bytes], mask: dict[int, bytes] | None) -> bytes:
    """Return the mask of an attribute: all zeros if the mask lacks it, all ones if there is no mask."""
    size = _SIZES[number] or len(key.get(number, b""))
    return _bits_of(number, key, mask, size)


def _bits_of(number: int, key: dict[int, bytes], mask: dict[int, bytes] | None, size: int) -> bytes:
    if mask is None:
        return (b"\xff" if number in key else b"\0") * size
    bits = mask.get(number, b"")
    return bits if len(bits) == size else bits[:size].ljust(size, b"\0")


def _masked(value: bytes, bits: bytes) -> bytes:
    if not any(bits):
        return bytes(len(value))
    return (int.from_bytes(value, "big") & int.from_bytes(bits, "big")).to_bytes(len(value), "big")


def _number(value: bytes | None, order: ByteOrder) -> int:
    return int.from_bytes((value or b"")[:4], order)
