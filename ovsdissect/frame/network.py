"""IPv4 and IPv6 with options, extension headers and fragments."""

from __future__ import annotations

from typing import Final

from ovsdissect.families.numbers import IP_PROTOCOLS
from ovsdissect.frame import checksum
from ovsdissect.frame.layer import Header, Items, Protocol, Scaled, bit, bits, repeated
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, HEX_BE32, IPV4, IPV6, U8, Int, Part
from ovsdissect.problem import ProblemKind, counted

PROTO: Final = Int("B", IP_PROTOCOLS)

DSFIELD: Final = bits(
    "B",
    Part("dsfield", 0, 8, doc="Differentiated services field (type of service)."),
    Part("dsfield.dscp", 2, 6, doc="Differentiated services code point."),
    Part("dsfield.ecn", 0, 2, doc="Explicit congestion notification."),
)
FRAGMENT: Final = bits(
    ">H",
    Part("flags", 13, 3, doc="The three flag bits."),
    bit("flags.rb", 15, "Reserved bit."),
    bit("flags.df", 14, "Don't fragment."),
    bit("flags.mf", 13, "More fragments."),
    Part("frag_offset", 0, 13, doc="Offset of this fragment in 8-byte words."),
)
IPV4_HEAD: Final = Header(
    bits("B", Part("version", 4, 4, doc="Version."), Scaled("hdr_len", 0, 4, 4, "Length of the header in bytes.")),
    DSFIELD,
    Member("len", BE16, "Length of the packet."),
    Member("id", BE16, "Identification."),
    FRAGMENT,
    Member("ttl", U8, "Time to live."),
    Member("proto", PROTO, "Protocol."),
    Member("checksum", BE16, "Checksum of the header."),
    Member("src", IPV4, "Source address."),
    Member("dst", IPV4, "Destination address."),
)
OPTION: Final = Header(Member("type", U8, "Type."), Member("len", U8, "Length, including these two bytes."))
SOURCE_ROUTES: Final = frozenset((131, 137))  # loose, strict: the last address is the destination
IPV4_OPTIONS: Final = Member(
    "opt",
    Items(
        OPTION,
        lambda head: (head[0], head[1]),
        {148: Header(Member("ra", BE16, "Router alert."))},
        bare=frozenset((0, 1)),
        last=0,
    ),
    "Options.",
)
IP: Final = Protocol("ip", "IPv4.", IPV4_HEAD, IPV4_OPTIONS)

IPV6_HEAD: Final = Header(
    bits(
        ">I",
        Part("version", 28, 4, doc="Version."),
        Part("tclass", 20, 8, doc="Traffic class."),
        Part("tclass.dscp", 22, 6, doc="Differentiated services code point."),
        Part("tclass.ecn", 20, 2, doc="Explicit congestion notification."),
        Part("flow", 0, 20, doc="Flow label."),
    ),
    Member("plen", BE16, "Length of what follows."),
    Member("nxt", PROTO, "Next header."),
    Member("hlim", U8, "Hop limit."),
    Member("src", IPV6, "Source address."),
    Member("dst", IPV6, "Destination address."),
)
IPV6_PACKET: Final = Protocol("ipv6", "IPv6.", IPV6_HEAD)

NXT: Final = Member("nxt", PROTO, "Next header.")
LEN: Final = Member("len", U8, "Length in 8-byte words after the first.")
EXTENSION: Final = Header(NXT, LEN)
IPV6_OPTIONS: Final = Member(
    "opt",
    Items(
        Header(Member("type", U8, "Type."), Member("length", U8, "Length of its data.")),
        lambda head: (head[0], 2 + head[1]),
        {
            1: Header(rest=Member("padn", BYTES, "Padding.")),
            5: Header(Member("router_alert", BE16, "Router alert: 0 MLD, 1 RSVP.")),
            0xC2: Header(Member("jumbo", BE32, "Jumbo payload length.")),
        },
        bare=frozenset((0,)),
    ),
    "Options.",
)
HOPOPTS: Final = Protocol("ipv6.hopopts", "IPv6 hop-by-hop options.", EXTENSION, IPV6_OPTIONS)
DSTOPTS: Final = Protocol("ipv6.dstopts", "IPv6 destination options.", EXTENSION, IPV6_OPTIONS)
ROUTE: Final = Header(NXT, LEN, Member("type", U8, "Type."), Member("segleft", U8, "Segments left."))
ROUTE_ADDRESSES: Final = Header(Member("reserved", HEX_BE32, "Reserved."), rest=repeated("addr", Header(Member("addr", IPV6))))
ROUTE_BYTES: Final = Header()
ROUTE_LISTS: Final = frozenset((0, 2, 4))  # source route, Mobile IPv6, segment routing (whose TLVs are undecoded)
ROUTING: Final = Protocol("ipv6.routing", "IPv6 routing header.", ROUTE, ROUTE_ADDRESSES, ROUTE_BYTES)
FRAGMENT_HEAD: Final = Header(
    NXT,
    Member("reserved_octet", U8, "Reserved."),
    bits(
        ">H",
        Part("offset", 3, 13, doc="Offset of this fragment in 8-byte words."),
        Part("reserved_bits", 1, 2, doc="Reserved."),
        bit("more", 0, "More fragments."),
    ),
    Member("ident", HEX_BE32, "Identification."),
)
FRAGHDR: Final = Protocol("ipv6.fraghdr", "IPv6 fragment header.", FRAGMENT_HEAD)
AUTH: Final = Header(
    Member("next_header", PROTO, "Next header."),
    Member("length", U8, "Length in 4-byte words after the first two."),
    Member("reserved", BE16, "Reserved."),
    Member("spi", HEX_BE32, "Security parameters index."),
    Member("sequence", BE32, "Sequence number."),
    rest=Member("icv", BYTES, "Integrity check value."),
)
AH: Final = Protocol("ah", "IPsec authentication header.", AUTH, AUTH.rest)
ESP_HEAD: Final = Header(Member("spi", HEX_BE32, "Security parameters index."), Member("sequence", BE32, "Sequence number."))
ESP: Final = Protocol("esp", "IPsec encapsulating security payload, never decrypted.", ESP_HEAD)

PROTOCOLS: Final = (IP, IPV6_PACKET, HOPOPTS, DSTOPTS, ROUTING, FRAGHDR, AH, ESP)


def ipv4(walk: Walk, start: int, end: int) -> Next | None:
    """An IPv4 packet; its total length decides where it ends."""
    head = walk.read(IP, IPV4_HEAD, start, end)
    if head is None:
        return None
    data = walk.data
    first, _, total, _, fragment, _, proto, value, src, dst = head
    size = (first & 15) * 4
    if size < IPV4_HEAD.size:
        walk.fault("ip", start, end, f"a header length of {counted(size, 'byte')}")
        return None
    if start + size > end:
        walk.short("ip", start, end, size)
        return None
    nodes = IPV4_HEAD.nodes(data, start)
    path = walk.coming("ip")
    if first >> 4 != 4:
        walk.problem(ProblemKind.OUT_OF_RANGE, f"{path}.version", start, 1, f"version {first >> 4} instead of 4")
    walk.whole, walk.pseudo = not fragment & 0x3FFF, src + dst
    if size > IPV4_HEAD.size:
        options = walk.value(IPV4_OPTIONS, start + IPV4_HEAD.size, start + size, f"{path}.opt")
        nodes.append(options)
        if any(child.children and child.children[0].raw in SOURCE_ROUTES for child in options.children):
            walk.whole = False
    walk.layer(IP, start, nodes)
    if not walk.quoted:
        walk.verify("checksum", value, checksum.expected, data[start : start + size], 10)
    if 0 < total < size:
        walk.problem(ProblemKind.BAD_LENGTH, f"{path}.len", start + 2, 2, f"a length of {total} with a header of {size} bytes")
        total = size
    owner = "eth" if "eth" in walk.names else "ip"
    stop = walk.until(owner, f"{path}.len", start + total, end) if total else end
    return Next("fragment" if fragment & 0x1FFF else "ip.proto", proto, start + size, stop)


def ipv6(walk: Walk, start: int, end: int) -> Next | None:
    """An IPv6 packet; a payload length of 0 (jumbo, segmentation offload) means everything up to the end."""
    head = walk.read(IPV6_PACKET, IPV6_HEAD, start, end)
    if head is None:
        return None
    first, length, proto, _, src, dst = head
    path = walk.coming("ipv6")
    if first >> 28 != 6:
        walk.problem(ProblemKind.OUT_OF_RANGE, f"{path}.version", start, 1, f"version {first >> 28} instead of 6")
    walk.whole, walk.pseudo = True, src + dst
    walk.layer(IPV6_PACKET, start, IPV6_HEAD.nodes(walk.data, start))
    after = start + IPV6_HEAD.size
    owner = "eth" if "eth" in walk.names else "ipv6"
    stop = walk.until(owner, f"{path}.plen", after + length, end) if length or proto == 59 else end
    return Next("ipv6.nxt", proto, after, stop)


def _options(walk: Walk, protocol: Protocol, start: int, end: int) -> Next | None:
    size = (walk.data[start + 1] + 1) * 8 if end - start >= EXTENSION.size else 8
    if end - start < size:
        walk.short(protocol.name, start, end, size)
        return None
    path = f"{walk.coming(protocol.name)}.opt"
    nodes = [*EXTENSION.nodes(walk.data, start), walk.value(IPV6_OPTIONS, start + EXTENSION.size, start + size, path)]
    walk.layer(protocol, start, nodes)
    return Next("ipv6.nxt", walk.data[start], start + size, end)


def hopopts(walk: Walk, start: int, end: int) -> Next | None:
    """Hop-by-hop options."""
    return _options(walk, HOPOPTS, start, end)


def dstopts(walk: Walk, start: int, end: int) -> Next | None:
    """Destination options."""
    return _options(walk, DSTOPTS, start, end)


def routing(walk: Walk, start: int, end: int) -> Next | None:
    """A routing header; while segments are left, the checksum's destination is not the header's."""
    data = walk.data
    size = (data[start + 1] + 1) * 8 if end - start >= EXTENSION.size else 8
    if end - start < size:
        walk.short(ROUTING.name, start, end, size)
        return None
    walk.whole = walk.whole and not data[start + 3]
    path = walk.coming(ROUTING.name)
    nodes = ROUTE.nodes(data, start)
    nodes += walk.filled(ROUTE_ADDRESSES if data[start + 2] in ROUTE_LISTS else ROUTE_BYTES, start + ROUTE.size, start + size, path)
    walk.layer(ROUTING, start, nodes)
    return Next("ipv6.nxt", data[start], start + size, end)


def fraghdr(walk: Walk, start: int, end: int) -> Next | None:
    """A fragment header; what follows a later fragment's is payload."""
    head = walk.read(FRAGHDR, FRAGMENT_HEAD, start, end)
    if head is None:
        return None
    proto, _, fragment, _ = head
    walk.layer(FRAGHDR, start, FRAGMENT_HEAD.nodes(walk.data, start))
    walk.whole = walk.whole and not fragment & 0xFFF9
    return Next("fragment" if fragment & 0xFFF8 else "ipv6.nxt", proto, start + FRAGMENT_HEAD.size, end)


def ah(walk: Walk, start: int, end: int) -> Next | None:
    """An authentication header."""
    size = max((walk.data[start + 1] + 2) * 4, AUTH.size) if end - start >= 2 else AUTH.size
    if end - start < size:
        walk.short("ah", start, end, size)
        return None
    walk.layer(AH, start, walk.filled(AUTH, start, start + size, walk.coming("ah")))
    return Next("ipv6.nxt", walk.data[start], start + size, end)


def esp(walk: Walk, start: int, end: int) -> Next | None:
    """An encrypted payload."""
    if walk.read(ESP, ESP_HEAD, start, end) is None:
        return None
    walk.layer(ESP, start, ESP_HEAD.nodes(walk.data, start))
    return Next("none", 0, start + ESP_HEAD.size, end)
