"""The fields of the filter: from a name to what it reads.

They are computed from the rows of the families, the table of the inner frame and the table of headers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from ovsdissect.families import FAMILIES
from ovsdissect.filter import aliases
from ovsdissect.filter.gather import ERROR_ROOT, EXTACK_ROOT, FRAME_NEEDS, PACKET, ROOTS, Found
from ovsdissect.filter.headers import HEADER_FIELDS, HeaderField, command_of, datapath_of
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.types import NONE, UINT, Key, Type
from ovsdissect.grammar import Attr, Variant
from ovsdissect.grammar.fieldnames import OTHERS, Place, every
from ovsdissect.grammar.wire import BYTES, Sized
from ovsdissect.tree.node import UNDECODED, Node

if TYPE_CHECKING:
    from ovsdissect.frame import FrameField

HEADER, ATTRIBUTES, INNER, TREE = range(4)  # the cost of reading a field, cheapest first

UNREAD: Final = ("undecoded", "rest")

_NAME: Final = re.compile("[a-zA-Z][a-zA-Z0-9_.]*")

Places = tuple[tuple[str, Place], ...]  # family, place


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """What a name reads.

    types: those that its values can have. read: returns its values in a message, as (type, raw value).
    places, inner: what a selection must take for it. cost: of reading it.
    source: where its values come from. "header"; "attrs", "request" (echoed) or "error": exactly the values at its places; "numbers": the
    values at its places are among `numbers`; "packet.data", "packet.len", "inner"; "": mixed.
    """

    name: str
    doc: str
    types: tuple[Key, ...]
    read: Callable[[Reading], Iterable[Found]]
    cost: int
    places: tuple[Place, ...] = ()
    inner: tuple[str, ...] = ()
    source: str = ""
    numbers: tuple[int, ...] = ()


@cache
def header_fields() -> Mapping[str, HeaderField]:
    """Return the fields of the message itself, including those of each family's headers, by name."""
    found = {field.name: field for field in HEADER_FIELDS}
    for family in FAMILIES.values():
        own = [command_of(family)] + ([datapath_of(family)] if family.header else [])
        found |= {field.name: field for field in own}
        request = command_of(family, request=True)
        found[f"request.{request.name}"] = request._replace(name=f"request.{request.name}")
    return found


@cache
def attribute_fields() -> Mapping[str, Places]:
    """Return the places of every attribute by name, with the family's name and without."""
    found: dict[str, list[tuple[str, Place]]] = {}
    for family, root in ROOTS.items():
        for place in every(root):
            found.setdefault(f"{family}.{place.name}" if place.name else family, []).append((family, place))
            if place.name:
                found.setdefault(place.name, []).append((family, place))
    return {name: tuple(places) for name, places in found.items()}


@cache
def named(name: str) -> Places:
    """Return the places of one name, as attribute_fields() does, without computing all others."""
    found: list[tuple[str, Place]] = []
    for family, root in ROOTS.items():
        if name == family:
            found.append((family, root))
            continue
        path = name.removeprefix(f"{family}.")
        level = [root]
        for step in path.split("."):
            level = [one for place in level for one in _elements(place.steps.get(step) or place.attribute(step))]
        found += [(family, place) for place in dict.fromkeys(level) if place.name == path]
    return tuple(found)


def _elements(place: Place | None) -> Iterator[Place]:
    """Yield a place and, if it is a list, its elements, which have the same name."""
    while place is not None:
        yield place
        place = place.element


@cache
def error_fields() -> Mapping[str, tuple[Place, ...]]:
    """Return the places of an error's values, by name."""
    found: dict[str, list[Place]] = {}
    for root in (ERROR_ROOT, EXTACK_ROOT):
        for place in every(root):
            found.setdefault(place.name, []).append(place)
    return {name: tuple(places) for name, places in found.items()}


@cache
def inner_fields() -> Mapping[str, FrameField]:
    """Return the fields of the packet inside, by Wireshark's names."""
    from ovsdissect.frame import fields_table

    return {field.name: field for field in fields_table()}


@cache
def words() -> Mapping[str, Places]:
    """Return the places of every name in Open vSwitch's words, which may be mixed with the kernel's names."""
    found: dict[str, list[tuple[str, Place]]] = {}
    names: dict[Place, tuple[str, ...]] = {}

    def spelled(place: Place) -> tuple[str, ...]:
        if place not in names:
            if not place.name:
                return ("",)
            above = place.above[-1]
            if above.element is place:
                names[place] = spelled(above)
            else:
                before = spelled(above)
                step = place.name[len(above.name) + 1 :] if above.name else place.name
                word = aliases.word(place)
                names[place] = tuple(f"{name}.{last}" if name else last for name in before for last in (step, *([word] if word else [])))
        return names[place]

    for family, root in ROOTS.items():
        for place in every(root):
            for name in spelled(place):
                if name and name not in attribute_fields():
                    found.setdefault(name, []).append((family, place))
                    found.setdefault(f"{family}.{name}", []).append((family, place))
    return {name: tuple(places) for name, places in found.items()}


def lookup(name: str) -> Field | None:
    """Return the field with a name, None if there is none; native names win over aliases."""
    if not _NAME.fullmatch(name):
        return None
    header = header_fields().get(name)
    if header is not None:
        return Field(name, header.doc, header.types, header.read, HEADER if header.header else TREE, source="header")
    if name in FAMILIES:
        return _family(name)
    if places := named(name):
        return _attributes(name, places)
    if name in error_fields():
        return _error(name, error_fields()[name])
    if name.startswith("request."):
        bare = name.removeprefix("request.")
        places = named(bare) or words().get(bare, ())
        if places and bare not in FAMILIES:
            return _request(name, places)
        return _request_layer(name, bare) or _undecoded(name)
    return _inner(name) or _undecoded(name) or _alias(name)


def _alias(name: str) -> Field | None:
    if name not in aliases.HEADERS and name in words():
        return _attributes(name, words()[name])
    if name in aliases.ATTRIBUTE_TYPES:
        return _attribute_types(name, aliases.ATTRIBUTE_TYPES[name])
    natives = [field for native in aliases.wireshark(name) if (field := lookup(native)) is not None]
    if not natives:
        return None
    first = natives[0]
    if len(natives) == 1:
        return first
    return Field(
        name,
        first.doc,
        tuple(key for native in natives for key in native.types),
        lambda reading: [found for native in natives for found in native.read(reading)],
        max(native.cost for native in natives),
        tuple(place for native in natives for place in native.places),
        tuple(name for native in natives for name in native.inner),
        first.source if all(native.source == first.source for native in natives) else "",
    )


def keys(place: Place) -> tuple[Key, ...]:
    """Return the types that a place's values can have."""
    if place.part is not None:
        return (place.part,)
    if isinstance(place.wire, Sized):
        return (*place.wire.cases.values(), *([place.wire.other] if place.wire.other else []))
    if isinstance(place.wire, Variant):
        return (place.wire, BYTES)  # bytes that fit no case
    return (place.wire,)


def _family(name: str) -> Field:
    family = FAMILIES[name]
    return Field(
        name, family.doc, (NONE,), lambda reading: ((NONE, None),) if reading.message.declaration is family else (), HEADER, source="header"
    )


def _undecoded(name: str) -> Field | None:
    """Return the field for the bytes of an undecoded value, or for those after the known members of a struct, as the JSON names them."""
    owner, _, last = name.rpartition(".")
    if last not in UNREAD:
        return None
    bare = owner.removeprefix("request.")
    whole = lookup(owner)
    if bare in FAMILIES:
        whole = (_request if bare != owner else _attributes)(owner, named(bare))
    if whole is None or whole.source not in ("attrs", "request", "error"):
        return None
    bytes_too = any(getattr(key, "kind", "") == "bytes" for key in whole.types)

    def read(reading: Reading) -> Iterable[Found]:
        found: list[Found] = []
        for key, raw in whole.read(reading):
            if isinstance(raw, Node):
                rest = raw if key is UNDECODED and last == "undecoded" else raw.child(last)
                if rest is not None:
                    found.append((BYTES, rest.raw))
            elif bytes_too and key is BYTES and last == "undecoded" and isinstance(raw, bytes):
                found.append((BYTES, raw))
        return found

    return Field(name, f"{whole.doc} (bytes that are not decoded)", (BYTES,), read, TREE, whole.places)


def _types(places: Iterable[Place]) -> tuple[Key, ...]:
    return tuple(dict.fromkeys(key for place in places for key in keys(place)))


def _attributes(name: str, places: Places) -> Field:
    by_family: dict[str, tuple[Place, ...]] = {}
    for family, place in places:
        by_family[family] = (*by_family.get(family, ()), place)

    def read(reading: Reading) -> Iterable[Found]:
        family = reading.message.declaration
        mine = by_family.get(family.name) if family is not None else None
        if mine is None:
            return ()
        taken = reading.attrs
        return taken[mine[0]] if len(mine) == 1 else [found for place in mine for found in taken[place]]

    every_place = tuple(place for _, place in places)
    return Field(name, every_place[0].doc, _types(every_place), read, ATTRIBUTES, every_place, source="attrs")


def _request(name: str, places: Places) -> Field:
    def read(reading: Reading) -> Iterable[Found]:
        request = reading.message.request
        family = request.declaration if request and reading.message.kind in ("error", "ack") else None
        if family is None:
            return ()
        return [found for owner, place in places if owner == family.name for found in reading.request[place]]

    every_place = tuple(place for _, place in places)
    return Field(name, f"{every_place[0].doc} (of the echoed request)", _types(every_place), read, TREE, every_place, source="request")


def _error(name: str, places: tuple[Place, ...]) -> Field:
    def read(reading: Reading) -> Iterable[Found]:
        if reading.message.kind not in ("error", "ack", "done"):
            return ()
        return [found for place in places for found in reading.error[place]]

    return Field(name, places[0].doc, _types(places), read, TREE, places, source="error")


def _attribute_types(name: str, sets: tuple[str, ...]) -> Field:
    """Return Wireshark's field for the numbers of a set's attributes."""
    places = [place for set_ in sets for _, place in attribute_fields()[set_]]
    rows = {below: below.row.number for place in places for below in place.steps.values() if isinstance(below.row, Attr)}
    others = dict.fromkeys(other for place in places if (other := place.attribute(OTHERS)) is not None)
    type_ = Type("enum", "number", 14, names={place.row.name: number for place, number in rows.items()})

    def read(reading: Reading) -> Iterable[Found]:
        if reading.message.declaration is None:
            return ()
        taken = reading.attrs
        known = [(type_, number) for place, number in rows.items() for _ in taken[place]]
        return known + [(type_, number) for place in others for _, number in taken[place]]

    doc = "Numbers of the attributes of the set, including those without a name."
    return Field(name, doc, (type_,), read, ATTRIBUTES, (*rows, *others), (), "numbers", tuple(rows.values()))


PACKET_NAMES: Final = ("ovs_packet.packet.", "packet.", "")
DATA_NAMES: Final = ("data", "hex")  # the second is the JSON's name
LENGTH_NAMES: Final = ("len", "length")
PACKET_DATA: Final = "The bytes of the packet."
PACKET_LENGTH: Final = "Number of bytes of the packet in the message."


def _inner(name: str) -> Field | None:
    for prefix in PACKET_NAMES:
        if not name.startswith(prefix):
            continue
        bare = name[len(prefix) :]
        if prefix and bare in DATA_NAMES:
            return _of_packet(name, "packet.data", PACKET_DATA, BYTES, lambda reading, raw: raw)
        if prefix and bare in LENGTH_NAMES:
            return _of_packet(name, "packet.len", PACKET_LENGTH, UINT, _packet_length)
        field = inner_fields().get(bare)
        if field is not None:
            return _layer_field(name, field)
    return None


def _of_packet(name: str, source: str, doc: str, key: Key, value: Callable[[Reading, bytes], Any]) -> Field:
    def read(reading: Reading) -> Iterable[Found]:
        family = reading.message.declaration
        if family is None or family.name != "ovs_packet":
            return ()
        return [(key, value(reading, raw)) for wire, raw in reading.attrs[PACKET] if wire is PACKET.wire]

    return Field(name, doc, (key,), read, ATTRIBUTES, (PACKET,), source=source)


def _of_request_packet(name: str, bare: str) -> Field:
    data = bare in DATA_NAMES

    def read(reading: Reading) -> Iterable[Found]:
        message = reading.message
        echoed = message.root.child("request") if message.kind in ("error", "ack") else None
        attrs = echoed.child("attrs") if echoed else None
        packet = attrs.child("packet") if attrs else None
        if packet is None or packet.wire is not PACKET.wire:
            return ()
        return [(BYTES, packet.raw)] if data else [(UINT, message.declared_length(packet))]

    doc = f"{PACKET_DATA if data else PACKET_LENGTH} (of the echoed request)"
    return Field(name, doc, (BYTES if data else UINT,), read, TREE, source="request inner")


def _packet_length(reading: Reading, raw: bytes) -> int:
    message = reading.message
    if message.frame.end <= len(message.data):
        return len(raw)
    node = message.attrs.child("packet") if message.attrs else None
    return message.declared_length(node) if node is not None else len(raw)


def _layer_field(name: str, field: FrameField) -> Field:
    names = field.stands_for or (field.name,)

    def read(reading: Reading) -> Iterable[Found]:
        family = reading.message.declaration
        if family is None or family.name != "ovs_packet":
            return ()
        packet = reading.packet
        return packet[names[0]] if len(names) == 1 else [found for other in names for found in packet[other]]

    return Field(name, field.doc, _layer_types(names), read, INNER, FRAME_NEEDS, names, "inner")


def _layer_types(names: Iterable[str]) -> tuple[Key, ...]:
    owners = [inner_fields()[name] for name in names]
    return tuple(dict.fromkeys(key for owner in owners for key in (owner.part or owner.wire, *owner.others)))


def _request_layer(name: str, bare: str) -> Field | None:
    """Return a field of the packet in the request that an error echoes."""
    own = next((bare.removeprefix(prefix) for prefix in PACKET_NAMES[:2] if bare.startswith(prefix)), "")
    if own in DATA_NAMES or own in LENGTH_NAMES:
        return _of_request_packet(name, own)
    plain = (bare.removeprefix(prefix) for prefix in PACKET_NAMES if bare.startswith(prefix))
    field = next((found for one in plain if (found := inner_fields().get(one)) is not None), None)
    if field is None:
        return None
    names = field.stands_for or (field.name,)

    def read(reading: Reading) -> Iterable[Found]:
        return [found for other in names for found in reading.request_packet[other]]

    return Field(name, f"{field.doc} (of the echoed request)", _layer_types(names), read, TREE, inner=names, source="request inner")
