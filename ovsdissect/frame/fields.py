"""Every field that an inner frame may have, from the declarations of its protocols: for filters, columns and documentation."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

from ovsdissect.frame.chain import PROTOCOLS
from ovsdissect.frame.layer import DATA, PADDING, Header, Items, Tagged
from ovsdissect.frame.walk import PAYLOAD, TRAILER
from ovsdissect.grammar.compound import Array, Member, Struct
from ovsdissect.grammar.wire import Bits, Part, Wire


class FrameField(NamedTuple):
    """One field: its name ("ip.src", without "packet."), its type, its slice of an integer if it is one, a description.

    `stands_for`: for an alias ("tcp.port"), the names that it matches any of; empty for a field of its own.
    `others`: the types that it has in other headers of its protocol (an LLDP port id is an address, text or bytes).
    """

    name: str
    wire: Wire
    part: Part | None
    doc: str
    stands_for: tuple[str, ...] = ()
    others: tuple[Wire | Part, ...] = ()


ALIASES: Final = {
    "eth.addr": ("eth.src", "eth.dst"),
    "ip.addr": ("ip.src", "ip.dst"),
    "ipv6.addr": ("ipv6.src", "ipv6.dst"),
    "tcp.port": ("tcp.srcport", "tcp.dstport"),
    "tcp.seq_raw": ("tcp.seq",),
    "tcp.ack_raw": ("tcp.ack",),
    "udp.port": ("udp.srcport", "udp.dstport"),
    "sctp.port": ("sctp.srcport", "sctp.dstport"),
    "tcp.option_kind": ("tcp.options.kind",),
    "tcp.option_len": ("tcp.options.len",),
    "sctp.chunk_type": ("sctp.chunk.type",),
    "sctp.chunk_flags": ("sctp.chunk.flags",),
    "sctp.chunk_length": ("sctp.chunk.length",),
    "igmp.record_type": ("igmp.group.record_type",),
    **{f"dns.{name}": (f"dns.resp.{name}",) for name in ("a", "aaaa", "cname", "ns", "ptr.domain_name")},
}
FLAT: Final = ("lacp.tlv.", "lldp.tlv.")  # Wireshark's names of these lists' fields do not contain the list's name


@cache
def fields_table() -> tuple[FrameField, ...]:
    """Return all fields in the order of the layers, each name once, aliases last."""
    found: dict[str, FrameField] = {}
    for protocol in PROTOCOLS:
        found.setdefault(protocol.name, FrameField(protocol.name, protocol.row.wire, None, protocol.doc))
        for declared in protocol.parts:
            for field in _fields(protocol.name, declared, item=False):
                first, key = found.setdefault(field.name, field), field.part or field.wire
                if key not in (first.part or first.wire, *first.others):
                    found[field.name] = first._replace(others=(*first.others, key))
    for leaf in (PAYLOAD, TRAILER):
        found[leaf.name] = FrameField(leaf.name, leaf.wire, None, leaf.doc)
    flat = {name.replace("tlv.", "", 1): (name,) for name in found if name.startswith(FLAT) and name.count(".") > 2}
    for alias, names in (ALIASES | flat).items():
        first = found[names[0]]
        doc = first.doc if len(names) == 1 else f"Either of {' and '.join(names)}."
        found[alias] = FrameField(alias, first.wire, first.part, doc, names)
    return tuple(found.values())


def _fields(prefix: str, declared: Header | Member, *, item: bool = True) -> Iterator[FrameField]:
    """Yield a declaration's fields. item: within an item of a list, which may hold unknown bytes at its end, or bytes only."""
    if isinstance(declared, Header):
        rest = (declared.rest,) if item or declared.rest is not DATA or not declared.members else ()
        for member in (*declared.members, *rest):
            yield from _fields(prefix, member)
        return
    wire = declared.wire
    if declared.inline and isinstance(wire, Bits):
        for part in wire.parts:
            yield FrameField(f"{prefix}.{part.name}", wire, part, part.doc)
        return
    if wire.kind == PADDING.wire.kind:
        return
    name = f"{prefix}.{declared.name}"
    yield FrameField(name, wire, None, declared.doc)
    if isinstance(wire, Items):
        yield from _fields(name, wire.head)
        for case in wire.cases.values():
            for header in (*case.cases.values(), case.other) if isinstance(case, Tagged) else (case,):
                yield from _fields(name, header)
    elif isinstance(wire, Array) and isinstance(wire.element.wire, Struct):
        for member in wire.element.wire.members:
            yield from _fields(name, member)
