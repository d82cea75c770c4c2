"""TCP, UDP and SCTP. Their content is payload, unless a port indicates a tunnel, control protocol or name service."""

from __future__ import annotations

from typing import Final

from ovsdissect.frame import checksum
from ovsdissect.frame.layer import Header, Items, Protocol, Scaled, bit, bits, repeated
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, HEX_BE32, U8, Int, Part
from ovsdissect.problem import ProblemKind, counted

TCP_PROTO, UDP_PROTO = 6, 17
PORTS: Final = (Member("srcport", BE16, "Source port."), Member("dstport", BE16, "Destination port."))

QUOTED: Final = Header(*PORTS, Member("seq", BE32, "Sequence number."))  # the 8 bytes that an ICMP error quotes at least
TCP_HEAD: Final = Header(
    *QUOTED.members,
    Member("ack", BE32, "Acknowledgment number."),
    bits(
        ">H",
        Scaled("hdr_len", 12, 4, 4, "Length of the header in bytes."),
        Part("flags", 0, 12, doc="All twelve flag bits."),
        Part("flags.res", 9, 3, doc="Reserved."),
        bit("flags.ae", 8, "Accurate ECN (formerly NS)."),
        bit("flags.cwr", 7, "Congestion window reduced."),
        bit("flags.ece", 6, "ECN echo."),
        bit("flags.urg", 5, "Urgent."),
        bit("flags.ack", 4, "Acknowledgment."),
        bit("flags.push", 3, "Push."),
        bit("flags.reset", 2, "Reset."),
        bit("flags.syn", 1, "Synchronize."),
        bit("flags.fin", 0, "Finish."),
    ),
    Member("window_size_value", BE16, "Window, unscaled."),
    Member("checksum", BE16, "Checksum."),
    Member("urgent_pointer", BE16, "Urgent pointer."),
)
SACK_BLOCK: Final = Header(Member("sack_le", BE32, "Left edge."), Member("sack_re", BE32, "Right edge."))
TCP_OPTIONS: Final = Member(
    "options",
    Items(
        Header(Member("kind", U8, "Kind."), Member("len", U8, "Length, including these two bytes.")),
        lambda head: (head[0], head[1]),
        {
            2: Header(Member("mss_val", BE16, "Maximum segment size.")),
            3: Header(Member("wscale.shift", U8, "Window scale shift.")),
            5: Header(rest=repeated("sack", SACK_BLOCK, "Selective acknowledgments.")),
            8: Header(Member("timestamp.tsval", BE32, "Timestamp."), Member("timestamp.tsecr", BE32, "Echoed timestamp.")),
        },
        bare=frozenset((0, 1)),
        last=0,
    ),
    "Options.",
)
TCP: Final = Protocol("tcp", "TCP.", TCP_HEAD, TCP_OPTIONS)

UDP_HEAD: Final = Header(*PORTS, Member("length", BE16, "Length, header included."), Member("checksum", BE16, "Checksum, 0 for none."))
UDP: Final = Protocol("udp", "UDP.", UDP_HEAD)

ANSWERING: Final = frozenset((53, 5353, 5355))  # ports from which servers answer to any port

CHUNK_TYPES: Final = {
    0: "DATA",
    1: "INIT",
    2: "INIT_ACK",
    3: "SACK",
    4: "HEARTBEAT",
    5: "HEARTBEAT_ACK",
    6: "ABORT",
    7: "SHUTDOWN",
    8: "SHUTDOWN_ACK",
    9: "ERROR",
    10: "COOKIE_ECHO",
    11: "COOKIE_ACK",
    14: "SHUTDOWN_COMPLETE",
}
SCTP_HEAD: Final = Header(
    *PORTS, Member("verification_tag", HEX_BE32, "Verification tag."), Member("checksum", HEX_BE32, "CRC-32c of the packet.")
)
INIT: Final = Header(
    Member("init_initiate_tag", HEX_BE32, "Initiate tag."),
    Member("init_credit", BE32, "Receiver window."),
    Member("init_nr_out_streams", BE16, "Outbound streams."),
    Member("init_nr_in_streams", BE16, "Inbound streams."),
    Member("init_initial_tsn", BE32, "Initial TSN."),
)
CHUNKS: Final = Member(
    "chunk",
    Items(
        Header(
            Member("type", Int("B", CHUNK_TYPES), "Type."),
            Member("flags", U8, "Flags."),
            Member("length", BE16, "Length, including the header but not the padding."),
        ),
        lambda head: (head[0], head[2]),
        {
            0: Header(
                Member("data_tsn", BE32, "TSN."),
                Member("data_sid", BE16, "Stream."),
                Member("data_ssn", BE16, "Stream sequence number."),
                Member("data_payload_proto_id", BE32, "Payload protocol."),
            ),
            1: INIT,
            2: INIT,
        },
        align=4,
    ),
    "Chunks.",
)
SCTP: Final = Protocol("sctp", "SCTP.", SCTP_HEAD, CHUNKS)

PROTOCOLS: Final = (TCP, UDP, SCTP)


def tcp(walk: Walk, start: int, end: int) -> Next | None:
    """A TCP segment."""
    if walk.quoted and QUOTED.size <= end - start < TCP_HEAD.size:
        walk.layer(TCP, start, QUOTED.nodes(walk.data, start))
        return Next("none", 0, start + QUOTED.size, end)
    head = walk.read(TCP, TCP_HEAD, start, end)
    if head is None:
        return None
    size = (head[4] >> 12) * 4
    if size < TCP_HEAD.size:
        walk.fault("tcp", start, end, f"a header length of {counted(size, 'byte')}")
        return None
    if start + size > end:
        walk.short("tcp", start, end, size)
        return None
    nodes = TCP_HEAD.nodes(walk.data, start)
    if size > TCP_HEAD.size:
        nodes.append(walk.value(TCP_OPTIONS, start + TCP_HEAD.size, start + size, f"{walk.coming('tcp')}.options"))
    walk.layer(TCP, start, nodes)
    if walk.whole and walk.pseudo:
        walk.verify("checksum", head[6], checksum.expected, walk.data[start:end], 16, walk.pseudo, TCP_PROTO)
    return Next("tcp.port", head[0] if head[0] in ANSWERING else head[1], start + size, end)


def udp(walk: Walk, start: int, end: int) -> Next | None:
    """A UDP datagram; a length of 0 (jumbogram, offload) means everything up to the end.

    The destination port tells what it carries, or the source port if a name service answers.
    """
    head = walk.read(UDP, UDP_HEAD, start, end)
    if head is None:
        return None
    src, dst, length, value = head
    path = f"{walk.coming('udp')}.length"
    walk.layer(UDP, start, UDP_HEAD.nodes(walk.data, start))
    stop = end
    if 0 < length < UDP_HEAD.size:
        walk.problem(ProblemKind.BAD_LENGTH, path, start + 4, 2, f"a length of {length} with a header of {UDP_HEAD.size} bytes")
    elif length and (walk.whole or start + length < end):  # a fragment's length is that of the whole datagram
        stop = walk.until("udp", path, start + length, end)
    if value and walk.whole and walk.pseudo:
        walk.verify("checksum", value, _sent, walk.data[start:stop], walk.pseudo)
    return Next("udp.port", src if src in ANSWERING else dst, start + UDP_HEAD.size, stop)


def _sent(datagram: bytes, pseudo: bytes) -> int:
    """Return the checksum of a UDP datagram: a sum of 0 is sent as 0xffff, because 0 means none (RFC 768)."""
    return checksum.expected(datagram, 6, pseudo, UDP_PROTO) or 0xFFFF


def sctp(walk: Walk, start: int, end: int) -> Next | None:
    """An SCTP packet."""
    head = walk.read(SCTP, SCTP_HEAD, start, end)
    if head is None:
        return None
    data = walk.data
    nodes = SCTP_HEAD.nodes(data, start)
    after = start + SCTP_HEAD.size
    if after < end:
        nodes.append(walk.value(CHUNKS, after, end, f"{walk.coming('sctp')}.chunk"))
    walk.layer(SCTP, start, nodes)
    if walk.whole and not walk.quoted:
        walk.verify("checksum", head[3], checksum.crc32c, data[start : start + 8] + bytes(4) + data[after:end])
    return None
