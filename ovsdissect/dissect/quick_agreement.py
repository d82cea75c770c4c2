"""A quick check whether an ordinary packet certainly matches its flow key, comparing header bytes with the key's values.

Only a positive answer is certain; everything else is left to ovsdissect.dissect.agreement, which knows what may differ.
"""

from __future__ import annotations

import struct
from typing import Final

from ovsdissect.tree.node import Node

# attributes that say nothing about the packet's bytes
METADATA: Final = frozenset(
    [
        *("recirc_id", "dp_hash", "priority", "in_port", "skb_mark", "tunnel", "ipv6_exthdrs"),
        *("ct_state", "ct_zone", "ct_mark", "ct_labels", "ct_orig_tuple_ipv4", "ct_orig_tuple_ipv6"),
    ]
)
TAGGED: Final = {"vlan", "encap"}
FIRST_ETHERTYPE: Final = 0x0600  # smaller numbers are lengths
PRIORITY_AND_ID: Final = 0xEFFF  # of a VLAN tag: the bit between them exists in the key only
MORE, OFFSET = 0x2000, 0x1FFF  # of an IPv4 header: more fragments follow; the fragment's offset
FIRST, LATER = 1, 2  # enum ovs_frag_type; a later fragment has no ports
FLAGS: Final = 0x0FFF  # of a TCP header

ETHERNET: Final = struct.Struct(">6s6s").unpack_from  # destination, source
NUMBER: Final = struct.Struct(">H").unpack_from
IPV4: Final = struct.Struct(">BB4xHBB2x4s4s").unpack_from  # version and length, tos, fragment, TTL, protocol, addresses
IPV6: Final = struct.Struct(">IHBB16s16s").unpack_from  # version, class and label; length; next header; hop limit; addresses
EXTENSION: Final = struct.Struct(">BBH").unpack_from  # next header, length in 8 bytes without the first 8, a fragment's offset, flags
HEADERS: Final = frozenset((0, 43, 44, 60))  # hop-by-hop options, routing, fragment, destination options
FRAGMENT: Final = 44
ARP: Final = struct.Struct(">6sH6s4s6s4s").unpack_from  # types and lengths of addresses, operation, sender's addresses, target's
OF_IPV4: Final = bytes.fromhex("000108000604")  # over Ethernet
PORTS: Final = struct.Struct(">HH").unpack_from
PAIR: Final = struct.Struct(">BB").unpack_from  # type, code
TRANSPORTS: Final = {"tcp": PORTS, "udp": PORTS, "sctp": PORTS, "icmp": PAIR, "icmpv6": PAIR}
TCP_FLAGS: Final = struct.Struct(">12xH").unpack_from  # with the header's length
ND: Final = struct.Struct(">8x16s").unpack_from  # target
OPTION: Final = struct.Struct(">BB6s").unpack_from  # type, length in 8 bytes, link-layer address
NO_ADDRESS: Final = bytes(6)


Values = dict[str, Node]  # a key's attributes that are yet to be compared, by name


def agrees(key: Node, packet: bytes) -> bool:
    """Whether a packet certainly agrees with a key that has no problems."""
    values = _values(key)
    try:
        if ETHERNET(packet, 0)[::-1] != values.pop("ethernet").raw:
            return False
        at = 12
        while NUMBER(packet, at)[0] == values.pop("ethertype").raw >= FIRST_ETHERTYPE:
            at += 2
            if values.keys() != TAGGED:
                return _network(values, packet, at)
            if (NUMBER(packet, at)[0] ^ values["vlan"].raw) & PRIORITY_AND_ID:
                return False
            at += 2
            values = _values(values["encap"])
    except (KeyError, struct.error):
        pass
    return False


def _values(key: Node) -> Values:
    return {node.name: node for node in key.inside if node.name not in METADATA}


def _network(values: Values, packet: bytes, at: int) -> bool:
    """Whether what follows the ethertype agrees with the rest of the key."""
    if "ipv4" in values:
        first, tos, fragment, ttl, proto, src, dst = IPV4(packet, at)
        frag = LATER if fragment & OFFSET else FIRST if fragment & MORE else 0
        if first != 0x45 or (src, dst, proto, tos, ttl, frag) != values.pop("ipv4").raw:
            return False
        return not values if frag == LATER else _transport(values, packet, at + 20)
    if "ipv6" in values:
        word, length, proto, hops, src, dst = IPV6(packet, at)
        at += 40
        end, frag = at + length, 0
        while proto in HEADERS and frag != LATER:
            following, size, fragment = EXTENSION(packet, at)
            if proto == FRAGMENT:
                size, frag = 0, LATER if fragment >= 8 else FIRST
            proto = proto if frag == LATER else following
            at += 8 + 8 * size
        if word >> 28 != 6 or (src, dst, word & 0xFFFFF, proto, word >> 20 & 0xFF, hops, frag) != values.pop("ipv6").raw:
            return False
        if "nd" in values and not _neighbour(values.pop("nd"), packet, at, end):
            return False
        return not values if frag == LATER else _transport(values, packet, at)
    if values.keys() == {"arp"}:
        head, operation, sha, sip, tha, tip = ARP(packet, at)
        return bool(head == OF_IPV4 and (sip, tip, operation, sha, tha) == values["arp"].raw[:5])
    return not values


def _transport(values: Values, packet: bytes, at: int) -> bool:
    """Whether the transport header agrees with the one remaining attribute, or two for TCP."""
    flags = values.pop("tcp_flags", None)
    if flags is not None and ("tcp" not in values or TCP_FLAGS(packet, at)[0] & FLAGS != flags.raw):
        return False
    if len(values) != 1:
        return not values
    ((name, node),) = values.items()
    unpack = TRANSPORTS.get(name)
    return unpack is not None and bool(unpack(packet, at) == node.raw)


def _neighbour(key: Node, packet: bytes, at: int, end: int) -> bool:
    """Compare neighbour solicitation and advertisement: the target, and the addresses in options of 8 bytes that occur once."""
    (target,) = ND(packet, at)
    at += 24
    found: dict[int, bytes] = {}
    while at < end:
        kind, length, address = OPTION(packet, at)
        if not length or (length == 1 and kind in found):
            return False
        if length == 1:
            found[kind] = address
        at += 8 * length
    return at == end and (target, found.get(1, NO_ADDRESS), found.get(2, NO_ADDRESS)) == key.raw
