"""A filter as a plain program, for readers other than the tree: conditions, and the operators that join them, in postfix order.

It uses three truth values: conditions that no step expresses are open, and if the rest of the filter does not decide a message, the tree
does.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Final, Literal, NamedTuple

from ovsdissect.filter.checks import Clue, Rule, Rules
from ovsdissect.filter.compiled import Compiled
from ovsdissect.filter.fields import lookup
from ovsdissect.filter.literals import Constant
from ovsdissect.filter.types import Key, type_of
from ovsdissect.grammar.wire import BYTES, Int, Label, Octets, Wire

SHORTEST: Final = 2  # minimum length in bytes of a value that is searched for in a packet: nearly every packet holds a given byte

# the sources of fields that a condition can be on; for all others only the tree knows the values
_KNOWN: Final = frozenset(("header", "attrs", "request", "error", "numbers", "packet.data", "packet.len"))


class Join(NamedTuple):
    """Joins the truths of the last steps: all of them, any of them, or the negation of one."""

    word: Literal["all", "any", "not"]
    parts: int


class Open(Enum):
    """A condition that only the tree can decide."""

    OPEN = "open"


OPEN: Final = Open.OPEN
Step = Clue | Open | Join
ALL: Final[tuple[Step, ...]] = (Join("all", 0),)  # every message passes


def program(condition: Compiled) -> tuple[Step, ...]:
    """Return the steps of a filter's condition."""
    if condition.join:
        steps = [step for part in condition.parts for step in program(part)]
        word: Literal["all", "any", "not"] = "all" if condition.join == "all" else "any" if condition.join == "any" else "not"
        return (*steps, Join(word, len(condition.parts)))
    clue = condition.clue
    named = condition.named
    if clue is None and named is not None and named.field.source in ("attrs", "header") and _names_alone(named):
        return (named,)
    if clue is None:
        return _guarded([Clue(field, "there", _no_rules) for field in condition.needs if field.source in ("attrs", "request")])
    if clue.field.source in _KNOWN:
        return (clue,)
    if clue.field.source == "request inner":
        echoed = lookup("request.packet")
        assert echoed is not None
        return _guarded([Clue(echoed, "there", _no_rules)])
    return _guarded([_inside(clue)] if clue.field.source == "inner" else [])


def _guarded(clues: list[Clue]) -> tuple[Step, ...]:
    """Return a condition that is open if the given ones hold, and false otherwise."""
    return (*clues, OPEN, Join("all", len(clues) + 1)) if clues else (OPEN,)


def _inside(clue: Clue) -> Clue:
    """Return what a message needs so that a condition on its packet can hold: a packet that contains the bytes of a value that passes."""
    needles = [needle for key in clue.field.types for needle in _needles(key, clue.equal.get(key, ()))]
    packet = lookup("packet.data")
    assert packet is not None
    if not all(len(needle) >= SHORTEST for needle in needles) or not _complete(clue):
        return Clue(packet, "there", _no_rules)
    rules = Rules(BYTES, None, None, tuple(Rule("contains", needle) for needle in dict.fromkeys(needles)))
    return Clue(packet, "any", lambda key: rules if key is BYTES else None)


def _complete(clue: Clue) -> bool:
    """Whether the clue lists every value that passes."""
    return clue.quantifier != "there" and all(clue.equal.get(key) for key in clue.field.types)


def _needles(key: Key, constants: Sequence[Constant]) -> list[bytes]:
    """Return the bytes of values as they occur in a packet, integers in network byte order; b"" if a value has no bytes of its own."""
    if not isinstance(key, Wire) or isinstance(key, Label) or key.size is None:
        return [b""]
    if isinstance(key, Int) and key.code.startswith(">") and not key.signed:
        return [int(constant.value).to_bytes(key.size, "big") for constant in constants]
    if not isinstance(key, Octets):
        return [b""]
    if key.kind == "text":
        return [constant.value.encode() for constant in constants]
    return [constant.value if constant.mask is None else constant.value[: constant.mask.bit_count() // 8] for constant in constants]


def _names_alone(clue: Clue) -> bool:
    """Whether a condition on numbers tests only their names."""
    rules = [made for key in clue.field.types if (made := clue.rules(key)) is not None and type_of(key).group == "number"]
    return all(rule.sign == "named" for made in rules for rule in made.any_of)


def _no_rules(key: Key) -> Rules | None:
    return None
