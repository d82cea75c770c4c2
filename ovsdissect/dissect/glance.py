"""Whether an everyday packet is the one that its flow key describes: its first bytes, header by header, compared with the key's values.

Sure when it says yes; everything else (fragments, extension headers, neighbour discovery, a difference) is for
ovsdissect.dissect.agreement, which knows what may differ.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Sequence
from functools import cache
from typing import Final

from ovsdissect.dissect.plan import Plan, Refused
from ovsdissect.dissect.shapes import Shapes
from ovsdissect.dissect.source import Variables
from ovsdissect.families import OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar import Attr, ByteOrder, Struct
from ovsdissect.grammar.attrs import attributes

# attributes that say nothing of the packet's own bytes
METADATA: Final = frozenset(
    [
        *("recirc_id", "dp_hash", "priority", "in_port", "skb_mark", "tunnel", "ipv6_exthdrs"),
        *("ct_state", "ct_zone", "ct_mark", "ct_labels", "ct_orig_tuple_ipv4", "ct_orig_tuple_ipv6"),
    ]
)

# Headers as their parts: struct letters, the key's values that are there, the bits that are compared.
# IPv4: version and header length, tos; offset and more-fragments (frag 1 with offset 0) without don't-fragment; TTL, protocol; addresses.
ETHERNET: Final = [("6s", "ethernet.dst", -1), ("6s", "ethernet.src", -1)]
TAG: Final = [("H", "ethertype", -1), ("H", "vlan & 0xefff", 0xEFFF)]  # without CFI
NETWORKS: Final = {
    "ipv4": [
        *(("B", "0x45", -1), ("B", "ipv4.tos", -1), ("4x", "", 0), ("H", "ipv4.frag << 13", 0xBFFF), ("B", "ipv4.ttl", -1)),
        *(("B", "ipv4.proto", -1), ("2x", "", 0), ("4s", "ipv4.src", -1), ("4s", "ipv4.dst", -1)),
    ],
    "ipv6": [
        *(("I", "6 << 28 | ipv6.tclass << 20 | ipv6.label", -1), ("2x", "", 0), ("B", "ipv6.proto | ipv6.frag << 8", -1)),
        *(("B", "ipv6.hlimit", -1), ("16s", "ipv6.src", -1), ("16s", "ipv6.dst", -1)),
    ],
    "arp": [
        *(("H", "1", -1), ("H", "0x800", -1), ("B", "6", -1), ("B", "4", -1), ("B", "0", -1), ("B", "arp.op", -1)),
        *(("6s", "arp.sha", -1), ("4s", "arp.sip", -1), ("6s", "arp.tha", -1), ("4s", "arp.tip", -1)),
    ],
}
TRANSPORTS: Final = {
    frozenset[str](): [],
    frozenset({"tcp", "tcp_flags"}): [("H", "tcp.src", -1), ("H", "tcp.dst", -1), ("8x", "", 0), ("H", "tcp_flags", 0x0FFF)],
    frozenset({"udp"}): [("H", "udp.src", -1), ("H", "udp.dst", -1)],
    frozenset({"sctp"}): [("H", "sctp.src", -1), ("H", "sctp.dst", -1)],
    frozenset({"icmp"}): [("B", "icmp.type", -1), ("B", "icmp.code", -1)],
    frozenset({"icmpv6"}): [("B", "icmpv6.type", -1), ("B", "icmpv6.code", -1)],
}
FIRST_ETHERTYPE: Final = 0x600  # smaller numbers are lengths
NAME: Final = r"\b[a-z][a-z0-9_.]*"

Part = tuple[str, str, int]
Compared = tuple[Part, dict[str, int]]  # with where the key's attributes and members of that level stand, by name
Compare = Callable[[bytes, bytes], bool]  # the payloads of OVS_PACKET_ATTR_KEY, of the shape that it was made for, and of _PACKET


def agrees(key: bytes, packet: bytes, order: ByteOrder) -> bool:
    """Whether the payloads of OVS_PACKET_ATTR_KEY and _PACKET surely agree."""
    try:
        return _comparisons(order).find(key)(key, packet)
    except (Refused, struct.error):
        return False


@cache
def _comparisons(order: ByteOrder) -> Shapes[Compare]:
    # at first sight: where this does not tell, the layers of the packet are loaded
    return Shapes(OVS_PACKET.attrs.by_name["key"], order, lambda plan: compile_compare(plan, order), sightings=1)


def compile_compare(plan: Plan, order: ByteOrder) -> Compare:
    """The function that compares a packet with a key of this shape; Refused for shapes that are not everyday ones.

    It raises struct.error for a packet that is too short.
    """
    parts = comparison(plan, order)
    wanted = needed(parts)
    variables = Variables(plan, order, lambda leaf: leaf.wire.code if leaf.offset in wanted else "")
    line, condition = compared(plan, variables, parts)
    variables.source += f"    {line}\n"
    return variables.function(condition, "raw, packet")


def comparison(plan: Plan, order: ByteOrder) -> list[Compared]:
    """What of a packet is compared with a key of this shape, part behind part; Refused for shapes that are not everyday ones."""
    headers = plan.expect.to_bytes(plan.size, "little")
    parts: list[Compared] = []
    start, end, level = 0, plan.size, ETHERNET
    while True:
        found = {KEY.row(number).name: (begin, after) for number, _, begin, after, _ in _inside(headers, start, end, order)}
        there = set(found) - METADATA
        names = _names(found)
        if level is ETHERNET:
            if "ethernet" not in there:
                raise Refused
            parts += [(part, names) for part in ETHERNET]
            there.remove("ethernet")
        if "ethertype" not in there:
            raise Refused
        if there != {"ethertype", "vlan", "encap"}:
            break
        parts += [(part, names) for part in TAG]
        (start, end), level = found["encap"], TAG
    there.remove("ethertype")
    network = next((name for name in NETWORKS if name in there), None)
    parts.append((("H", "ethertype", -1), names))
    if network:
        there.remove(network)
        transport = TRANSPORTS.get(frozenset(there))
        if transport is None or (network == "arp" and there):
            raise Refused
        parts += [(part, names) for part in [*NETWORKS[network], *transport]]
    elif there:
        raise Refused
    if any(name not in names for (_, expression, _), names in parts for name in re.findall(NAME, expression)):
        raise Refused
    return parts


def _inside(headers: bytes, start: int, end: int, order: ByteOrder) -> list[tuple[int, int, int, int, bytes | None]]:
    inside = attributes(headers[start:end], order)
    return [(number, flags, start + begin, start + after, rest) for number, flags, begin, after, rest in inside]


def _names(found: dict[str, tuple[int, int]]) -> dict[str, int]:
    """Where one level's attributes and their members stand, by name."""
    names = {}
    for name, (begin, _) in found.items():
        names[name] = begin
        row: Attr = KEY.by_name[name]
        if isinstance(row.wire, Struct):
            names |= {f"{name}.{member.name}": begin + offset for member, offset in zip(row.wire.members, row.wire.offsets, strict=True)}
    return names


def needed(parts: Sequence[Compared]) -> set[int]:
    """Where the key's values stand that are compared."""
    return {names[name] for (_, expression, _), names in parts for name in re.findall(NAME, expression)}


def compared(plan: Plan, variables: Variables, parts: Sequence[Compared]) -> tuple[str, str]:
    """A line of source that unpacks `packet`, and the condition under which it agrees with the variables; Refused where they lack one."""
    at = {leaf.offset: variables.of(leaf) for leaf in plan.leaves}
    if any(len(at.get(offset, ())) != 1 for offset in needed(parts)):
        raise Refused
    layout, values, conditions = ">", "", []
    for place, ((letters, expression, mask), names) in enumerate(parts):
        layout += letters
        if letters.endswith("x"):
            continue
        value = re.sub(NAME, lambda name, names=names: at[names[name[0]]][0], expression)  # type: ignore[misc]
        values += f"p{place}, "
        conditions.append(f"p{place}{'' if mask == -1 else f' & {mask}'} == {value}")
        if expression == "ethertype":
            conditions.append(f"p{place} >= {FIRST_ETHERTYPE}")
    variables.space["unpack_packet"] = struct.Struct(layout).unpack_from
    return f"{values}= unpack_packet(packet)", " and ".join(conditions)
