"""The test on one value, as data and as a function, and which of a field's values must pass. Knows no syntax and no errors."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from ovsdissect.filter.fields import Field
from ovsdissect.filter.literals import Constant
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.syntax import Operand, Slice
from ovsdissect.filter.types import BYTES, NONE, TEXT, Key, Type, type_of

Predicate = Callable[[Reading], bool]
Check = Callable[[Any], bool]

COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "contains": operator.contains,
}


class Rule(NamedTuple):
    """A test on one value.

    sign: an operator of COMPARE, applied to the value and `value`; "range": from value to high; "has": all bits of value are set;
    "matches":
    value, a search function, finds something; "named": the name of a number passes the rule in value; "true": not zero, not empty; "set":
    one of its bytes is not zero; "always"; "never".
    mask: of an address, only these bits count.
    """

    sign: str
    value: Any = None
    mask: int | None = None
    high: Any = None

    def check(self) -> Check:
        """Return the rule as a function."""
        sign, value, mask, high = self
        if sign in COMPARE:
            compare = COMPARE[sign]
            if mask is None:
                return lambda given: compare(given, value)
            network = int.from_bytes(value, "big")
            return lambda given: compare(int.from_bytes(given, "big") & mask, network)
        if sign == "range":
            return lambda given: value <= given <= high
        if sign == "has":
            return lambda given: given & value == value
        if sign == "named":
            inner = value.check()
            return lambda given: value.sign == "!=" if getattr(given, "name", None) is None else inner(given.name)
        if sign == "matches":
            return lambda given: value(given) is not None
        return {"true": bool, "set": any, "always": lambda given: True, "never": lambda given: False}[sign]


class Rules(NamedTuple):
    """The test on the values of one type: the part of a value that counts must pass one of the rules.

    cut, kept: the slice, and the bits of a number or of a slice's bytes, that count; None: all.
    """

    key: Key
    cut: Slice | None
    kept: int | bytes | None
    any_of: tuple[Rule, ...] = ()

    def taken(self) -> Callable[[Any], Any] | None:
        """Return a function from a raw value to the part that is compared; None if that is the whole value.

        The function returns None if the value lacks the slice.
        """
        decode, cut, kept = type_of(self.key).decode, self.cut, self.kept
        if cut is not None:

            def sliced(raw: Any) -> Any:
                value = decode(raw) if decode else raw
                part = cut.of(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
                if isinstance(kept, bytes) and part is not None:
                    return bytes(a & b for a, b in zip(part, kept, strict=True)) if len(part) == len(kept) else None
                return part.decode("utf-8", "replace") if part is not None and isinstance(value, str) else part

            return sliced
        if kept is not None:
            return lambda raw: raw & kept
        return decode

    def check(self) -> Check:
        """Return the rules as a function of a raw value."""
        checks = [rule.check() for rule in self.any_of]
        one = checks[0] if len(checks) == 1 else lambda value: any(check(value) for check in checks)
        taken = self.taken()
        if taken is None:
            return one
        if self.cut is None:
            return lambda raw: one(taken(raw))

        def of_slice(raw: Any) -> bool:
            value = taken(raw)
            return value is not None and one(value)

        return of_slice


class Side(NamedTuple):
    """A field in a comparison. keys: its types that have values. bits: by type, the bits that count of a number or of a slice's bytes."""

    field: Field
    operand: Operand
    keys: tuple[Key, ...]
    bits: dict[Key, int | bytes]

    @property
    def sliced(self) -> Type | None:
        """The type of its slice; None if it has no slice."""
        if self.operand.slice is None:
            return None
        return TEXT if all(type_of(key).group == "text" for key in self.keys) else BYTES

    def type(self, key: Key) -> Type:
        """Return the type of what is compared: for a slice, another type than for the whole value."""
        whole = type_of(key)
        if self.bits and key not in self.bits:
            return NONE
        if self.operand.slice is None:
            return whole
        return TEXT if whole.group == "text" else BYTES if whole.group == "octets" else NONE

    def taken(self, key: Key) -> Callable[[Any], Any] | None:
        """Return a function from a raw value to what is compared, like Rules.taken()."""
        return Rules(key, self.operand.slice, self.bits.get(key)).taken()

    def rules(self, key: Key, *any_of: Rule) -> Rules | None:
        """Return the test on values of a type; None if such values do not count here."""
        if self.type(key).group == "none":
            return None
        return Rules(key, self.operand.slice, self.bits.get(key), any_of)

    def values(self, reading: Reading) -> list[tuple[Type, Any]]:
        """Return the field's values in a message."""
        values = []
        for key, raw in self.field.read(reading):
            type_ = self.type(key)
            if type_.group != "none":
                taken = self.taken(key)
                value = taken(raw) if taken else raw
                if value is not None:
                    values.append((type_, value))
        return values


class Clue(NamedTuple):
    """A condition on the values of one field and nothing else.

    quantifier: "any": one value passes; "all": there is a value and all pass; "there": there is a value. rules: the test on values of a
    type; None if these do not count. equal: by type, the constants of a condition that values pass if they equal one of them.
    """

    field: Field
    quantifier: str
    rules: Callable[[Key], Rules | None]
    equal: Mapping[Key, Sequence[Constant]] = {}

    def checks(self, key: Key) -> Check | None:
        """Return a check of the raw values of a type; None if such values do not count."""
        rules = self.rules(key)
        return rules and rules.check()


def quantified(quantifier: str, read: Callable[[Reading], Iterable[tuple[Key, Any]]], checks: Callable[[Key], Check | None]) -> Predicate:
    """Return a condition on a field's values: any passes, or there is one and all pass; values whose type has no check do not count."""
    made: dict[Key, Check | None] = {}

    def check_of(key: Key) -> Check | None:
        if key not in made:
            made[key] = checks(key)
        return made[key]

    def any_of(reading: Reading) -> bool:
        for key, raw in read(reading):
            check = made[key] if key in made else check_of(key)
            if check is not None and check(raw):
                return True
        return False

    def all_of(reading: Reading) -> bool:
        there = False
        for key, raw in read(reading):
            check = check_of(key)
            if check is not None:
                if not check(raw):
                    return False
                there = True
        return there

    return all_of if quantifier == "all" else any_of


def conjunction(tests: Sequence[Predicate]) -> Predicate:
    """Return a condition that holds if all the given ones do, tested in order."""
    if len(tests) == 2:
        first, second = tests
        return lambda reading: first(reading) and second(reading)
    return lambda reading: all(test(reading) for test in tests)


def disjunction(tests: Sequence[Predicate]) -> Predicate:
    """Return a condition that holds if one of the given ones does, tested in order."""
    if len(tests) == 2:
        first, second = tests
        return lambda reading: first(reading) or second(reading)
    return lambda reading: any(test(reading) for test in tests)


def comparable(left: Type, right: Type, sign: str) -> bool:
    """Whether two fields' values can be compared with an operator."""
    if left.group != right.group or left.group == "none":
        return False
    if sign == "contains":
        return left.group != "number"
    if left.group == "number":
        return (left.kind in ("time", "duration") or right.kind in ("time", "duration")) is False or left.kind == right.kind
    return left.group == "text" or left.kind == right.kind or bool({left.kind, right.kind} & {"bytes", "packet"})
