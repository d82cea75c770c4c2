"""PPPoE with PPP, and GTP-U: subscriber sessions with an IP packet inside."""

from __future__ import annotations

from typing import Final

from ovsdissect.frame.layer import Header, Protocol, bit, bits
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, U8, Hex, Int, Part

PPPOE_CODES: Final = {0: "session", 7: "PADO", 9: "PADI", 0x19: "PADR", 0x65: "PADS", 0xA7: "PADT"}
PPPOE_HEAD: Final = Header(
    bits("B", Part("version", 4, 4, doc="Version."), Part("type", 0, 4, doc="Type.")),
    Member("code", Int("B", PPPOE_CODES), "Code: 0 session, 9 PADI, 7 PADO, 0x19 PADR, 0x65 PADS, 0xa7 PADT."),
    Member("session_id", BE16, "Session."),
    Member("payload_length", BE16, "Length of what follows."),
)
PPPOE: Final = Protocol("pppoe", "PPP over Ethernet, discovery and session.", PPPOE_HEAD)
PPP_PROTOCOLS: Final = {0x21: "ipv4", 0x57: "ipv6", 0x8021: "ipcp", 0x8057: "ipv6cp", 0xC021: "lcp", 0xC023: "pap", 0xC223: "chap"}
PPP_HEAD: Final = Header(Member("protocol", Int(">H", PPP_PROTOCOLS), "Protocol inside."))
PPP_SHORT: Final = Header(Member("protocol", Int("B", PPP_PROTOCOLS), "Protocol inside, in one byte."))
PPP: Final = Protocol("ppp", "Point-to-point protocol.", PPP_HEAD, PPP_SHORT)

GTP_MESSAGES: Final = {
    1: "echo request",
    2: "echo response",
    26: "error indication",
    31: "extension headers",
    254: "end marker",
    255: "T-PDU",
}
T_PDU: Final = 255
GTP_HEAD: Final = Header(
    bits(
        "B",
        Part("flags", 0, 8, doc="Flags."),
        Part("flags.version", 5, 3, doc="Version, 1."),
        Part("flags.payload", 4, 1, doc="1 is GTP, 0 GTP'."),
        bit("flags.reserved", 3, "Reserved."),
        bit("flags.e", 2, "An extension header follows."),
        bit("flags.s", 1, "The sequence number is valid."),
        bit("flags.pn", 0, "The N-PDU number is valid."),
    ),
    Member("message", Int("B", GTP_MESSAGES), "Message: 255 carries a packet (T-PDU)."),
    Member("length", BE16, "Length of what follows the first 8 bytes."),
    Member("teid", BE32, "Tunnel endpoint identifier."),
)
GTP_OPTIONAL: Final = Header(
    Member("seq_number", BE16, "Sequence number."),
    Member("npdu_number", U8, "N-PDU number."),
    Member("ext_hdr.next", Hex("B"), "Type of the extension header that follows, 0 for none."),
)
GTP_EXTENSION: Final = Member("ext_hdr", BYTES, "Extension headers.")
GTP: Final = Protocol("gtp", "GTP-U, the user plane of the GPRS tunnelling protocol.", GTP_HEAD, GTP_OPTIONAL, GTP_EXTENSION)

PROTOCOLS: Final = (PPPOE, PPP, GTP)


def discovery(walk: Walk, start: int, end: int) -> Next | None:
    """PPPoE discovery; its tags stay payload."""
    head = walk.read(PPPOE, PPPOE_HEAD, start, end)
    if head is None:
        return None
    path = f"{walk.coming('pppoe')}.payload_length"
    walk.layer(PPPOE, start, PPPOE_HEAD.nodes(walk.data, start))
    after = start + PPPOE_HEAD.size
    return Next("none", 0, after, walk.until("pppoe", path, after + head[3], end))


def session(walk: Walk, start: int, end: int) -> Next | None:
    """PPPoE in a session, with PPP inside."""
    following = discovery(walk, start, end)
    if following is None:
        return None
    _, _, after, stop = following
    header = PPP_SHORT if after < stop and walk.data[after] & 1 else PPP_HEAD  # RFC 1661, 6.5
    head = walk.read(PPP, header, after, stop)
    if head is None:
        return None
    walk.layer(PPP, after, header.nodes(walk.data, after))
    return Next("ppp.protocol", head[0], after + header.size, stop)


def gtp(walk: Walk, start: int, end: int) -> Next | None:
    """GTP-U (3GPP TS 29.281); the first nibble of the packet inside tells its IP version.

    Other versions, GTP', and fewer bytes than a header stay payload.
    """
    if end - start < GTP_HEAD.size or walk.data[start] >> 4 != 3:
        return Next("none", 0, start, end)
    head = walk.read(GTP, GTP_HEAD, start, end)
    if head is None:
        return None
    flags, message, length, _ = head
    nodes, after, path = GTP_HEAD.nodes(walk.data, start), start + GTP_HEAD.size, f"{walk.coming('gtp')}.length"
    size = GTP_OPTIONAL.size if flags & 7 else 0
    if after + size > end:
        walk.short("gtp", start, end, GTP_HEAD.size + size)
        return None
    if size:
        nodes += GTP_OPTIONAL.nodes(walk.data, after)
        begin = after = after + size
        following = nodes[-1].raw if flags & 4 else 0
        while following and after < end:
            after += walk.data[after] * 4 or end  # the length counts 4-byte words; one of 0 cannot be
            following = walk.data[after - 1] if after <= end else 0
        if after > end:
            walk.short("gtp", start, end, GTP_HEAD.size + size + 4)
            return None
        if after > begin:
            nodes.append(walk.value(GTP_EXTENSION, begin, after, ""))
    walk.layer(GTP, start, nodes)
    stop = walk.until("gtp", path, start + GTP_HEAD.size + length, end) if after <= start + GTP_HEAD.size + length else end
    nibble = walk.data[after] >> 4 if message == T_PDU and after < stop else 0
    return Next("ethertype", {4: 0x0800, 6: 0x86DD}.get(nibble, 0), after, stop)
