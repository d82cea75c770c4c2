"""Whether one value can pass several conditions: decided by trying the values at the bounds that the conditions name.

If the bounds are not enough to decide (regular expressions, parts of an unknown text), the answer is yes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Any, Final, NamedTuple

from ovsdissect.filter.checks import Clue, Rule, Rules
from ovsdissect.filter.syntax import Slice
from ovsdissect.filter.types import BYTES, TEXT, Key, Type, type_of
from ovsdissect.netlink.headers import NLMSGHDR_LEN

ORDERED: Final = frozenset(("==", "!=", "<", "<=", ">", ">=", "range", "true", "always", "never"))
EQUAL: Final = frozenset(("==", "!=", "always", "never"))
BITS: Final = frozenset(("has", "true", *EQUAL))
MOST_BITS: Final = 10
# the least values of fields, if they differ from those of their types
NUMBERED: Final = ("number", "record", "request.number", "upcall.flow", "upcall.execute", "upcall.of", "flow.put_by")
LEAST: Final = dict.fromkeys(NUMBERED, 1) | dict.fromkeys(("upcall.latency", "flow.lifetime"), 0) | {"nlmsg.len": NLMSGHDR_LEN}
NOT_NONE: Final = frozenset(("datapath",))  # the number 0 means none


class Asked(NamedTuple):
    """Rules of which a value must pass one or, if `holds` is false, none."""

    rules: tuple[Rule, ...]
    holds: bool

    def passes(self, value: Any) -> bool:
        """Whether a value meets the demand."""
        return any(rule.check()(value) for rule in self.rules) is self.holds


def passing(conditions: Sequence[tuple[Clue, bool]]) -> bool:
    """Whether a value of one of a field's types can pass the conditions that must hold, and fail those that must not."""
    types = dict.fromkeys(key for clue, _ in conditions for key in clue.field.types)
    return any(typed(key, conditions) for key in types)


def typed(key: Key, conditions: Sequence[tuple[Clue, bool]]) -> bool:
    """The same for one type."""
    groups: dict[tuple[Slice | None, int | bytes | None, bool], list[Asked]] = {}
    first = None
    for clue, holds in conditions:
        if clue.quantifier == "there":
            continue
        rules = clue.rules(key) if key in clue.field.types else Rules(key, None, None, (Rule("never"),))
        if rules is None:
            if holds:
                return False  # for this condition, a value of this type does not count
            continue
        first = LEAST.get(clue.field.name)
        named = any(rule.sign == "named" for rule in rules.any_of)
        if named and not all(rule.sign == "named" for rule in rules.any_of):
            continue  # names and numbers together
        asked = tuple(rule.value for rule in rules.any_of) if named else rules.any_of
        groups.setdefault((rules.cut, rules.kept, named), []).append(Asked(asked, holds))
        if clue.field.name in NOT_NONE and not named:
            groups[rules.cut, rules.kept, named].append(Asked((Rule("!=", 0),), True))
    return all(_possible(TEXT if named else type_of(key), cut, kept, asked, first) for (cut, kept, named), asked in groups.items())


def _possible(whole: Type, cut: Slice | None, kept: int | bytes | None, asked: Sequence[Asked], first: int | None) -> bool:
    type_ = whole
    if cut is not None:
        length = cut.length
        if whole.group == "octets" and whole.size is not None:
            taken = cut.of(bytes(whole.size))
            if taken is None:
                return not any(one.holds for one in asked)  # beyond the value's end
            length = len(taken)
        if isinstance(kept, bytes) and length is not None and len(kept) != length:
            return not any(one.holds for one in asked)
        type_ = TEXT if whole.group == "text" else replace(BYTES, size=length)
    values = _tried(type_, kept, asked, first)
    return values is None or any(all(one.passes(value) for one in asked) for value in values)


def _tried(type_: Type, kept: int | bytes | None, asked: Sequence[Asked], first: int | None) -> Iterable[Any] | None:
    """Return values of which one passes if any value does; None if no such list is known."""
    signs = {rule.sign for one in asked for rule in one.rules}
    listed = [one.rules for one in asked if one.holds and all(rule.sign == "==" and rule.mask is None for rule in one.rules)]
    if type_.group == "number":
        return _numbers(type_, kept, asked, first, signs, listed)
    if listed:
        values = [rule.value for rule in min(listed, key=len)]
        if type_.group == "octets" and type_.size is not None:
            values = [value for value in values if len(value) == type_.size]
        return [value for value in values if not isinstance(kept, bytes) or not any(a & ~b for a, b in zip(value, kept, strict=False))]
    if kept is not None:
        return None
    if type_.group == "text":
        if type_.words and not type_.open:
            return type_.words
        return _successors(asked, "", "\0") if signs <= ORDERED else None
    if not signs <= ORDERED:
        return None
    if type_.size is None:
        return _successors(asked, b"", b"\0")
    size, most = type_.size, (1 << 8 * type_.size) - 1
    ends = {0, most}
    for one in asked:
        for rule in one.rules:
            for value in (rule.value, rule.high):
                if isinstance(value, bytes) and len(value) == size:
                    low = int.from_bytes(value, "big")
                    ends |= {low, low | (most & ~rule.mask if rule.mask is not None else 0)}
    return [end.to_bytes(size, "big") for end in _around(ends, 0, most)]


def _successors(asked: Sequence[Asked], nothing: Any, least: Any) -> list[Any]:
    """Return the constants, and the next greater text or byte string after each: one of these lies between any two constants."""
    constants = list(_constants(asked))
    return [nothing, least, *constants, *(constant + least for constant in constants)]


def _numbers(
    type_: Type, kept: int | bytes | None, asked: Sequence[Asked], first: int | None, signs: set[str], listed: Sequence[tuple[Rule, ...]]
) -> Iterable[int] | None:
    constants = list(_constants(asked))
    size = type_.size
    lowest = first or 0
    if type_.signed and first is None:
        lowest = -(1 << size - 1) if size else min([0, *constants]) - 2
    highest = (1 << (size - 1 if type_.signed else size)) - 1 if size else max([0, *constants]) + 2
    if listed:
        values = [rule.value for rule in min(listed, key=len)]
        return [value for value in values if lowest <= value <= highest and (not isinstance(kept, int) or not value & ~kept)]
    if kept is None and signs <= ORDERED:
        return _around({lowest, highest, 0, *constants}, lowest, highest)
    if type_.signed or not signs <= BITS:
        return None
    bits = [1 << place for place in range(max([kept or 0, *constants]).bit_length())] if isinstance(kept, int) or kept is None else []
    counted = [bit for bit in bits if any(bit & constant for constant in constants)]
    if len(counted) > MOST_BITS:
        return None
    # one more bit represents all the others
    spare = next((1 << place for place in range(size or 64) if 1 << place not in counted and (kept is None or kept >> place & 1)), None)  # type: ignore[operator]
    free = [*counted, *([spare] if spare is not None else [])]
    sums = (sum(chosen) for count in range(len(free) + 1) for chosen in combinations(free, count))
    return [value for value in sums if not isinstance(kept, int) or not value & ~kept]


def _constants(asked: Sequence[Asked]) -> Iterator[Any]:
    for one in asked:
        for rule in one.rules:
            yield from (value for value in (rule.value, rule.high) if value is not None)


def _around(ends: Iterable[int], lowest: int, highest: int) -> list[int]:
    """Return the bounds and their neighbours."""
    return sorted({value for end in ends for value in (end - 1, end, end + 1) if lowest <= value <= highest})
