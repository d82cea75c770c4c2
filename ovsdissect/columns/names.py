"""The tables and their columns: a column for each field, under the name that filters and the JSON use.

The columns of messages are made from the grammar's rows, those of findings from the JSON's schemas. No pyarrow is needed here, so the
schema is known without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Final, NamedTuple

from ovsdissect.errors import OvsDissectError
from ovsdissect.families import FAMILIES, OVS_FLOW
from ovsdissect.filter.gather import EXTACK_ROOT, ROOTS
from ovsdissect.grammar.attrs import AttrSet
from ovsdissect.grammar.compound import Array, Member, Struct, Variant
from ovsdissect.grammar.fieldnames import Place
from ovsdissect.grammar.wire import Bits, Enum, Flag, Flags, Hex, Int, Octets, Packet, Part, Sized, Text, Wire, Words
from ovsdissect.grammar.wire import Bytes as BytesWire
from ovsdissect.json.value_schema import NULL
from ovsdissect.netlink.headers import FLAG_NAMES
from ovsdissect.problem import ProblemKind

VERSION: Final = 1  # of the tables; a new column does not change it

# Attributes of a flow key that are in ENCAP, after a VLAN header: __ovs_nla_put_key() puts these after the tag. A second tag, with its
# content, is one column.
BEHIND_TAG: Final = frozenset(
    ("ethertype", "vlan", "ipv4", "ipv6", "ipv6_exthdrs", "arp", "tcp", "tcp_flags", "udp", "sctp", "icmp", "icmpv6", "nd", "mpls")
)
# Attributes with many, rarely used members become one column with their JSON.
WHOLE: Final = frozenset(("error.policy", "egress_tun_key", "key.tunnel.erspan_opts", "key.encap.encap", "mask.encap.encap"))
ADDRESSES: Final = frozenset(("mac", "ipv4", "ipv6"))


class Column(NamedTuple):
    """A column.

    type: bool, int32, uint8 ... uint64, time, text, bytes, enum, flags, json, or a list: `list<uint32>`, `list<text>`; doc: a description.
    words: the known words of an enumeration or flags.
    wire: the type of an attribute's value or a part of it; places: its family, and the names on the way down to it in the JSON's attrs.
    part: the slice of the integer; member: the integer's name if it is in a struct whose slices are beside its members.
    """

    name: str
    type: str
    doc: str
    words: tuple[str, ...] = ()
    wire: Wire | None = None
    places: tuple[tuple[str, tuple[str, ...]], ...] = ()
    part: Part | None = None
    member: str = ""

    @property
    def address(self) -> str | None:
        """The kind of an address that can also be given as bytes: mac, ipv4 or ipv6."""
        return self.wire.kind if isinstance(self.wire, Octets) and self.wire.kind in ADDRESSES else None


_CAPTURE: Final = Column("capture", "enum", "The capture, as its path was given.")
_INTERFACE: Final = Column("interface", "uint32", "Index of the interface on which the message was captured.")
_INTERFACE_NAME: Final = Column("interface_name", "enum", "Name of that interface, if the capture contains it.")
_NUMBER: Final = Column("number", "uint64", "Number of the message in the capture, from 1.")


def _headers() -> Iterator[Column]:
    commands = dict.fromkeys(command.name for family in FAMILIES.values() for command in family.commands)
    flags = dict.fromkeys(name for names in FLAG_NAMES.values() for name in names.numbers)
    yield _CAPTURE
    yield _INTERFACE
    yield _INTERFACE_NAME
    yield Column("kind", "enum", "Kind of netlink message.", ("message", "error", "ack", "done", "noop", "overrun", "record"))
    yield _NUMBER
    yield Column("record", "uint64", "Number of the record in the capture: Wireshark's frame number.")
    yield Column("index", "uint32", "Position of the message in its record, from 0.")
    yield Column("time", "time", "When it was captured, UTC.")
    yield Column("time_ns", "int64", "The same time in nanoseconds since 1970.")
    yield Column("direction", "enum", "to-kernel for a request, else to-user.", ("to-kernel", "to-user"))
    yield Column("nlmsg.len", "uint32", "Length of the message, including its header.")
    yield Column("nlmsg.type", "uint16", "Type; for generic netlink the id of the family.")
    yield Column("nlmsg.flags", "flags", "Flags.", (*flags, "dump"))
    yield Column("nlmsg.seq", "uint32", "Sequence number.")
    yield Column("nlmsg.pid", "uint32", "Netlink port id of the sender; in an answer, of the requester.")
    yield Column("family", "enum", "Generic netlink family; for an error, ACK or DONE, that of its request.", tuple(FAMILIES))
    yield Column("cmd", "enum", "Command; for an error, ACK or DONE, that of its request.", tuple(commands))
    yield Column("version", "uint8", "Version of the family that the sender uses.")
    yield Column("dp_ifindex", "int32", "Datapath: interface index of its local port.")
    yield Column("datapath", "text", "Name of the datapath at the time; for an error, ACK or DONE, that of its request.")
    yield Column("port", "text", "Name of the port that the message is about: the vport itself, or the input port in the key.")
    yield Column("lost", "uint64", "In the first message of a record: how many records the capture reports as lost before it.")
    yield Column("link_errors", "text", "Link-layer errors that the capture reports for the record, one per line.")
    yield Column("comment", "text", "Comments on the record in the capture, one per line.")
    yield Column("protocol", "enum", "Netlink protocol, if it is not generic netlink.")
    yield Column("error.number", "int32", "Negative errno; 0: no error.")
    yield Column("error.name", "enum", "Its name: EINVAL.")
    yield Column("error.text", "enum", "Its text: Invalid argument.")
    yield Column("error.path", "text", "Path of the attribute in the request that the kernel blames.")
    yield Column("error.missing", "text", "Path of the attribute that the request lacks, according to the kernel.")
    yield Column("request.number", "uint64", "Number of the request that the message answers, if it is in the capture.")
    yield Column("request.family", "enum", "Family of that request.", tuple(FAMILIES))
    yield Column("request.cmd", "enum", "Command of that request.", tuple(commands))
    yield Column("request.attrs", "json", "Attributes of that request as far as an error echoes them; its own row has all.")


@cache
def messages() -> Mapping[str, Column]:
    """Return the columns of messages: one row per netlink message."""
    made = {column.name: column for column in _headers()}
    for column in _leaves("", EXTACK_ROOT, ()):
        made[column.name] = column
    found: dict[str, list[Column]] = {}
    for family, root in ROOTS.items():
        for column in _leaves(family, root, ()):
            found.setdefault(column.name, []).append(column)
    for name, columns in found.items():
        if name in made or len({column.type for column in columns}) > 1:
            for column in columns:
                full = f"{column.places[0][0]}.{name}"
                made[full] = column._replace(name=full)
        else:
            made[name] = columns[0]._replace(places=tuple(place for column in columns for place in column.places))
    return made


def _leaves(family: str, place: Place, path: tuple[str, ...]) -> Iterator[Column]:
    """Yield the columns of a place and of what is below it."""
    wire = place.wire

    def made(type_: str, words: tuple[str, ...] = (), part: Part | None = None, *more: str) -> Column:
        where = ((family, (*path, *more)),)
        name = ".".join((*([place.name] if place.name else []), *more))
        member = place.row.name if part is not None and isinstance(place.row, Member) and place.row.inline else ""
        return Column(name, type_, place.doc, words, wire, where, part, member)

    if place.part is not None:
        yield made("bool" if place.part.kind == "bool" else "text" if place.part.kind == "id" else _unsigned(wire), part=place.part)
    elif isinstance(wire, Bits):
        for name, below in place.steps.items():
            yield from _leaves(family, below, (*path, name))
    elif isinstance(wire, Packet):
        yield made("uint32", (), None, "length")._replace(name=f"{place.name}.len")
        yield made("bytes", (), None, "hex")._replace(name=f"{place.name}.data")
    elif isinstance(wire, (Struct, Variant)) or (isinstance(wire, AttrSet) and not wire.ordered):
        if place.name in WHOLE:
            yield made("json")
            return
        tagged = bool(path) and path[-1] == "encap"
        for name, below in place.steps.items():
            deeper = (*path, name)
            if ".".join(deeper) in WHOLE:
                # the field is named after the tag before it: a field covers every depth, a column only one
                yield Column(".".join(deeper), "json", below.doc, (), below.wire, ((family, deeper),))
            elif not tagged or name in BEHIND_TAG:
                yield from _leaves(family, below, deeper)
    else:
        yield made(_type(wire), _words(wire))


def _type(wire: Wire) -> str:
    """Return the type of a value that is not split into more columns."""
    if isinstance(wire, Flag):
        return "bool"
    if isinstance(wire, Enum):
        return "enum"
    if isinstance(wire, Flags):
        return "flags"
    if isinstance(wire, (Hex, Text, Octets, Words, BytesWire)):
        return "text"
    if isinstance(wire, Int):
        return f"int{8 * (wire.size or 0)}" if wire.signed else _unsigned(wire)
    if isinstance(wire, Sized):
        types = {_type(one) for one in (*wire.cases.values(), *([wire.other] if wire.other else []))}
        return types.pop() if types == {"text"} else "json"
    if isinstance(wire, Array) and type(wire.element.wire) is Int and _type(wire.element.wire) == "uint32":
        return "list<uint32>"
    return "json"


def _unsigned(wire: Wire) -> str:
    return f"uint{8 * (wire.size or 0)}"


def _words(wire: Wire) -> tuple[str, ...]:
    return tuple(wire.names.values()) if isinstance(wire, (Enum, Flags)) else ()


# Findings of the analyses: the properties of the JSON's schemas

def _lines(command: str, *kinds: str) -> Mapping[str, Column]:
    """Return the columns of a command's lines: every property of one of the kinds."""
    from ovsdissect.report.schema import schema  # the table of messages does not need it

    lines = schema(command)["$defs"]
    made = {column.name: column for column in (_CAPTURE, _INTERFACE)}
    made["kind"] = Column("kind", "enum", "Kind of row.", kinds)
    for kind in kinds:
        for name, property_ in lines[f"line-{kind}"]["properties"].items():
            if name not in made and name not in ("attrs", "odp"):
                made |= {column.name: column for column in _of_schema(name, property_)}
    return made


def _of_schema(name: str, property_: Mapping[str, Any]) -> Iterator[Column]:
    """Yield the columns of a property: for an object, one for each member."""
    one = next((other for other in property_.get("anyOf", ()) if other != NULL), property_)
    doc = str(property_.get("description") or one.get("description") or "")
    words = tuple(word for word in one.get("enum", ()) if word is not None)
    items = one.get("items", {})
    if one.get("properties"):
        for member, inside in one["properties"].items():
            yield from _of_schema(f"{name}.{member}", inside)
        return
    if name == "time":
        type_ = "time"
    elif name == "dp_ifindex":
        type_ = "int32"
    elif "enum" in one or (one.get("type", "string") == "string" and (name.endswith("error") or name in _WORDS)):
        type_ = "enum"
    elif one.get("type") == "array":
        type_ = "flags" if "enum" in items else "list<uint64>" if items.get("type") == "integer" else "json"
        words = tuple(items.get("enum", ()))
    else:
        type_ = {"boolean": "bool", "integer": _integer(name, one), "string": "text"}.get(str(one.get("type")), "json")
    yield Column(name, type_, doc, words)


def _integer(name: str, one: Mapping[str, Any]) -> str:
    """Return an integer's type; durations and times are signed, so that they can be subtracted everywhere."""
    return "int64" if "ns" in name.replace(".", "_").split("_") or "minimum" not in one else "uint64"


_WORDS: Final = ("family", "cmd", "type")


@cache
def upcalls() -> Mapping[str, Column]:
    """Return the columns of upcalls: one row per MISS and ACTION."""
    return _lines("upcalls", "upcall")


@cache
def flows() -> Mapping[str, Column]:
    """Return the columns of flows: one row per flow that existed or was refused; `deleted` is null for flows that exist at the end."""
    made = dict(_lines("flows", "flow"))
    for name, column in messages().items():
        family = [place for place in column.places if place[0] == OVS_FLOW.name]
        if family and name.split(".")[0] in ("key", "mask", "actions"):
            made[name] = column._replace(places=tuple(family))
    for name, doc in (("flow", "key and mask"), ("actions", "actions"), ("line", "the whole line")):
        made[f"odp.{name}"] = Column(f"odp.{name}", "text", f"As ovs-dpctl dump-flows prints it: {doc}.")
    return made


@cache
def ports() -> Mapping[str, Column]:
    """Return the columns of ports: one row per datapath, port and handler; `kind` says which."""
    return _lines("ports", "datapath", "port", "handler")


@cache
def errors() -> Mapping[str, Column]:
    """Return the columns of errors: one row per group of errors."""
    return _lines("errors", "error_group")


@cache
def problems() -> Mapping[str, Column]:
    """Return the columns of problems: one row per problem of a message, per capture that ends early, per unreadable capture."""
    kinds = (*(str(kind) for kind in ProblemKind), UNREADABLE)
    mine = ("capture", "interface", "number", "record", "time", "time_ns", "family", "cmd")
    made = {name: messages()[name] for name in mine}
    for column in (
        Column("kind", "enum", "Kind of problem.", kinds),
        Column("path", "text", "Path of the value that it is about."),
        Column("offset", "uint32", "Offset of that value in the record."),
        Column("length", "uint32", "Length of that value in bytes."),
        Column("text", "text", "Description of the problem."),
    ):
        made[column.name] = column
    return made


UNREADABLE: Final = "unreadable"  # the problem of a file that is not a capture

TABLES: Final[Mapping[str, Callable[[], Mapping[str, Column]]]] = {
    "messages": messages,
    "upcalls": upcalls,
    "flows": flows,
    "ports": ports,
    "errors": errors,
    "problems": problems,
}


def columns_of(table: str, fields: Iterable[str] | None = None) -> list[Column]:
    """Return the columns of a table, or those with some names in that order. Raises OvsDissectError for an unknown name."""
    if isinstance(fields, str):
        raise TypeError(f"fields is a list of columns, not {fields!r}")
    if table not in TABLES:
        raise OvsDissectError(f"no table {table}; the tables are {', '.join(TABLES)}")
    known = TABLES[table]()
    if fields is None:
        return list(known.values())
    found = []
    for name in fields:
        if name not in known:
            near = get_close_matches(name, known, 1)
            raise OvsDissectError(f"{table} has no column {name}" + (f": did you mean {near[0]}?" if near else ""))
        found.append(known[name])
    return found


def described() -> dict[str, Any]:
    """Return the schema of all tables, for people and scripts."""
    return {
        "version": VERSION,
        "tables": {
            table: [
                {"name": one.name, "type": one.type, "doc": one.doc} | ({"words": list(one.words)} if one.words else {})
                for one in columns().values()
            ]
            for table, columns in TABLES.items()
        },
    }
