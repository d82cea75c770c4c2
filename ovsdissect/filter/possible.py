"""Whether any message can pass a filter at all. A filter that never can is refused, naming the two conditions that exclude each other.

A filter is split into alternatives, each a list of conditions that must all hold. An alternative is possible if some sort of message (kind,
family, command) may meet all of them, and if every field that has a single value in a message can have one that passes.
If that cannot be decided, the filter is accepted. An attribute that is repeated in a message is its sender's fault and does not count,
unless the filter asks for problems.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import combinations, islice, product
from typing import Final, Literal, NamedTuple

from ovsdissect.families import FAMILIES
from ovsdissect.filter.bounds import passing, typed
from ovsdissect.filter.checks import Clue, Rule, Rules
from ovsdissect.filter.compiled import Compiled
from ovsdissect.filter.fields import Field
from ovsdissect.filter.gather import ROOTS, manifold
from ovsdissect.filter.headers import ANSWERS, COMMANDS, KIND
from ovsdissect.grammar.fieldnames import Place
from ovsdissect.netlink.headers import NETLINK_GENERIC

MOST: Final = 256  # alternatives examined; a filter with more is accepted unchecked
KINDS: Final = KIND.words
OTHER: Final = ""  # a family that is not decoded
_ANSWERED: Final = frozenset(ANSWERS)
_ECHOING: Final = frozenset(("error", "ack"))
_PACKET: Final = frozenset(("ovs_packet",))
_FAMILY_OF: Final = {root: name for name, root in ROOTS.items()}
_CALLED: Final = {"error": "errors", "ack": "ACKs", "done": "ends of dumps", "record": "bytes outside of messages"}


class Sort(NamedTuple):
    """A sort of message: its kind, its family (None if it has none), and its command's number (None if that is not declared).

    An answer has the family and command of its request.
    """

    kind: str
    family: str | None
    command: int | None


class Said(NamedTuple):
    """A condition without parts that must hold, or must not. span: its column and length in the filter's text."""

    clue: Clue | None
    holds: bool
    span: tuple[int, int]


Truth = Literal[True, False, None]


class ImpossibleError(Exception):
    """Why no message passes, and where in the filter's text the reason is."""

    def __init__(self, text: str, column: int, length: int) -> None:
        super().__init__(text)
        self.column, self.length = column, length


def check(condition: Compiled, text: str) -> None:
    """Raise ImpossibleError if no message can pass."""
    found = [list(said) for said in islice(alternatives(condition, True), MOST + 1)]
    if len(found) > MOST:
        return
    strict = not any(one.clue is not None and one.clue.field.name.startswith("problem") for said in found for one in said)
    if found and not any(possible(said, strict=strict) for said in found):
        raise _reason(found[0], text, strict)


def passes_others(condition: Compiled) -> bool:
    """Whether messages that do not belong to a decoded family may pass."""
    others = [sort for sort in sorts() if not sort.family]
    found = list(islice(alternatives(condition, True), MOST + 1))
    return len(found) > MOST or any(all(told(one, sort) is not False for one in said) for said in found for sort in others)


def alternatives(condition: Compiled, holds: bool) -> Iterator[tuple[Said, ...]]:
    """Yield lists of conditions: a condition holds (or, if `holds` is false, does not) if all conditions of one list are met."""
    if condition.join == "not":
        yield from alternatives(condition.parts[0], not holds)
    elif condition.join and (condition.join == "all") is holds:
        each = [list(islice(alternatives(part, holds), MOST + 1)) for part in condition.parts]
        for chosen in product(*each):
            yield tuple(one for said in chosen for one in said)
    elif condition.join:
        for part in condition.parts:
            yield from alternatives(part, holds)
    else:
        yield (Said(condition.clue or condition.named, holds, condition.span),)


def possible(said: Sequence[Said], *, strict: bool = True) -> bool:
    """Whether a message can meet all of some conditions. strict: attributes are not repeated in a message."""
    tried: set[str | None] = set()
    for sort in sorts():
        if sort.family not in tried and all(told(one, sort) is not False for one in said):
            if _values(said, sort.family, strict):
                return True
            tried.add(sort.family)
    return False


@cache
def sorts() -> tuple[Sort, ...]:
    """Return every sort of message."""
    found = [Sort(kind, None, None) for kind in KINDS]
    for kind in ("message", *ANSWERS):
        found.append(Sort(kind, OTHER, None))
        found += [
            Sort(kind, name, number) for name, family in FAMILIES.items() for number in (*(one.number for one in family.commands), None)
        ]
    return tuple(found)


def told(said: Said, sort: Sort) -> Truth:
    """Return whether a condition holds for a sort of message; None if the sort does not decide it."""
    if said.clue is None:
        return None
    truth = _told(said.clue, said.clue.field, sort)
    return truth if truth is None or said.holds else not truth


def _told(clue: Clue, field: Field, sort: Sort) -> Truth:
    name, own = field.name, sort.kind == "message"
    if field.source in ("attrs", "numbers"):
        return None if own and sort.family in families(field.places) else False
    if field.source in ("packet.data", "packet.len", "inner"):
        return None if own and sort.family in _PACKET else False
    if field.source in ("request", "request inner"):
        owners = families(field.places) if field.source == "request" else _PACKET
        return None if sort.kind in _ECHOING and sort.family in owners else False
    if field.source == "error":
        if sort.kind not in _ANSWERED:
            return False
        return _number(clue, sort) if name == "error.number" else None
    return _of_header(clue, name, sort) if field.source == "header" else None


def _of_header(clue: Clue, name: str, sort: Sort) -> Truth:
    own, answer = sort.kind == "message", sort.kind in _ANSWERED
    if name == "kind":
        return _passes(clue, sort.kind)
    if name in FAMILIES:
        return own and sort.family == name
    if name == "protocol" and sort.family:
        return None if _passes(clue, NETLINK_GENERIC) else False
    if name == "family":
        return False if sort.family is None else None if sort.family == OTHER else _passes(clue, sort.family)
    if name == "cmd" or (name == "request.cmd" and answer):
        return _command(clue, sort, sort.family)
    owner, _, last = name.removeprefix("request.").rpartition(".")
    if owner in FAMILIES and last == "cmd" and (answer or not name.startswith("request.")):
        asked = answer if name.startswith("request.") else own
        return _command(clue, sort, owner) if asked and sort.family == owner else False
    if name.startswith("error.") or name == "netlink.error":
        if name == "netlink.error" and sort.kind in _ECHOING:
            return _number(clue, sort)
        named = name in ("error.name", "error.text")
        return None if sort.kind == "error" or (sort.kind == "done" and named) or (sort.kind == "ack" and not named) else False
    if name.startswith("odp.") and name != "odp.line":
        return None if own else False
    return None


def _number(clue: Clue, sort: Sort) -> Truth:
    """Return whether a condition on the error number holds: it is 0 in an ACK and only there; the end of a dump may have any."""
    if sort.kind == "ack":
        return _passes(clue, 0)
    other = Clue(clue.field, "any", lambda key: Rules(key, None, None, (Rule("!=", 0),)))
    return False if sort.kind == "error" and not passing([(clue, True), (other, True)]) else None


def _command(clue: Clue, sort: Sort, family: str | None) -> Truth:
    if family is None or family not in COMMANDS:
        return False
    if sort.command is None:
        return None if typed(COMMANDS[family], [(clue, True)]) else False
    return _passes(clue, sort.command, COMMANDS[family])


def _passes(clue: Clue, value: object, key: object = None) -> bool:
    """Whether a condition holds for the single value of its field."""
    if clue.quantifier == "there":
        return True
    asked = clue.checks(key or clue.field.types[0])  # type: ignore[arg-type]
    return asked is not None and asked(value)


@cache
def families(places: tuple[Place, ...]) -> frozenset[str]:
    """Return the families to which places belong."""
    return frozenset(_FAMILY_OF[place.above[0]] for place in places if place.above and place.above[0] in _FAMILY_OF)


# The values of one field


def _values(said: Sequence[Said], family: str | None, strict: bool) -> bool:
    """Whether every field can have values that pass, in a message of a family."""
    groups: dict[object, list[Said]] = {}
    for one in said:
        if one.clue is not None:
            groups.setdefault(_identity(one.clue.field, family), []).append(one)
    return all(_field(group, strict and single(group[0].clue.field, family)) for group in groups.values() if group[0].clue is not None)


def _identity(field: Field, family: str | None) -> object:
    """Return an identity shared by two names for the same values in a message of a family."""
    mine = tuple(place for place in field.places if not place.above or _FAMILY_OF.get(place.above[0]) in (family, None))
    if field.source in ("attrs", "request", "error") and mine:
        return field.source, mine
    return field.source, field.name if field.source in ("header", "") else field.inner or field.name


def single(field: Field, family: str | None) -> bool:
    """Whether a field has a single value in a message."""
    if field.source == "header":
        return not field.name.startswith("problem") and field.name != "frame.comment"
    if field.source not in ("attrs", "request"):
        return field.source in ("packet.data", "packet.len", "error")
    mine = [place for place in field.places if place.above and _FAMILY_OF.get(place.above[0]) == family]
    return len(mine) == 1 and not manifold(mine[0])


def _field(group: Sequence[Said], once: bool) -> bool:
    """Whether one field's values can meet all conditions on it."""
    clues = [(one.clue, one.holds) for one in group if one.clue is not None]
    needed = [clue for clue, holds in clues if holds]
    if not needed:
        return True  # a message without a value
    if any(clue.quantifier == "there" and not holds for clue, holds in clues):
        return False
    # what each value must pass: of conditions on all values those that must hold, of conditions on any value those that must not
    each = [(clue, holds) for clue, holds in clues if clue.quantifier == ("all" if holds else "any") or (once and not holds)]
    if once:
        return passing([*((clue, True) for clue in needed), *((clue, holds) for clue, holds in each if not holds)])
    return all(passing([(clue, True), *each]) for clue in needed)


# Explanations


def _reason(said: Sequence[Said], text: str, strict: bool) -> ImpossibleError:
    """Return the smallest set of conditions that exclude each other, in words."""

    def quoted(one: Said) -> str:
        column, length = one.span
        said = text[column : column + length]
        return said if one.holds else f"!({said})"

    known = [one for one in said if one.clue is not None]
    for one in known:
        if not possible([one], strict=strict):
            assert one.clue is not None
            column, length = one.span
            why = f"{one.clue.field.name} never has such a value" if one.holds else f"every message passes {text[column : column + length]}"
            return ImpossibleError(f"no message can match: {why}", column, length)
    for first, second in combinations(known, 2):
        if not possible([first, second], strict=strict):
            first, second = sorted((first, second), key=lambda one: one.span)
            about = [_about(one) for one in (first, second)]
            if about[0] & about[1]:
                why = f"{quoted(first)} and {quoted(second)} exclude each other"
            else:
                why = f"{quoted(first)} is about {_listed(about[0])}, {quoted(second)} about {_listed(about[1])}"
            return ImpossibleError(f"no message can match: {why}; did you mean ||?", *second.span)
    column = min(one.span[0] for one in said)
    return ImpossibleError("no message can match all of these conditions", column, max(sum(one.span) for one in said) - column)


def _about(said: Said) -> frozenset[Sort]:
    """Return the sorts of messages for which a condition may hold."""
    return frozenset(sort for sort in sorts() if told(said, sort) is not False)


def _listed(left: Iterable[Sort]) -> str:
    """Return sorts of messages in words."""
    left = list(left)
    kinds = {sort.kind for sort in left}
    owners = sorted({sort.family for sort in left if sort.family})
    of = f" of {' and '.join(owners)}" if 0 < len(owners) <= 2 else ""
    if kinds == {"message"}:
        return f"messages{of}"
    if kinds <= set(_CALLED):
        words = [word for kind, word in _CALLED.items() if kind in kinds]
        return " and ".join([", ".join(words[:-1])] * (len(words) > 1) + words[-1:]) + of
    return f"messages and answers{of}" if of else "other messages"
