"""The catalogue of the filter's fields: name, type, help, other names, words; for `ovsdissect fields`, documentation and completion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ovsdissect.families import FAMILIES
from ovsdissect.filter import aliases
from ovsdissect.filter.fields import attribute_fields, error_fields, header_fields, inner_fields, lookup, words
from ovsdissect.filter.types import Key, type_of
from ovsdissect.grammar import Attr


class FieldInfo(NamedTuple):
    """A field as shown to users.

    name: in full, with the family; short: as usually written in filters. type: uint32, ipv4, flags, set, ...
    aliases: other accepted names. names: words that its values can have. family: "" for fields of the message itself.
    number: the attribute's number in the kernel's header.
    """

    name: str
    short: str
    type: str
    doc: str
    aliases: tuple[str, ...]
    names: tuple[str, ...]
    family: str
    number: int | None = None


@cache
def catalogue() -> Sequence[FieldInfo]:
    """Return every field once, under its full name: the message's, each family's, an error's, the inner packet's."""
    return tuple(_all())


def _all() -> Iterator[FieldInfo]:
    spelled: dict[str, list[str]] = {}
    for alias, places in words().items():
        for family, place in places:
            if not alias.startswith(f"{family}."):
                spelled.setdefault(f"{family}.{place.name}", []).append(alias)
    for name in header_fields():
        yield _info(name, name, name.split(".")[0] if name.split(".")[0] in FAMILIES else "", [])
    for name in error_fields():
        if name not in header_fields():
            yield _info(name, name, "", [])
    for name, places in attribute_fields().items():
        family, place = places[0]
        if name in FAMILIES or name == f"{family}.{place.name}":
            taken = place.name in header_fields() or place.name in error_fields()  # the short name belongs to another field
            yield _info(name, name if taken else place.name or name, family, spelled.get(name, []))
            if name == "ovs_packet.packet":
                for inner in ("data", "len", *inner_fields()):
                    bare = [inner] if inner in inner_fields() else []
                    yield _info(f"ovs_packet.packet.{inner}", f"packet.{inner}", family, bare)
    for alias in aliases.ATTRIBUTE_TYPES:
        yield _info(alias, alias, alias.split(".")[0], [])


def _info(name: str, short: str, family: str, others: list[str]) -> FieldInfo:
    field = lookup(name)
    assert field is not None
    row = field.places[0].row if family and len({place.row for place in field.places}) == 1 and field.places[0].part is None else None
    number = row.number if isinstance(row, Attr) and field.source == "attrs" else None
    others = [*others, *aliases.wireshark_names(name)]
    return FieldInfo(name, short, type_name(field.types), field.doc, tuple(others), tuple(words_of(field.types)), family, number)


def type_name(keys: Iterable[Key]) -> str:
    """Return the types of a field as one word."""
    names: dict[str, None] = {}
    for key in keys:
        type_ = type_of(key)
        kind = type_.kind if type_.group != "none" else str(getattr(key, "kind", "") or "presence")
        if kind == "none":
            kind = "presence"
        if kind in ("uint", "int") and type_.size:
            kind += str(type_.size)
        names[kind] = None
    if len(names) > 1:
        names.pop("list", None)
    return " or ".join(names)


def words_of(keys: Iterable[Key]) -> list[str]:
    """Return the words that values of these types can have."""
    found: dict[str, None] = {}
    for key in keys:
        type_ = type_of(key)
        found |= dict.fromkeys((*type_.names, *type_.words))
    return list(found)
