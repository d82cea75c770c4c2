"""The rows of the grammar as flat integer tables, which the compiled modules interpret. Made at start-up, once for both byte orders.

wires     WIRE integers each: operation, size (-1: any), 1 if always in network byte order, then what the operation needs
rows      ROW integers each: wire, offset and length of its key's JSON text, offset in its struct, attribute number
index     row numbers of sets by attribute number (-1: none), texts of enumerations and flags as pairs, cases of unions as pairs
parts     PART integers each: text of the key, its length, shift, width, 0 uint 1 bool 2 id
commands  COMMAND integers each, see Tables._command()

A wire type without an operation is exported as REFUSE: messages that hold it are left to the tree.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from copy import copy
from functools import cache
from typing import Any, Final

import orjson

from ovsdissect.engine.codes import (
    ARRAY,
    BITS,
    BYTES,
    ENUM,
    FLAG,
    FLAGS,
    HEX,
    INT,
    IPV4,
    IPV6,
    KEYED,
    LABEL,
    LIST,
    MAC,
    MASKED,
    MASKED_SET,
    MAX_ATTRIBUTE,
    OPTIONS,
    PACKET,
    PAD,
    PART,
    REFUSE,
    RESERVE,
    ROW,
    SET,
    SIZED,
    STRUCT,
    TELLS_DATAPATH,
    TELLS_DELETED,
    TELLS_FAMILY,
    TELLS_KEY,
    TELLS_PORT,
    TEXT,
    UINT,
    UUID,
    VARIANT,
    WIRE,
    WORDS,
)
from ovsdissect.families import FAMILIES, NLCTRL, OVS_FLOW, OVS_PACKET
from ovsdissect.grammar import Attr, Command, Family, Member
from ovsdissect.grammar.attrs import AttrList, AttrSet
from ovsdissect.grammar.compound import Array, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import Align, Bits, Bytes, Enum, Flag, Flags, Hex, Int, Label, Octets, Packet, Pad, Sized, Text, Wire, Words
from ovsdissect.netlink import rtnetlink
from ovsdissect.netlink.errno import ERRORS
from ovsdissect.netlink.headers import EXTACK, FLAG_NAMES, NLM_F_MATCH, NLM_F_ROOT, PROTOCOLS

_PART_KINDS: Final = {"uint": 0, "bool": 1, "id": 2}
_SIMPLE: Final[dict[type[Wire], int]] = {
    Label: LABEL,
    Hex: HEX,
    Words: WORDS,
    Flag: FLAG,
    Pad: PAD,
    Align: PAD,
    Text: TEXT,
    Bytes: BYTES,
    Packet: PACKET,
}
_OCTETS: Final = {"ipv4": IPV4, "ipv6": IPV6, "mac": MAC, "uuid": UUID, "bytes": BYTES}
_LONGEST_ENUM: Final = 255
UNDECLARED: Final = Command(-1, "")


class Tables:
    """The tables. families: the number of each decoded family; declared: family and command of each row of `commands`; after them there
    is a row for each family, which stands for all commands that it does not declare; known: family and command of all rows.
    wire(), row() and text() add what other tables need, before the compiled modules take the arrays.
    """

    def __init__(self) -> None:
        self.wires, self.rows, self.index, self.parts = array("i"), array("i"), array("i"), array("i")
        self.commands = array("i")
        self.texts = bytearray(16)
        self._texts: dict[str, tuple[int, int]] = {}
        self._wires: dict[int, int] = {}
        self._rows: dict[int, int] = {}
        self.wire_of: dict[int, Wire] = {}
        self._kept: list[object] = []  # objects known by their id() must stay alive
        plain = Member("", Bytes())
        self.value_row, self.mask_row = (self.row(Member(name, plain.wire)) for name in ("value", "mask"))
        self.flag_wires = {verb: self.wire(wire) for verb, wire in FLAG_NAMES.items()}
        self.dump_wire = self.wire(_dump_flags())
        # by the type of an rtnetlink message
        self.route_flags = array("i", [self.flag_wires[rtnetlink.verb(kind)] for kind in range(max(rtnetlink.SUBJECTS) + 4)])
        self.extack = self.wire(EXTACK)
        self.declared: list[tuple[Family, Command]] = []
        self.families: dict[str, int] = {}
        others = sum(len(family.commands) for family in FAMILIES.values())
        self.by_command = array("h")
        for number, family in enumerate(FAMILIES.values()):
            self.families[family.name] = number
            self.by_command.extend([others + number] * 256)
            for command in family.commands:
                self.by_command[256 * number + command.number] = len(self.declared)
                self.declared.append((family, command))
        self.known = [*self.declared, *((family, UNDECLARED) for family in FAMILIES.values())]
        for family, command in self.known:
            self.commands.extend(self._command(family, command))
        rows = OVS_PACKET.attrs.by_name
        self.packet, self.key = rows["packet"].number, rows["key"].number
        self.action = self.by_command[256 * self.families[OVS_PACKET.name] + OVS_PACKET.by_name["action"].number]
        self.family_of_command = array("i", [self.families[family.name] for family, _ in self.known])
        self.family_texts = array("i", [n for name in self.families for n in self.text(_quoted(name))])
        self.protocols = array("i", bytes(4 * 2 * 64))
        for number, name in PROTOCOLS.items():
            self.protocols[2 * number], self.protocols[2 * number + 1] = self.text(_quoted(name))
        # for each error number: `"name":"EINVAL","text":"..."`
        self.errors = array("i", bytes(4 * 2 * (max(ERRORS) + 1)))
        for number, (name, text) in ERRORS.items():
            self.errors[2 * number], self.errors[2 * number + 1] = self.text(f',"name":{_quoted(name)},"text":{_quoted(text)}')

    def copy(self) -> Tables:
        """The same tables, which other ones can be added to."""
        other = copy(self)
        for name, value in vars(self).items():
            setattr(other, name, copy(value))
        return other

    def text(self, text: str) -> tuple[int, int]:
        """Return the offset and the length of a text, which is added if it is new."""
        if text not in self._texts:
            self._texts[text] = (len(self.texts), len(text.encode()))
            self.texts += text.encode()
        return self._texts[text]

    def finish(self) -> None:
        """Complete the tables: texts are copied in steps that may reach beyond the last one."""
        self.texts += bytes(64)

    def wire(self, wire: Wire) -> int:
        """Return the number of a wire type, which is added if it is new."""
        if id(wire) not in self._wires:
            self._kept.append(wire)
            number = self._wires[id(wire)] = len(self.wires) // WIRE
            self.wire_of[number] = wire
            self.wires.extend((0,) * WIRE)
            op, rest = self._described(wire)
            network = int(wire.code.startswith(">"))
            described = [op, -1 if wire.size is None else wire.size, network, *rest]
            self.wires[number * WIRE : number * WIRE + len(described)] = array("i", described)
        return self._wires[id(wire)]

    def row(self, row: Attr | Member) -> int:
        """Return the number of a row, which is added if it is new."""
        if id(row) not in self._rows:
            self._kept.append(row)
            number = self._rows[id(row)] = len(self.rows) // ROW
            self.rows.extend((0,) * ROW)
            self.rows[number * ROW : (number + 1) * ROW] = array("i", [self.wire(row.wire), *self._key(row), 0, getattr(row, "number", 0)])
        return self._rows[id(row)]

    def _key(self, row: Attr | Member) -> tuple[int, int]:
        inline = isinstance(row, Member) and row.inline
        return (0, 0) if inline else self.text(f"{_quoted(row.name)}:")

    def _members(self, struct: Struct) -> tuple[int, int]:
        """Add the rows of a struct, which are adjacent. Returns the first row's number, and how many there are."""
        made = []
        for member, offset in zip(struct.members, struct.offsets, strict=True):
            wire = self._inline(member.wire) if member.inline else self.wire(member.wire)
            made.append((wire, *self._key(member), offset, 0))
        first = len(self.rows) // ROW
        for member, one in zip(struct.members, made, strict=True):
            self._kept.append(member)
            self._rows.setdefault(id(member), len(self.rows) // ROW)
            self.rows.extend(one)
        return first, len(made)

    def _is_plain(self, wire: Wire) -> bool:
        """Whether all byte strings of its size are values of a wire type."""
        op = self.wires[self.wire(wire) * WIRE]
        return op < SET and op not in (REFUSE, TEXT) and not (isinstance(wire, Enum) and wire.closed)

    def _closed(self, struct: Struct) -> tuple[int, int]:
        """Add the rows of a struct's members whose values must have a name. Returns the first row's number, and how many there are.

        How many is -1 if a member is neither such an enumeration nor accepts any bytes.
        """
        members = zip(struct.members, struct.offsets, strict=True)
        closed = [(member, offset) for member, offset in members if not self._is_plain(member.wire)]
        if not all(isinstance(member.wire, Enum) for member, _ in closed):
            return 0, -1
        first = len(self.rows) // ROW
        for member, offset in closed:
            self.rows.extend((self.wire(member.wire), 0, 0, offset, 0))
        return first, len(closed)

    def _inline(self, wire: Wire) -> int:
        """Return the number of a copy of an integer whose bit-fields are members of the struct themselves."""
        one = self.wire(wire) * WIRE
        number = len(self.wires) // WIRE
        self.wires.extend(self.wires[one : one + WIRE])
        self.wires[number * WIRE + 5] = 1
        self.wire_of[number] = wire
        return number

    def _pairs(self, texts: Iterable[str | None]) -> int:
        """Add texts by number, (0, -1) for None. Returns the index of the first."""
        places = [(0, -1) if text is None else self.text(text) for text in texts]
        first = len(self.index)
        for place in places:
            self.index.extend(place)
        return first

    def _by_number(self, rows: Iterable[Attr]) -> tuple[int, int]:
        """Add row numbers by attribute number. Returns the index of the first, and the last attribute number."""
        made = {row.number: self.row(row) for row in rows}
        last = max(made, default=0)
        if last > MAX_ATTRIBUTE:
            raise ValueError(f"attribute {last} is beyond what the engine's sets of bits hold")
        first = len(self.index)
        self.index.extend(made.get(number, -1) for number in range(last + 1))
        return first, last

    def _cases(self, cases: list[tuple[int, int]]) -> int:
        first = len(self.index)
        for case in cases:
            self.index.extend(case)
        return first

    def _described(self, wire: Wire) -> tuple[int, list[int]]:
        """Return the operation of a wire type and what it needs."""
        kind = type(wire)
        if kind in _SIMPLE:
            return _SIMPLE[kind], []
        if isinstance(wire, AttrSet):
            return SET, [*self._by_number(wire.rows), int(wire.ordered), *self.text(wire.set_name)]
        if isinstance(wire, AttrList):
            return KEYED if wire.keyed else LIST, [self.wire(wire.row(0).wire)]
        if kind is Struct:
            assert isinstance(wire, Struct)
            return STRUCT, [*self._members(wire), *self._closed(wire)]
        if isinstance(wire, Array):
            return ARRAY, [self.wire(wire.element.wire), wire.element.wire.size or 1, int(self._is_plain(wire.element.wire))]
        if isinstance(wire, Options):
            if wire.head.members[-1].wire.size != 1:
                return REFUSE, []
            return OPTIONS, [self.wire(wire.head), self.row(wire.data), wire.head.size or 0, wire.length.shift, wire.length.mask]
        if isinstance(wire, Variant):
            cases = [(tag, self.row(member)) for tag, member in wire.cases.items()]
            return VARIANT, [self.wire(wire.head), self._cases(cases), len(cases), -1 if wire.total is None else wire.total]
        if isinstance(wire, Masked):
            return MASKED, [self.wire(half.wire) for half in wire.halves]
        if isinstance(wire, MaskedSet):
            return MASKED_SET, list(self._by_number(wire.attrs.rows))
        if isinstance(wire, Sized):
            cases = [(size or 0, self.wire(case)) for size, case in wire.cases.items()]
            return SIZED, [self._cases(cases), len(cases), -1 if wire.other is None else self.wire(wire.other)]
        return self._number(wire)

    def _number(self, wire: Wire) -> tuple[int, list[int]]:
        """Return the operation of an integer or an address, and what it needs."""
        if isinstance(wire, Bits):
            # a part's key, its value in quotes, and a comma; "reserved" for bits without a name
            assert sum(len(part.name) + 28 for part in wire.parts) + 40 < RESERVE, wire
            first = len(self.parts) // PART
            for part in wire.parts:
                self.parts.extend((*self.text(f"{_quoted(part.name)}:"), part.shift, part.width, _PART_KINDS[part.kind]))
            return BITS, [first, len(wire.parts), 0]
        if isinstance(wire, Flags):
            texts = [_quoted(wire.value(1 << bit)[0]) for bit in range(8 * (wire.size or 0))]
            assert sum(map(len, texts)) + len(texts) < RESERVE - 64, wire
            return FLAGS, [self._pairs(texts), len(texts)]
        if isinstance(wire, Enum):
            low, high = min(wire.names), max(wire.names)
            if high - low > _LONGEST_ENUM:
                return REFUSE, []
            names = (_quoted(wire.names[number]) if number in wire.names else None for number in range(low, high + 1))
            return ENUM, [self._pairs(names), high - low, int(wire.closed), low, int(wire.signed)]
        if type(wire) is Int:
            return INT if wire.signed else UINT, []
        if isinstance(wire, Octets):
            return _OCTETS.get(wire.kind, REFUSE), []
        return REFUSE, []

    def _command(self, family: Family, command: Command) -> list[int]:
        """Return the COMMAND integers of a command. The texts in JSON of one that is not declared end where its number belongs.

        0, 1    text that begins a message's line with its family, and its length
        2       wire of the attributes
        3       wire of a request's flags
        4, 5    attributes that it uses, 31 bits each; 6, 7: those that it requires
        8       1: only the kernel sends it, 0: only user space, -1: both
        9       1: an upcall
        10, 11  text that names it in the line of its answer, and its length
        12      size of the family's header
        16, 17  the text of its name, and its length
        13      whose name its replies tell (TELLS_...); 14, 15: the attributes of the name or key, and of a port's number
        """

        def bits(names: Iterable[str]) -> tuple[int, int]:
            both = sum(1 << family.attrs.by_name[name].number for name in names)
            return both & 0x7FFFFFFF, both >> 31

        everything = (0x7FFFFFFF, 0x7FFFFFFF)
        name = f'"family":"{family.name}","cmd":"{command.name}'
        rows = family.attrs.by_name
        tells = {"ovs_datapath": TELLS_DATAPATH, "ovs_vport": TELLS_PORT}.get(family.name, 0)
        if tells and command.name == "del":
            tells += TELLS_DELETED
        if family is OVS_FLOW:
            tells = TELLS_KEY
        if family is NLCTRL and command.name in ("newfamily", "delfamily"):
            tells = TELLS_FAMILY
        return [
            *self.text(name if command is UNDECLARED else f'{name}","version":'),
            self.wire(family.attrs),
            self.flag_wires[command.verb],
            *(everything if command.allowed is None else bits(command.allowed)),
            *bits(command.required),
            -1 if command.to_user is None else int(command.to_user),
            int(family is OVS_PACKET and bool(command.to_user)),
            *self.text(name if command is UNDECLARED else f'{name}"'),
            family.header.size or 0 if family.header else 0,
            tells,
            rows["key"].number if tells == TELLS_KEY else rows["name"].number if tells and tells != TELLS_FAMILY else 0,
            rows["port_no"].number if family.name == "ovs_vport" else 0,
            *self.text(command.name),
        ]


@cache
def tables() -> Tables:
    """Return the tables, made once per process."""
    made = Tables()
    made.finish()
    return made


def _dump_flags() -> Flags:
    """Return the flags of a "get" with NLM_F_ROOT and NLM_F_MATCH, without the latter: together they mean "dump"."""
    names = {bit: name for bit, name in FLAG_NAMES["get"].names.items() if bit != NLM_F_MATCH}
    return Flags("H", names | {NLM_F_ROOT: "dump"})


def _quoted(value: Any) -> str:
    return orjson.dumps(value).decode()
