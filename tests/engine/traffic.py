"""Messages made of the grammar's rows at random: one structure filled with values again and again, as traffic does it; and spoiled ones."""

from __future__ import annotations

import struct
from functools import cache
from random import Random

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.survey import survey
from ovsdissect.families import FAMILIES, GENL_ID_CTRL, OVS_FAMILIES
from ovsdissect.families.registry import Announcement, Registry
from ovsdissect.grammar import AttrList, AttrSet, Options, Variant, Wire
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import PREFIX, Bits, Enum, Sized, Text
from tests import recorded

IDS = {family.name: 30 + place for place, family in enumerate(OVS_FAMILIES)} | {"nlctrl": GENL_ID_CTRL}
LONGEST = 60_000


def registry() -> Registry:
    """One that knows every family."""
    known = Registry()
    for name, number in IDS.items():
        known.learn(Announcement(name, number))
    return known


@cache
def surveyed(name: str) -> Registry:
    """The ids that a first pass over a recorded capture finds."""
    found = Registry()
    survey(Registries.of(found), recorded.records(name))
    return found


def known(name: str) -> Registry:
    """Those ids, to go on from."""
    return surveyed(name).copy()


def payload(wire: Wire, structure: Random, values: Random, order: ByteOrder, depth: int = 0) -> bytes:
    """A payload of a type: what decides its shape comes of `structure`, the rest of `values`."""
    if isinstance(wire, AttrSet):
        share = 0.5 if depth < 2 else 0.2
        rows = [row for row in wire.rows if structure.random() < share] if depth < 5 else []
        structure.shuffle(rows)
        if wire.ordered:
            rows += [row for row in rows if structure.random() < 0.3]
        return b"".join(attribute(row.number, payload(row.wire, structure, values, order, depth + 1), order, structure) for row in rows)
    if isinstance(wire, MaskedSet):
        return payload(wire.attrs, structure, values, order, depth)
    if isinstance(wire, AttrList):
        count = structure.randrange(3)
        rows = [wire.row(number) for number in range(count)]
        return b"".join(attribute(row.number, payload(row.wire, structure, values, order, depth + 1), order, structure) for row in rows)
    if isinstance(wire, Masked):
        if wire.size is None:
            return values.randbytes(2 * structure.randrange(6))
        return payload(wire.halves[0].wire, structure, values, order) + values.randbytes(wire.size // 2)
    if isinstance(wire, Sized):
        size = structure.choice([*wire.cases] * 9 + [structure.randrange(20)])
        chosen = wire.of(size or 0)
        return values.randbytes(size or 0) if chosen is None else payload(chosen, structure, values, order)
    if isinstance(wire, Options):
        data = b""
        for _ in range(structure.randrange(3)):
            words = structure.randrange(4)
            data += values.randbytes(3) + bytes([words]) + values.randbytes(4 * words)
        return data
    if isinstance(wire, Variant):
        tag = wire.head.members[0].wire
        number = structure.choice([*wire.cases, 0])
        rest = structure.choice([40, (wire.total or 44) - (tag.size or 0)])
        return number.to_bytes(tag.size or 0, order) + values.randbytes(rest)
    if isinstance(wire, Text):
        name = bytes(values.choices(b'eth0"\\\n%\xc3\xbc', k=structure.randrange(8)))
        return name + structure.choice([b"\0"] * 18 + [b"", b"\0\0"])
    if isinstance(wire, Enum) and values.random() < 0.99:
        return wire.packed(values.choice(list(wire.names)), order)
    if isinstance(wire, Bits) and structure.random() < 0.97:
        return wire.packed(values.getrandbits(8 * (wire.size or 0)) & ~wire.reserved, order)
    size = wire.size if wire.size is not None else structure.choice([0, 4, 8, structure.randrange(90)])
    if values.random() < 0.3:
        return bytes(size)
    members = getattr(wire, "members", None)
    return b"".join(payload(member.wire, structure, values, order) for member in members) if members else values.randbytes(size)


def attribute(number: int, data: bytes, order: ByteOrder, structure: Random) -> bytes:
    """One attribute, padded."""
    flags = structure.choice([0, 0, 0, 0x8000, 0x4000])
    data = data[: LONGEST // 4]
    return struct.pack(PREFIX[order] + "HH", 4 + len(data), number | flags) + data + bytes(-len(data) % 4)


def message(structure: Random, values: Random, order: ByteOrder) -> bytes:
    """A message of a random family and command; now and then an error, an acknowledgement or the end of a dump."""
    family = FAMILIES[structure.choice([*IDS, "ovs_packet", "ovs_flow", "ovs_flow"])]
    command = structure.choice(family.commands)
    flags = structure.choice([0, 1, 1, 2, 5, 0x301, structure.getrandbits(12)])
    seq, pid = values.randrange(4), values.randrange(3)
    kind = IDS[family.name]
    if structure.random() < 0.1:
        kind, error = structure.choice([2, 3]), values.choice([0, -22])
        body = struct.pack(PREFIX[order] + "iIHHII", error, 20, IDS["ovs_flow"], 1, seq, pid)
    else:
        body = bytes([command.number if structure.random() < 0.95 else 77, 1, 0, 0])
        body += values.choice([3, 5, -1]).to_bytes(4, order, signed=True) if family.header else b""
        usual = structure.random() < 0.9
        wanted = AttrSet("usual", [row for row in family.attrs.rows if row.name in (command.allowed or family.attrs.by_name)])
        needed = [family.attrs.by_name[name] for name in sorted(command.required)]
        if usual and needed:
            body += b"".join(attribute(row.number, payload(row.wire, structure, values, order, 1), order, structure) for row in needed)
        else:
            body += payload(wanted if usual else family.attrs, structure, values, order)
        if usual and command.to_user is not None:
            flags = flags & ~1 | (not command.to_user)
    return struct.pack(PREFIX[order] + "IHHII", 16 + len(body), kind, flags, seq, pid) + body + bytes(-len(body) % 4)


def record(number: int, data: bytes, order: ByteOrder, protocol: int = 16, *, wire_length: int = 0) -> Record:
    """A record of nlmon."""
    cooked = struct.pack(">HHH8xH", 4, 824, 0, protocol) + data
    return Record(number, 1_700_000_000_123_456_789 + number * 1001, 253, cooked, wire_length or len(cooked), 0, 0, order)


def spoiled(data: bytes, random: Random) -> bytes:
    """The same bytes with a few changed, cut or added."""
    changed = bytearray(data)
    for _ in range(random.randrange(1, 4)):
        if changed:
            changed[random.randrange(len(changed))] = random.choice([0, 1, 4, 255, random.randrange(256)])
    if random.random() < 0.3:
        del changed[random.randrange(len(changed) + 1) :]
    return bytes(changed) + (random.randbytes(random.randrange(20)) if random.random() < 0.2 else b"")


def records(seed: int, order: ByteOrder) -> list[Record]:
    """A short capture: messages of a few structures, each often enough for a plan, some of them spoiled, some several to a record."""
    random = Random(seed)
    made: list[Record] = []
    for _ in range(4):
        structure = random.getrandbits(64)
        for _ in range(6):
            data = b"".join(message(Random(structure + i), random, order) for i in range(random.choice([1, 1, 2])))
            if random.random() < 0.3:
                data = spoiled(data, random)
            protocol = 0 if random.random() < 0.1 else 16
            cut = random.choice([0, 0, 0, 0, len(data) + 60])
            made.append(record(len(made) + 1, data, order, protocol, wire_length=cut))
    return made
