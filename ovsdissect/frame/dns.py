"""DNS (RFC 1035) over UDP and TCP, mDNS (RFC 6762) and LLMNR (RFC 4795).

The header, the questions, and the records of the other three sections in one list.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from ovsdissect.frame.layer import DATA, Header, Items, Protocol, bit, bits
from ovsdissect.frame.walk import Next, Walk
from ovsdissect.grammar.compound import Member
from ovsdissect.grammar.wire import BE16, BE32, BYTES, IPV4, IPV6, TEXT, Hex, Int, Part
from ovsdissect.tree.node import Node

TYPES: Final = {
    1: "A",
    2: "NS",
    5: "CNAME",
    6: "SOA",
    12: "PTR",
    13: "HINFO",
    15: "MX",
    16: "TXT",
    28: "AAAA",
    33: "SRV",
    35: "NAPTR",
    39: "DNAME",
    41: "OPT",
    43: "DS",
    46: "RRSIG",
    47: "NSEC",
    48: "DNSKEY",
    50: "NSEC3",
    52: "TLSA",
    64: "SVCB",
    65: "HTTPS",
    251: "IXFR",
    252: "AXFR",
    255: "ANY",
    257: "CAA",
}
RCODES: Final = {
    0: "no error",
    1: "FORMERR",
    2: "SERVFAIL",
    3: "NXDOMAIN",
    4: "NOTIMP",
    5: "REFUSED",
    6: "YXDOMAIN",
    8: "NXRRSET",
    9: "NOTAUTH",
}
OPCODES: Final = {0: "query", 1: "inverse query", 2: "status", 4: "notify", 5: "update"}

FLAGS: Final = {
    part.name: part
    for part in (
        Part("flags", 0, 16, doc="Flags, operation and result."),
        bit("flags.response", 15, "A response."),
        Part("flags.opcode", 11, 4, doc="Operation: 0 query, 4 notify, 5 update."),
        bit("flags.authoritative", 10, "The server is an authority for the name."),
        bit("flags.truncated", 9, "The message was truncated."),
        bit("flags.recdesired", 8, "Recursion is desired."),
        bit("flags.recavail", 7, "Recursion is available."),
        bit("flags.z", 6, "Reserved."),
        bit("flags.authenticated", 5, "The answer was authenticated (DNSSEC)."),
        bit("flags.checkdisable", 4, "Unauthenticated data is acceptable."),
        Part("flags.rcode", 0, 4, doc="Result: 0 no error, 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED."),
    )
}
# LLMNR has other flags where DNS has those of authority and recursion (RFC 4795, 2.1.1)
LINK_FLAGS: Final = {name: FLAGS[name] for name in ("flags", "flags.response", "flags.opcode", "flags.truncated", "flags.rcode")} | {
    "flags.conflict": bit("flags.conflict", 10, "Several hosts have the name (LLMNR)."),
    "flags.tentative": bit("flags.tentative", 8, "Whether the name is the sender's alone is not known yet (LLMNR)."),
}
ID: Final = Member("id", Hex(">H"), "Transaction.")
COUNTS: Final = (
    Member("count.queries", BE16, "Number of questions."),
    Member("count.answers", BE16, "Number of answers."),
    Member("count.auth_rr", BE16, "Number of records of authorities."),
    Member("count.add_rr", BE16, "Number of additional records."),
)
HEAD: Final = Header(ID, bits(">H", *FLAGS.values()), *COUNTS)
LINK_HEAD: Final = Header(ID, bits(">H", *LINK_FLAGS.values()), *COUNTS)
LENGTH: Final = Header(Member("length", BE16, "Length of the message behind it, over TCP."))
TYPE: Final = Member("type", Int(">H", TYPES), "Type.")
CLASS: Final = Member("class", BE16, "Class, 1 for the Internet.")
NAME: Final = Member("name", TEXT, "Name.")
VALUE: Final = (Member("ttl", BE32, "Seconds."), Member("len", BE16, "Length of the data."))
QUESTION: Final = Header(TYPE, CLASS, rest=NAME)
RECORD: Final = Header(TYPE, CLASS, *VALUE, rest=NAME)
# mDNS uses the upper bit of classes (RFC 6762, 18.12 and 18.13)
LOCAL_CLASS: Final = Part("class", 0, 15, doc=CLASS.doc)
LOCAL_QUESTION: Final = Header(TYPE, bits(">H", LOCAL_CLASS, bit("qu", 15, "A unicast response is preferred (mDNS).")), rest=NAME)
LOCAL_RECORD: Final = Header(
    TYPE, bits(">H", LOCAL_CLASS, bit("cache_flush", 15, "Older records of the name are outdated (mDNS).")), *VALUE, rest=NAME
)
A: Final = Member("a", IPV4, "Address.")
AAAA: Final = Member("aaaa", IPV6, "Address.")
NAMES: Final = {
    2: Member("ns", TEXT, "Name of an authoritative server."),
    5: Member("cname", TEXT, "Canonical name."),
    12: Member("ptr.domain_name", TEXT, "Name for an address."),
}


def _measure(head: tuple[Any, ...]) -> tuple[int, int]:
    """Raise an error: names contain their own lengths, so dns() reads the lists itself."""
    raise NotImplementedError


DATA_OF: Final = {1: Header(A), 28: Header(AAAA), **{k: Header(rest=m) for k, m in NAMES.items()}}


def _lists(question: Header, record: Header) -> tuple[Member, Member]:
    """The questions and the records of a message."""
    return (
        Member("qry", Items(question, _measure), "Questions."),
        Member("resp", Items(record, _measure, DATA_OF), "Answers, authorities and additional records."),
    )


class Form(NamedTuple):
    """The layout of a message: its header, its questions and its records. word: its name in a summary."""

    word: str
    protocol: Protocol
    head: Header
    questions: Member
    records: Member


def _form(word: str, doc: str, head: Header, question: Header, record: Header, before: tuple[Header, ...] = ()) -> Form:
    lists = _lists(question, record)
    return Form(word, Protocol("dns", doc, *before, head, *lists), head, *lists)


DNS: Final = _form("DNS", "Domain name system.", HEAD, QUESTION, RECORD)
STREAM: Final = _form("DNS", "DNS over TCP.", HEAD, QUESTION, RECORD, (LENGTH,))
LOCAL: Final = _form("mDNS", "Multicast DNS.", HEAD, LOCAL_QUESTION, LOCAL_RECORD)
LINK: Final = _form("LLMNR", "Link-local multicast name resolution.", LINK_HEAD, QUESTION, RECORD)
FORMS: Final = (DNS, STREAM, LOCAL, LINK)
PROTOCOLS: Final = tuple(form.protocol for form in FORMS)
PORT: Final = 53
MOST: Final = 255  # bytes of a name
# RFC 4343, 2.1: dots in labels, and unprintable characters
ESCAPED: Final = {byte: b"\\%03d" % byte for byte in range(256) if not 0x21 <= byte < 0x7F} | {46: b"\\.", 92: b"\\\\"}


class Name(NamedTuple):
    """A name: its text, and the number of bytes at its position."""

    text: bytes
    length: int


def name(data: bytes, at: int, start: int, end: int) -> Name | None:
    """Return the name at an offset of the message start .. end, following pointers; None if it is invalid (RFC 1035, 4.1.4)."""
    labels: list[bytes] = []
    place, length, total = at, 0, 0
    while place < end:
        size = data[place]
        if size >= 0xC0:
            if place + 2 > end:
                return None
            length = length or place + 2 - at
            target = start + ((size & 0x3F) << 8 | data[place + 1])
            if target >= place:  # pointers lead backwards, so they end
                return None
            place = target
        elif size >= 0x40 or place + 1 + size > end:
            return None
        elif not size:
            return Name(b".".join(labels) or b"<Root>", length or place + 1 - at)
        else:
            label = data[place + 1 : place + 1 + size]
            labels.append(b"".join(ESCAPED.get(byte, bytes((byte,))) for byte in label))
            total += size + 1
            place += size + 1
            if total > MOST:
                return None
    return None


def dns(walk: Walk, start: int, end: int) -> Next | None:
    """A DNS message in a datagram."""
    return _message(walk, DNS, start, start, end)


def local(walk: Walk, start: int, end: int) -> Next | None:
    """A message of mDNS."""
    return _message(walk, LOCAL, start, start, end)


def link(walk: Walk, start: int, end: int) -> Next | None:
    """A message of LLMNR."""
    return _message(walk, LINK, start, start, end)


def stream(walk: Walk, start: int, end: int) -> Next | None:
    """Read a DNS message that begins and ends in this segment, preceded by its length (RFC 1035, 4.2.2); more of them may follow."""
    if end - start < LENGTH.size:
        return Next("none", 0, start, end)
    at = start + LENGTH.size
    after = at + LENGTH.unpack(walk.data, start)[0]
    if after > end or _message(walk, STREAM, start, at, after).start != after:
        return Next("none", 0, start, end)
    return Next("tcp.port", PORT, after, end)


def _message(walk: Walk, form: Form, before: int, start: int, end: int) -> Next:
    """Read a message. A port proves nothing: unless it holds exactly the items that its header counts, all of it is payload.

    before: where the layer begins.
    """
    payload = Next("none", 0, before, end)
    if end - start < form.head.size:
        return payload
    data = walk.data
    counts = form.head.unpack(data, start)[2:]
    nodes = [*(LENGTH.nodes(data, before) if before < start else ()), *form.head.nodes(data, start)]
    at = start + form.head.size
    for member, count in ((form.questions, counts[0]), (form.records, sum(counts[1:]))):
        items: list[Node] = []
        begin = at
        while len(items) < count and at < end:
            item = _item(data, member, len(items), at, start, end)
            if item is None:
                return payload
            items.append(item)
            at += item.length
        if len(items) < count:
            return payload
        if items:
            nodes.append(Node(member.name, member, member.wire, begin, at - begin, None, tuple(items)))
    if at < end:
        return payload
    walk.layer(form.protocol, before, nodes)
    return Next("none", 0, at, end)


def _item(data: bytes, member: Member, place: int, at: int, start: int, end: int) -> Node | None:
    """Return a question or a record; None if it is incomplete."""
    wire = member.wire
    assert isinstance(wire, Items)
    header, found = wire.head, name(data, at, start, end)
    if found is None or at + found.length + header.size > end:
        return None
    after = at + found.length
    nodes = [Node("name", NAME, TEXT, at, found.length, found.text), *header.nodes(data, after)]
    after += header.size
    if wire.cases:
        kind, size = nodes[1].raw, nodes[4].raw
        if after + size > end:
            return None
        if size:
            nodes.append(_data(data, kind, after, size, start, end))
        after += size
    element = wire.element
    return Node(f"[{place}]", element, element.wire, at, after - at, None, tuple(nodes))


def _data(data: bytes, kind: int, at: int, size: int, start: int, end: int) -> Node:
    """Return the data of a record."""
    raw = data[at : at + size]
    if kind == 1 and size == 4:
        return Node("a", A, IPV4, at, size, raw)
    if kind == 28 and size == 16:
        return Node("aaaa", AAAA, IPV6, at, size, raw)
    if kind in NAMES:
        found = name(data, at, start, end)
        if found is not None and found.length == size:
            return Node(NAMES[kind].name, NAMES[kind], TEXT, at, size, found.text)
    return Node("data", DATA, BYTES, at, size, raw)
