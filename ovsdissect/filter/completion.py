"""Proposals at the cursor of a filter that is being typed: fields, operators, names and values, with their help."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ovsdissect.filter.fields import Field, lookup
from ovsdissect.filter.labels import words as label_words
from ovsdissect.filter.listing import FieldInfo, catalogue, words_of
from ovsdissect.filter.syntax import AWAIT_VALUE, OPERATORS, MisshapenError, parser
from ovsdissect.filter.types import type_of


class Completion(NamedTuple):
    """One proposal: `text` replaces everything from `start` to the cursor. kind: "field", "operator", "word", "value"."""

    start: int
    text: str
    kind: str
    help: str


OPERATOR_HELP = {
    "==": "equal; any of the values",
    "!=": "there, and none of the values equal",
    "<": "less",
    "<=": "less or equal",
    ">": "greater",
    ">=": "greater or equal",
    "in": "one of a set: in {1, 5..7}",
    "contains": "holds this text or these bytes",
    "matches": "regular expression, case-insensitive",
    "has": "all of these flags are set",
    "&": "one of these bits is set",
}


def complete(text: str, cursor: int) -> list[Completion]:
    """Return the proposals at a cursor (characters from 0), likeliest first; none if no filter begins with the text before it."""
    from lark.exceptions import LarkError

    start = cursor = min(max(cursor, 0), len(text))
    before = text[:cursor]
    while start and (before[start - 1].isalnum() or before[start - 1] in "_.:/-"):
        start -= 1
    typed = before[start:]
    try:
        tokens = list(parser().lex(before[:start]))
        state = parser().parse_interactive("")
        for token in tokens:
            state.feed_token(token)
        accepted: set[str] = set(state.accepts())  # type: ignore[no-untyped-call]
    except (LarkError, MisshapenError):
        return []
    return list(_proposals(start, typed, [str(token) for token in tokens], accepted))


def _proposals(start: int, typed: str, tokens: list[str], accepted: set[str]) -> Iterator[Completion]:
    last = OPERATORS.get(tokens[-1], tokens[-1]) if tokens else ""
    values: list[Completion] = []
    if "WORD" in accepted and last in AWAIT_VALUE:
        field = _compared(tokens)
        values = list(_values(start, typed, field)) if field is not None else []
        yield from values
        if last in ("contains", "matches", "has", "&", "|", "{", ",", ".."):
            return
    if "WORD" in accepted:
        named = {value.text for value in values}  # a word that is a value here is not a field
        yield from (field for field in _fields(start, typed) if field.text not in named)
        words = [word for word in ("not", "any", "all") if word.upper() in accepted or (word == "not" and "NOT" in accepted)]
        yield from (Completion(start, word, "word", "") for word in words if word.startswith(typed) and last not in AWAIT_VALUE)
        return
    if "CONTAINS" in accepted or "IN" in accepted:
        field = _compared(tokens)
        for sign in _operators(field):
            if sign.startswith(typed):
                yield Completion(start, sign, "operator", OPERATOR_HELP[sign])
    for word, terminal in (("and", "AND"), ("or", "OR"), (")", "RPAR"), ("}", "RBRACE")):
        if terminal in accepted and word.startswith(typed):
            yield Completion(start, word, "word", "")


def _compared(tokens: list[str]) -> Field | None:
    """Return the field that the condition at the cursor is about."""
    return next((field for token in reversed(tokens) if (field := lookup(token)) is not None), None)


def _operators(field: Field | None) -> Iterable[str]:
    """Yield the operators that a field accepts."""
    types = [type_of(key) for key in field.types] if field else []
    groups = {type_.group for type_ in types}
    if groups == {"none"}:
        return []
    signs = ["==", "!=", "in"]
    if any(type_.kind == "flags" for type_ in types):
        signs += ["has", "&"]
    if groups & {"octets", "text"}:
        signs += ["contains", "matches"]
    return [*signs, "<", "<=", ">", ">="]


def _values(start: int, typed: str, field: Field) -> Iterator[Completion]:
    """Yield the words that a field's values can have."""
    types = [type_of(key) for key in field.types]
    if any(type_.kind in ("bool", "flag") for type_ in types):
        yield from (Completion(start, word, "value", "") for word in ("true", "false") if word.startswith(typed))
    for word in (*words_of(field.types), *label_words(field.name)):
        if word.startswith(typed):
            numbers = [type_.names[word] for type_ in types if word in type_.names]
            yield Completion(start, word, "value", str(numbers[0]) if numbers else "")


def _fields(start: int, typed: str) -> Iterator[Completion]:
    """Yield the fields that begin with what is typed, up to the next dot, the message's own first."""
    seen: dict[str, FieldInfo | None] = {}
    prefix = "request." if typed.startswith("request.") else ""
    for info in catalogue():
        for name in dict.fromkeys((info.short, info.name, *info.aliases)):
            name = prefix + name if prefix and not name.startswith(prefix) else name
            if not name.startswith(typed) or (prefix and lookup(name) is None):
                continue
            end = name.find(".", len(typed))
            step = name if end < 0 else name[:end]
            if end < 0:
                seen[step] = seen.get(step) or info
            else:
                seen.setdefault(step, None)
    for name, described in sorted(seen.items(), key=_rank):
        yield Completion(start, name, "field", described.doc if described else _help(name))


def _rank(item: tuple[str, Any]) -> tuple[bool, str]:
    name, described = item
    return (described is not None and bool(described.family), name)


def _help(name: str) -> str:
    field = lookup(name)
    return field.doc if field else f"fields that begin with {name}."
