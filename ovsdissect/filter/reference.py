"""The generated part of docs/filter.md: the filter's tables as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ovsdissect.filter.aliases import ATTRIBUTE_TYPES, HEADERS, PREFIXES
from ovsdissect.filter.listing import FieldInfo, catalogue
from ovsdissect.filter.types import SINGULAR

KIND_NOTES: Final = {
    "uint": "`<`, `in`, `&`; in any base: 26, 0x1a, 0b11010, 032",
    "int": "the same, with a sign",
    "id": "the same; shown in hexadecimal",
    "bits": "a number whose parts are fields of their own",
    "enum": "names bare or in quotes",
    "flags": "`==` the whole set, `has`, `&`, and each flag as a boolean field",
    "bool": "alone it is its value: `key.ct_state.new`",
    "flag": "an attribute without a value: it is there or not",
    "ipv4": "`==` with /prefix, `<`, `in` with ranges, slices",
    "ipv6": "the same",
    "mac": "`==`, slices; also 00-11-22-33-44-55 and 0011.2233.4455",
    "uuid": "with `ufid:` before it or without",
    "bytes": "`==`, `contains`, `matches`, slices; in hexadecimal, one byte is 0a or a",
    "packet": "the same",
    "text": "`==`, `contains`, `matches`, slices",
    "time": "`<`; without a zone it is UTC",
    "duration": "`<`",
}
BAR: Final = "\\|"  # a vertical bar in a cell


def reference() -> str:
    """Return the tables: types, fields of the message, Wireshark's names."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "### Types\n\n| type | literals | what it takes |\n| --- | --- | --- |"
    for kind, form in SINGULAR.items():
        yield f"| {kind} | {form.replace('|', BAR)} | {KIND_NOTES[kind]} |"
    yield "\n### Fields of the message\n\n| field | type | what it is |\n| --- | --- | --- |"
    for info in catalogue():
        if not info.family:
            yield f"| `{info.name}` | {info.type} | {info.doc}{_words(info)} |"
    yield "\n### Wireshark's names\n\n| Wireshark | here |\n| --- | --- |"
    yield from (f"| `{alias}` | `{native}` |" for alias, native in HEADERS.items())
    for prefix, natives in PREFIXES:
        rest = "*" if prefix[-1] in "._" else ""
        yield f"| `{prefix}{rest}` | {', '.join(f'`{native}{rest}`' for native in natives)} |"
    for alias, sets in ATTRIBUTE_TYPES.items():
        yield f"| `{alias}` | the numbers, or names, of the attributes in {', '.join(f'`{name}`' for name in sets)} |"


def _words(info: FieldInfo) -> str:
    return f" {', '.join(info.names)}" if 0 < len(info.names) <= 24 else ""
