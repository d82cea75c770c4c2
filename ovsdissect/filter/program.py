"""A filter as a plain program, for readers other than the tree: steps in postfix order, conditions and what joins them.

Truth has three values there: what no step says is open, and where the rest of the filter does not decide a message, the tree tells.
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

SHORTEST: Final = 2  # bytes of a value that are looked for in a packet: one byte is in every packet

# the fields that a condition can be on; of the others only the tree knows
_KNOWN: Final = frozenset(("header", "attrs", "request", "error", "numbers", "packet.data", "packet.len"))


class Join(NamedTuple):
    """The last steps' truths become one: all of them, any of them, or not the last."""

    word: Literal["all", "any", "not"]
    parts: int


class Open(Enum):
    """A condition that only the tree can tell."""

    OPEN = "open"


OPEN: Final = Open.OPEN
Step = Clue | Open | Join
ALL: Final[tuple[Step, ...]] = (Join("all", 0),)  # every message passes


def program(condition: Compiled) -> tuple[Step, ...]:
    """The steps of a filter's condition."""
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
    """A condition that is open where others hold, and false elsewhere."""
    return (*clues, OPEN, Join("all", len(clues) + 1)) if clues else (OPEN,)


def _inside(clue: Clue) -> Clue:
    """What a message must have for a condition on the packet inside it: a packet, and in that the bytes of a value that passes."""
    needles = [needle for key in clue.field.types for needle in _needles(key, clue.equal.get(key, ()))]
    packet = lookup("packet.data")
    assert packet is not None
    if not all(len(needle) >= SHORTEST for needle in needles) or not _complete(clue):
        return Clue(packet, "there", _no_rules)
    rules = Rules(BYTES, None, None, tuple(Rule("contains", needle) for needle in dict.fromkeys(needles)))
    return Clue(packet, "any", lambda key: rules if key is BYTES else None)


def _complete(clue: Clue) -> bool:
    """Whether every value that passes is one of the clue's."""
    return clue.quantifier != "there" and all(clue.equal.get(key) for key in clue.field.types)


def _needles(key: Key, constants: Sequence[Constant]) -> list[bytes]:
    """The bytes of values in a packet, where integers are in network order; b"" if a value has no bytes of its own."""
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
    """Whether a condition on the names of numbers asks for nothing else of them."""
    rules = [made for key in clue.field.types if (made := clue.rules(key)) is not None and type_of(key).group == "number"]
    return all(rule.sign == "named" for made in rules for rule in made.any_of)


def _no_rules(key: Key) -> Rules | None:
    return None
