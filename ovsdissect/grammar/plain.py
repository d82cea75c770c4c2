"""Converts Construct's values to the plain dictionaries and lists that users see, and back: `build` takes the form that the tree shows.

What has no plain form is lost: flag bits other than the row's own, unusual padding, the numbers of unkeyed lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ovsdissect.grammar.attrs import Attr, AttrList, AttrSet, Element, unknown_row
from ovsdissect.grammar.compound import Array, Member, Options, Struct, Variant
from ovsdissect.grammar.masks import Masked, MaskedSet
from ovsdissect.grammar.wire import Bytes, MalformedError, Octets, Pad, Value, Wire


def to_plain(wire: Wire, parsed: Value) -> Value:
    """Return the plain value of the result of `wire.parse()`."""
    if isinstance(wire, AttrSet):
        shown = [element for element in parsed if element.row.wire.kind != "pad"]
        if wire.ordered:
            return [{element.row.name: to_plain(element.row.wire, element.value)} for element in shown]
        return _named((element.row.name, to_plain(element.row.wire, element.value)) for element in shown)
    if isinstance(wire, AttrList):
        values = [(element.row.name, to_plain(element.row.wire, element.value)) for element in parsed]
        return _named(values) if wire.keyed else [value for _name, value in values]
    if isinstance(wire, MaskedSet):
        return _halves(wire, parsed)
    if isinstance(wire, Masked):
        return {half.name: to_plain(half.wire, parsed[half.name]) for half in wire.halves}
    if isinstance(wire, Array):
        return [to_plain(wire.element.wire, value) for value in parsed]
    if isinstance(wire, Options):
        return [dict(option) for option in parsed]
    if isinstance(wire, Variant):
        if isinstance(parsed, bytes):
            return parsed
        return {name: to_plain(member.wire, parsed[name]) if member else parsed[name] for name, member in _parts(wire, parsed)}
    if isinstance(wire, Struct):
        pads = {member.name for member in wire.members if isinstance(member.wire, Pad)}
        return {
            name: to_plain(wire.fields[name].wire, value) if name in wire.fields else value
            for name, value in parsed.items()
            if name not in pads
        }
    return parsed


def from_plain(wire: Wire, value: Value) -> Value:
    """Return the argument for `wire.build()` from a plain value; bytes may also be a hex string, a packet {"hex": ...}, as in JSON.

    Raises MalformedError if a name is not in the grammar, or the value does not have the type's form.
    """
    if isinstance(wire, AttrSet):
        if wire.ordered:
            return [_element(wire, name, one) for action in _list(value) for name, one in _dictionary(action).items()]
        return [_element(wire, name, one) for name, one in _dictionary(value).items()]
    if isinstance(wire, AttrList):
        numbered = _dictionary(value).items() if wire.keyed else (("0", one) for one in _list(value))
        rows = ((wire.row(int(_base(name))), one) for name, one in numbered)
        return [Element(row, 0, from_plain(row.wire, one)) for row, one in rows]
    if isinstance(wire, MaskedSet):
        return _doubled(wire, _dictionary(value))
    if isinstance(wire, Masked):
        given = _dictionary(value)
        return {half.name: from_plain(half.wire, _member(given, half.name)) for half in wire.halves}
    if isinstance(wire, Array):
        return [from_plain(wire.element.wire, one) for one in _list(value)]
    if isinstance(wire, Options):
        return [{name: _bytes(one) if name == "data" else one for name, one in _dictionary(option).items()} for option in _list(value)]
    if isinstance(wire, Variant):
        if isinstance(value, (bytes, str)) or "undecoded" in _dictionary(value):
            return _bytes(value)
        return {name: from_plain(member.wire, value[name]) if member else value[name] for name, member in _parts(wire, _dictionary(value))}
    if isinstance(wire, Struct):
        given = _dictionary(value)
        return {name: from_plain(wire.fields[name].wire, one) if name in wire.fields else one for name, one in given.items()}
    if isinstance(wire, Bytes) or (isinstance(wire, Octets) and wire.kind == "bytes"):
        return _bytes(value)
    return value


def _named(values: Iterable[tuple[str, Value]]) -> dict[str, Value]:
    """Return a dictionary in which the second attribute with a name is "name#2"."""
    named: dict[str, Value] = {}
    seen: dict[str, int] = {}
    for name, value in values:
        seen[name] = seen.get(name, 0) + 1
        named[name if seen[name] == 1 else f"{name}#{seen[name]}"] = value
    return named


def _base(name: str) -> str:
    return name.partition("#")[0]


def _row(attrs: AttrSet, name: str) -> Attr:
    base = _base(name)
    row = attrs.by_name.get(base)
    if row is None and base.startswith("attr_") and base[5:].isdecimal():
        row = unknown_row(int(base[5:]))
    if row is None:
        raise MalformedError(f"{attrs.set_name} has no attribute {name}; it has {', '.join(attrs.by_name)}")
    return row


def _element(attrs: AttrSet, name: str, value: Value) -> Element:
    row = _row(attrs, name)
    return Element(row, row.flags, from_plain(row.wire, value))


def _parts(wire: Variant, value: Mapping[str, Value]) -> list[tuple[str, Member | None]]:
    """Return the names of a union's value and their members; None for those of an inline integer."""
    members = wire.head.fields | {member.name: member for member in wire.cases.values()}
    return [(name, members.get(name)) for name in value if name != wire.rest.name]


def _halves(wire: MaskedSet, parsed: list[Element]) -> dict[str, Value]:
    values, masks = [], []
    for element in parsed:
        plain = to_plain(element.row.wire, element.value)
        if isinstance(element.row.wire, (Masked, MaskedSet)):
            values.append((element.row.name, plain["value"]))
            masks.append((element.row.name, plain["mask"]))
        else:
            values.append((element.row.name, plain))
    return {"value": _named(values), "mask": _named(masks)}


def _doubled(wire: MaskedSet, value: Mapping[str, Value]) -> list[Element]:
    values, masks = _dictionary(_member(value, "value")), _dictionary(_member(value, "mask"))
    elements = []
    for name, one in values.items():
        row = _row(wire.attrs, name)
        both = {"value": one, "mask": _member(masks, name)} if isinstance(row.wire, (Masked, MaskedSet)) else one
        elements.append(Element(row, 0, from_plain(row.wire, both)))
    return elements


def _member(value: Mapping[str, Value], name: str) -> Value:
    if name not in value:
        raise MalformedError(f"{name} is missing")
    return value[name]


def _dictionary(value: Value) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedError(f"an object is expected, not {value!r}")
    return value


def _list(value: Value) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise MalformedError(f"a list is expected, not {value!r}")
    return list(value)


def _bytes(value: Value) -> bytes:
    if isinstance(value, Mapping):
        value = value.get("hex", value.get("undecoded"))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    try:
        return bytes.fromhex(value)
    except (TypeError, ValueError) as error:
        raise MalformedError(f"bytes or hex digits are expected, not {value!r}") from error
