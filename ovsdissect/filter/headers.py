"""The fields of the message itself: its position, time, headers, request, problems, and Open vSwitch's text.

A table; each row says how its field is read. `header` marks those that need no tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from ovsdissect.dissect.message import Message
from ovsdissect.dissect.subject import NO_PORT, datapath_name, dp_ifindex, told_port
from ovsdissect.families import FAMILIES
from ovsdissect.filter.ports import NamedNumber
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.told import FIELDS as TOLD_FIELDS
from ovsdissect.filter.told import reader
from ovsdissect.filter.types import DURATION, TEXT, TIME, UINT, Key, Type
from ovsdissect.grammar import Family
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import FLAG_NAMES, NLM_F_DUMP, NLMSGHDR_LEN, PROTOCOLS
from ovsdissect.problem import ProblemKind

Found = tuple[Key, Any]
ANSWERS: Final = ("error", "ack", "done")


class HeaderField(NamedTuple):
    """A field of the message: its name, description and types, and how it is read; `header`: readable without the tree."""

    name: str
    doc: str
    types: tuple[Type, ...]
    read: Callable[[Reading], Iterable[Found]]
    header: bool = True


def words(*names: str, open_: bool = False) -> Type:
    """Return the type of a text that is one of these words, or any other if open_ is set."""
    return Type("text", "text", words=names, open=open_)


def number(bits: int, names: dict[str, int] | None = None, *, signed: bool = False) -> Type:
    """Return the type of a number in a header; with names it is shown by name."""
    return Type("enum" if names else "int" if signed else "uint", "number", bits, signed, names or {})


NAME: Final = Type("text", "text")
U8, U16, U32, S32 = number(8), number(16), number(32), number(32, signed=True)
DIRECTION: Final = words("to-kernel", "to-user")
KIND: Final = words("message", "error", "ack", "done", "noop", "overrun", "record")
FAMILY: Final = words(*FAMILIES, open_=True)
PROTOCOL: Final = number(16, {name: value for value, name in PROTOCOLS.items()})
PROBLEM: Final = words(*ProblemKind)
ERROR_NAME: Final = words(*(name for name, _ in errno.ERRORS.values()), open_=True)

# the words of nlmsg_flags depend on the kind of message; a dump is two of the bits of a get
FLAGS: Final = {
    kind: Type(
        "flags", "number", 16, names={name: bit for bit, name in wire.names.items()} | ({"dump": NLM_F_DUMP} if kind == "get" else {})
    )
    for kind, wire in FLAG_NAMES.items()
}

COMMANDS: Final = {name: number(8, {command.name: command.number for command in family.commands}) for name, family in FAMILIES.items()}


def _plain(type_: Type, read: Callable[[Message], Any]) -> Callable[[Reading], Iterable[Found]]:
    """Return a reader of one value of a message, which may be absent."""

    def found(reading: Reading) -> Iterable[Found]:
        value = read(reading.message)
        return () if value is None else ((type_, value),)

    return found


def _nlmsg(type_: Type, read: Callable[[Message], Any]) -> Callable[[Reading], Iterable[Found]]:
    """Return a reader of one value of the nlmsghdr, which a record without messages lacks."""

    def found(reading: Reading) -> Iterable[Found]:
        message = reading.message
        return () if message.number is None else ((type_, read(message)),)

    return found


def field(
    name: str, type_: Type, read: Callable[[Message], Any], doc: str, *, header: bool = True, of_nlmsg: bool = False
) -> HeaderField:
    """Return the table row of one value."""
    return HeaderField(name, doc, (type_,), (_nlmsg if of_nlmsg else _plain)(type_, read), header)


def _noted(read: Callable[[Message], tuple[str, ...]]) -> Callable[[Reading], Iterable[Found]]:
    """Return a reader of texts that the capture stores with a record."""
    return lambda reading: [(TEXT, text) for text in read(reading.message)]


def _flags(reading: Reading) -> Iterable[Found]:
    message = reading.message
    return () if message.number is None else ((FLAGS[message.flag_kind], message.frame.flags),)


def _command(reading: Reading) -> Iterable[Found]:
    message = reading.message
    if message.kind in ANSWERS:
        return _requested(reading)
    return ((COMMANDS[message.declaration.name], message.command.number),) if message.declaration and message.command else ()


def _requested(reading: Reading) -> Iterable[Found]:
    request = reading.message.request
    return ((COMMANDS[request.declaration.name], request.command.number),) if request and request.declaration and request.command else ()


def command_of(family: Family, *, request: bool = False) -> HeaderField:
    """Return the field for the command of one family: of its messages, or of the requests that others answer."""
    type_ = COMMANDS[family.name]

    def read(message: Message) -> int | None:
        asked = message.request if request else message
        return asked.command.number if asked is not None and asked.declaration is family and asked.command else None

    what = "Command of the request." if request else "Command."
    return field(f"{family.name}.cmd", type_, read, what)


def datapath_of(family: Family) -> HeaderField:
    """Return the field for the datapath of one family's messages."""

    def read(message: Message) -> int | None:
        return message.dp_ifindex if message.declaration is family else None

    return field(f"{family.name}.dp_ifindex", S32, read, "Datapath: interface index of its local port.")


def _relative(reading: Reading) -> Iterable[Found]:
    time, start = reading.message.time_ns, reading.start_ns
    return () if time is None or start is None else ((DURATION, time - start),)


def _problems(type_: Type, read: Callable[[Any], str]) -> Callable[[Reading], Iterable[Found]]:
    return lambda reading: [(type_, read(problem)) for problem in reading.message.problems]


def _error_number(message: Message) -> int | None:
    value = message.error.get("number") if message.kind in ("error", "ack", "done") else None
    return value if isinstance(value, int) and value else None


def _netlink_error(message: Message) -> int | None:
    value = message.error.get("number") if message.kind in ("error", "ack") else None
    return value if isinstance(value, int) else None


def _error_name(message: Message) -> str | None:
    value = _error_number(message)
    return errno.name(-value) if value else None


def _error_text(message: Message) -> str | None:
    value = _error_number(message)
    return errno.text(-value) if value else None


def _fault_path(message: Message) -> str | None:
    return message.fault_path if message.kind in ("error", "ack") else None


def _missing_path(message: Message) -> str | None:
    return message.missing_path if message.kind in ("error", "ack") else None


def _request_header(name: str) -> Callable[[Reading], Iterable[Found]]:
    def found(reading: Reading) -> Iterable[Found]:
        message = reading.message
        echoed = message.root.child("request") if message.kind in ("error", "ack") else None
        header = echoed.child("nlmsg") if echoed else None
        member = header.child(name) if header else None
        if member is None:
            return ()
        request = message.request
        return ((FLAGS[request.verb(message.protocol) if request else ""] if name == "flags" else U32, member.raw),)

    return found


def _request_member(name: str, type_: Type) -> Callable[[Reading], Iterable[Found]]:
    """Return a reader of one value in the genlmsghdr, or in the family's header, of the echoed request."""

    def found(reading: Reading) -> Iterable[Found]:
        message = reading.message
        echoed = message.root.child("request") if message.kind in ("error", "ack") else None
        heads = [node for node in echoed.children if not node.name] if echoed else []  # genlmsghdr, the family's header
        found = (member for head in heads for member in head.children if member.name == name and isinstance(member.raw, int))
        return [(type_, member.raw) for member in found]

    return found


def _reserved(message: Message) -> int | None:
    at = message.frame.offset + NLMSGHDR_LEN + 2
    return int.from_bytes(message.data[at : at + 2], message.byteorder) if message.command else None


def _port(reading: Reading) -> Iterable[Found]:
    told = told_port(reading.message)
    if told is None:
        return ()
    if told.number is None:
        return ((NAME, told.name),)
    return ((U32, NamedNumber(told.number, "none" if told.number == NO_PORT else told.name)),)


def _datapath(reading: Reading) -> Iterable[Found]:
    number = dp_ifindex(reading.message)
    return () if not number else ((S32, NamedNumber(number, datapath_name(reading.message))),)


def _summary(message: Message) -> str | None:
    text = getattr(message, "summary", None)
    return text if isinstance(text, str) else None


def _odp(name: str) -> Callable[[Message], str | None]:
    def read(message: Message) -> str | None:
        if message.kind != "message" and name != "line":
            return None  # the texts of an error are those of the request that it echoes
        texts = getattr(message, "odp", None)
        text = getattr(texts, name, None)
        return text if isinstance(text, str) else None

    return read


_NLMSG: Final = {
    "len": "Length of the message, including its header.",
    "type": "Type; for generic netlink the id of the family.",
    "flags": "Flags; their names depend on the kind of message.",
    "seq": "Sequence number.",
    "pid": "Netlink port id of the sender; in an answer, of the requester.",
}

HEADER_FIELDS: Final = (
    field("number", UINT, lambda m: m.number, "Number of the message in the capture, from 1."),
    field("record", UINT, lambda m: m.record, "Number of the record in the capture: Wireshark's frame number."),
    field("index", UINT, lambda m: m.index, "Position of the message in its record, from 0."),
    field("time", TIME, lambda m: m.time_ns, "When it was captured."),
    HeaderField("time_relative", "Seconds since the capture's first message.", (DURATION,), _relative),
    field("direction", DIRECTION, lambda m: m.direction, "to-kernel for a request, else to-user.", of_nlmsg=True),
    field("kind", KIND, lambda m: m.kind, "Kind of netlink message; record: bytes outside of any message."),
    field("protocol", PROTOCOL, lambda m: m.protocol, "Netlink protocol."),
    field("family", FAMILY, lambda m: m.family, "Generic netlink family, decoded or not; for an error, ACK or DONE, that of its request."),
    HeaderField("cmd", "Command of the family; for an error, ACK or DONE, that of its request.", tuple(COMMANDS.values()), _command),
    field("version", U8, lambda m: m.version, "Version of the family that the sender uses."),
    field("reserved", U16, _reserved, "Reserved bytes of struct genlmsghdr, 0."),
    field("dp_ifindex", S32, lambda m: m.dp_ifindex, "Datapath: interface index of its local port."),
    HeaderField("datapath", "Datapath by number or name; for an answer, that of its request.", (S32,), _datapath),
    HeaderField("port", "Vport, or port in key.in_port, by number or name; for an answer, that of its request.", (U32, NAME), _port, False),
    field("summary", TEXT, _summary, "Summary of the message, as in `list`.", header=False),
    field("nlmsg", Type("none", "none"), lambda m: m.frame, "The netlink message header.", of_nlmsg=True),
    field("nlmsg.len", U32, lambda m: m.frame.length, _NLMSG["len"], of_nlmsg=True),
    field("nlmsg.type", U16, lambda m: m.frame.type, _NLMSG["type"], of_nlmsg=True),
    HeaderField("nlmsg.flags", _NLMSG["flags"], tuple(FLAGS.values()), _flags),
    field("nlmsg.seq", U32, lambda m: m.frame.seq, _NLMSG["seq"], of_nlmsg=True),
    field("nlmsg.pid", U32, lambda m: m.frame.pid, _NLMSG["pid"], of_nlmsg=True),
    field("frame.len", UINT, lambda m: m.wire_length, "Bytes of the record as it was sent."),
    field("frame.cap_len", UINT, lambda m: len(m.data), "Bytes of the record that were captured."),
    field("frame.interface_id", UINT, lambda m: m.interface, "Index of the interface on which the record was captured."),
    field("frame.interface_name", TEXT, lambda m: m.interface_name, "Name of that interface, if the capture contains it."),
    HeaderField("frame.comment", "Comment on the record in the capture.", (TEXT,), _noted(lambda m: m.comments)),
    field("frame.drop_count", UINT, lambda m: m.lost, "In the first message of a record: how many records were lost before it."),
    HeaderField("frame.link_error", "Link-layer error that the capture reports for the record.", (TEXT,), _noted(lambda m: m.link_errors)),
    field("error.name", ERROR_NAME, _error_name, "Name of the error: EINVAL.", header=False),
    field("netlink.error", S32, _netlink_error, "Wireshark's name for error.number, except at the end of a dump.", header=False),
    field("error.text", TEXT, _error_text, "Text of the error: Invalid argument.", header=False),
    field("error.path", TEXT, _fault_path, "Path of the attribute in the request that the kernel blames.", header=False),
    field("error.missing", TEXT, _missing_path, "Path of the attribute that the request lacks, according to the kernel.", header=False),
    field("request", Type("none", "none"), lambda m: m.request, "The request that this message answers."),
    field("request.number", UINT, lambda m: m.request and m.request.number, "Number of the request that this message answers."),
    field(
        "request.family",
        FAMILY,
        lambda m: m.request.family if m.request else None,
        "Family of the request that this message answers.",
    ),
    HeaderField("request.cmd", "Command of the request that this message answers.", tuple(COMMANDS.values()), _requested),
    *(
        HeaderField(
            f"request.nlmsg.{name}",
            f"{doc} (of the echoed request)",
            tuple(FLAGS.values()) if name == "flags" else (U32,),
            _request_header(name),
            False,
        )
        for name, doc in _NLMSG.items()
    ),
    *(
        HeaderField(f"request.{name}", f"{doc} (of the echoed request)", (type_,), _request_member(name, type_), False)
        for name, type_, doc in (
            ("version", U8, "Version of the family that the sender uses."),
            ("reserved", U16, "Reserved bytes of struct genlmsghdr, 0."),
            ("dp_ifindex", S32, "Datapath: interface index of its local port."),
        )
    ),
    HeaderField("problem", "What is wrong with the message.", (TEXT,), _problems(TEXT, lambda p: str(p.kind)), False),
    HeaderField("problem.kind", "Kind of a problem.", (PROBLEM,), _problems(PROBLEM, lambda p: str(p.kind)), False),
    HeaderField("problem.path", "Path of the value that a problem is about.", (TEXT,), _problems(TEXT, lambda p: str(p.path)), False),
    HeaderField("problem.text", "Description of the problem.", (TEXT,), _problems(TEXT, lambda p: str(p.text)), False),
    *(field(told.name, told.type, reader(told.name), told.doc, header=False) for told in TOLD_FIELDS),
    field("odp.key", TEXT, _odp("key"), "Flow key as Open vSwitch prints it.", header=False),
    field("odp.mask", TEXT, _odp("mask"), "Mask as Open vSwitch prints it.", header=False),
    field("odp.flow", TEXT, _odp("flow"), "Key and mask as ovs-dpctl dump-flows prints them.", header=False),
    field("odp.actions", TEXT, _odp("actions"), "Actions as Open vSwitch prints them.", header=False),
    field("odp.line", TEXT, _odp("line"), "The line that Open vSwitch logs or prints for the message.", header=False),
)
