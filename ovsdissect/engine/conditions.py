"""A filter's program as integer tables, which the compiled evaluator interprets.

roots       states by family; for a condition on nlmsg_flags, rules by the kind of the flags' names
nodes       NODE integers each: what it is, index of its first child in `children` (of a LEAF: its condition), number of children
conditions  CONDITION integers each: what it tests, which one of that kind, the quantifier, where its rule, answers or roots begin, a
            family or -1
states      STATE integers each, a place of the grammar: index and count of its `pairs` (row, state below), the state of its elements,
            what a value here is compared with, index and count of its pairs (wire, rule), index and count of its `slices`
slices      SLICE integers each: shift, width, rule
rules       RULE integers each: NUMBERS or OCTETS, index and count of its tests, 1 if numbers are signed, index and count of its `cuts`,
            where the bits of bytes that count begin and how many bytes these are (-1: all); or NAMED, index and count of its tests,
            1 if a number without a name passes, 1 for the names of datapaths
ranges      RANGE integers each, of 64 bits: bits that count, lowest and highest value that passes
tests       TEST integers each: sign, offset and length of a constant, the same of a second one, offset of a mask or -1
numbers     message numbers, ascending
cuts        three integers each: first byte, last byte, 0 if it goes to the end
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from ovsdissect.dissect.known import Ahead, Printed
from ovsdissect.engine import matchcodes as m
from ovsdissect.engine.codes import ROW
from ovsdissect.engine.states import States, StateTables, asked, told
from ovsdissect.engine.tables import Tables
from ovsdissect.families import FAMILIES
from ovsdissect.filter.checks import Clue, Rule, Rules
from ovsdissect.filter.gather import ERROR_ROOT, EXTACK_ROOT, ROOTS
from ovsdissect.filter.headers import COMMANDS, FLAGS
from ovsdissect.filter.program import Join, Open, Step
from ovsdissect.filter.told import FIELDS
from ovsdissect.filter.types import TEXT, Key, Type, type_of
from ovsdissect.netlink import errno

if TYPE_CHECKING:
    from ovsdissect.filter import Filter

_TOP: Final = (1 << 64) - 1
_SIGN: Final = 1 << 63
_QUANTIFIERS: Final = {"any": m.SOME, "all": m.EVERY, "there": m.THERE}
_SIGNS: Final = {
    "==": m.EQUAL,
    "!=": m.UNEQUAL,
    "<": m.LESS,
    "<=": m.NOT_MORE,
    ">": m.MORE,
    ">=": m.NOT_LESS,
    "range": m.BETWEEN,
    "contains": m.CONTAINS,
    "has": m.HAS,
    "true": m.FILLED,
    "set": m.NONZERO,
    "always": m.ALWAYS,
    "never": m.NEVER,
    "matches": m.OPEN_TEST,
}
_NUMBERS: Final = {
    "number": m.NUMBER_OF,
    "record": m.RECORD_OF,
    "index": m.PLACE_OF,
    "time": m.TIME_OF,
    "time_relative": m.SINCE,
    "protocol": m.PROTOCOL_OF,
    "version": m.VERSION_OF,
    "reserved": m.RESERVED_OF,
    "dp_ifindex": m.DATAPATH_OF,
    "nlmsg.len": m.LENGTH_OF,
    "nlmsg.type": m.TYPE_OF,
    "nlmsg.flags": m.FLAGS_OF,
    "nlmsg.seq": m.SEQUENCE_OF,
    "nlmsg.pid": m.PORTID_OF,
    "frame.interface_id": m.INTERFACE_OF,
    "frame.len": m.CAPTURED,
    "frame.cap_len": m.CAPTURED,
    "netlink.error": m.FAILED_OF,
    "request.number": m.REQUEST_NUMBER,
    "request.nlmsg.len": m.ECHOED_LENGTH,
    "request.nlmsg.type": m.ECHOED_TYPE,
    "request.nlmsg.flags": m.ECHOED_FLAGS,
    "request.nlmsg.seq": m.ECHOED_SEQUENCE,
    "request.nlmsg.pid": m.ECHOED_PORTID,
}
_TOLD: Final = frozenset(told.name for told in FIELDS)
_NOTED: Final = ("frame.comment", "frame.drop_count", "frame.link_error")  # records that have these are left to the tree
_VERBS: Final = tuple(FLAGS)


class Conditions:
    """The tables of one filter.

    ahead, printed: the message numbers that pass conditions on the whole capture, and on printed text.
    alive: for each family, one bit per top attribute that the filter reads. asks_problems: whether the filter asks for problems.
    """

    def __init__(self, tables: Tables, steps: Sequence[Step], ahead: Ahead | None = None, printed: Printed | None = None) -> None:
        self._tables, self._ahead, self._printed = tables, ahead, printed
        self.nodes, self.children, self.conditions = array("i"), array("i"), array("i")
        self.roots, self._places = array("i"), StateTables()
        self.states, self.pairs, self.slices = self._places.states, self._places.pairs, self._places.slices
        self.rules, self.tests, self.cuts = array("i"), array("i"), array("i")
        self.ranges, self.numbers = array("Q"), array("q")
        self.constants, self.answers = bytearray(16), bytearray(16)
        self.families = list(tables.families)
        self.alive = array("Q", bytes(8 * len(self.families)))
        self.verbs = array("i", [_VERBS.index(command.verb) for _, command in tables.declared])
        self.acknowledged = _VERBS.index("ack")
        self.plain = _VERBS.index("")
        self.asks_problems = False
        self._datapaths = False  # whether the current condition asks for the names of datapaths, not ports
        self.root = self._tree(steps)
        for one in (
            self.children,
            self.conditions,
            self.roots,
            self.states,
            self.pairs,
            self.slices,
            self.rules,
            self.tests,
            self.cuts,
            self.ranges,
            self.numbers,
        ):
            one.append(0)  # the compiled evaluator cannot take an empty array

    # The tree of conditions

    def _tree(self, steps: Sequence[Step]) -> int:
        stack: list[int] = []
        for step in steps:
            if isinstance(step, Join):
                children = stack[len(stack) - step.parts :]
                del stack[len(stack) - step.parts :]
                stack.append(self._node({"all": m.ALL, "any": m.ANY, "not": m.NOT}[step.word], children))
            else:
                stack.append(self._node(m.LEFT_OPEN, []) if isinstance(step, Open) else self._leaf(step))
        (root,) = stack
        return root

    def _node(self, what: int, children: Sequence[int]) -> int:
        self.nodes.extend((what, len(self.children), len(children)))
        self.children.extend(children)
        return len(self.nodes) // m.NODE - 1

    def _leaf(self, clue: Clue) -> int:
        """Return the number of a condition's node."""
        source, name = clue.field.source, clue.field.name
        self._datapaths = name.endswith(("datapath", "dp_ifindex"))
        if source == "header":
            made = self._header(clue, clue.field.name)
        elif source == "error" and ERROR_ROOT in clue.field.places:
            made = self._choice(m.NUMBERED, [clue.quantifier == "there"])
        elif source == "error" and name == "error.number":
            made = self._number(clue, m.ERROR_OF, clue.field.places[0].wire)
        elif source == "error":
            made = self._condition(m.EXTENDED, 0, clue, self._states(clue).begin(EXTACK_ROOT))
        else:
            made = self._attributes(clue, m.ECHOED if source == "request" else m.ATTRIBUTES)
        if made is None and name.startswith("request."):
            answers = self._choice(m.KIND, [m.NO, m.YES, m.YES, m.YES])
            self.nodes.extend((m.LEAF, answers, 0))
            return self._node(m.ALL, [len(self.nodes) // m.NODE - 1, self._node(m.LEFT_OPEN, [])])
        if made is None:
            return self._node(m.LEFT_OPEN, [])
        self.nodes.extend((m.LEAF, made, 0))
        return len(self.nodes) // m.NODE - 1

    def _condition(self, what: int, which: int, clue: Clue | None, first: int, family: int = -1) -> int:
        self.conditions.extend((what, which, _QUANTIFIERS[clue.quantifier] if clue else 0, first, family))
        return len(self.conditions) // m.CONDITION - 1

    # Conditions on headers

    def _header(self, clue: Clue, name: str) -> int | None:
        field, types = clue.field, clue.field.types
        if name == "kind":
            return self._choice(m.KIND, [told(clue, types[0], kind) for kind in ("message", "error", "ack", "done")])
        if name == "direction":
            return self._choice(m.DIRECTION, [told(clue, types[0], direction) for direction in ("to-user", "to-kernel")])
        if name == "nlmsg":
            return self._choice(m.PRESENT, [told(clue, types[0], None)])
        if name == "request":
            return self._choice(m.ANSWERS, [told(clue, types[0], None)])
        if name in ("family", "request.family"):
            first = self._answers(told(clue, types[0], family) for family in self.families)
            return self._condition(m.NAME if name == "family" else m.REQUESTED_NAME, self._rule(clue, types[0]), clue, first)
        if name in FAMILIES:
            return self._commands(clue, m.COMMAND_OF, lambda family: types[0] if family == name else None)
        if name in ("error.name", "error.text", "error.path", "error.missing"):
            return self._errors(clue, name)
        if name == "problem" or name.startswith("problem."):
            self.asks_problems = True
            return self._choice(m.PROBLEMS, [])
        if name in _NOTED:
            return self._choice(m.PRESENT, [m.NO])
        if name in _TOLD:
            return self._told_ahead(clue, name)
        if name == "summary" or name.startswith("odp."):
            passing = self._printed.numbers(clue) if self._printed is not None else None
            return None if passing is None else self._listed(clue, passing)
        if name in ("port", "datapath"):
            number, *text = (self._rule(clue, key) for key in types)
            if number < 0:
                return None
            return self._condition(m.TOLD_PORT if text else m.TOLD_DATAPATH, 0, clue, number, text[0] if text else -1)
        requested = name.startswith("request.")
        family, _, last = name.removeprefix("request.").rpartition(".")
        if last == "cmd" and (not family or family in FAMILIES):
            domain = m.REQUESTED if requested else m.COMMAND_OF if family else m.COMMAND_TOLD
            return self._commands(clue, domain, lambda other: COMMANDS[other] if family in ("", other) else None)
        if family in FAMILIES and last == "dp_ifindex" and not requested:
            return self._number(clue, m.DATAPATH_OF, types[0], self.families.index(family))
        if name in ("nlmsg.flags", "request.nlmsg.flags"):
            first = len(self.roots)
            self.roots.extend(self._rule(clue, FLAGS[verb]) for verb in _VERBS)
            return self._condition(m.NUMBER, _NUMBERS[name], clue, first)
        return self._number(clue, _NUMBERS[name], types[0]) if name in _NUMBERS and field.types else None

    def _told_ahead(self, clue: Clue, name: str) -> int | None:
        """Return the number of a condition on what the whole capture tells about a message; None if the numbers that pass are not all
        known.
        """
        (key,) = clue.field.types
        values = {} if self._ahead is None else self._ahead.all()
        if values is None:
            return None
        passes = asked(clue, key)
        found = ((number, of_it.get(name)) for number, of_it in values.items())
        return self._listed(clue, sorted(number for number, value in found if value is not None and passes(value)))

    def _listed(self, clue: Clue, passing: Sequence[int]) -> int:
        """Return the number of a condition that is true for the given message numbers."""
        first = len(self.numbers)
        self.numbers.extend(passing)
        return self._condition(m.AHEAD, len(passing), clue, first)

    def _number(self, clue: Clue, which: int, key: Key, family: int = -1) -> int:
        return self._condition(m.NUMBER, which, clue, self._rule(clue, key), family)

    def _answers(self, answers: Iterable[int]) -> int:
        first = len(self.answers)
        self.answers.extend(answers)
        return first

    def _choice(self, domain: int, answers: Sequence[int]) -> int:
        return self._condition(m.CHOICE, domain, None, self._answers(answers))

    def _commands(self, clue: Clue, domain: int, key: Callable[[str], Key | None]) -> int:
        """Return the number of a condition that depends only on the command of a family."""
        answers = []
        for family, command in self._tables.declared:
            mine = key(family.name)
            answers.append(0 if mine is None else told(clue, mine, command.number))
        return self._choice(domain, answers)

    def _errors(self, clue: Clue, name: str) -> int:
        """Return the number of a condition that depends only on the error number; the tree decides for numbers without a name."""
        (key,) = clue.field.types
        answers = [0] * (max(errno.ERRORS) + 1)
        if name in ("error.name", "error.text"):
            text = errno.name if name == "error.name" else errno.text
            answers = [told(clue, key, text(number)) if number in errno.ERRORS else m.UNSURE for number in range(len(answers))]
        return self._choice(m.ERRNO, answers)

    # Conditions on attributes

    def _attributes(self, clue: Clue, what: int) -> int:
        states = self._states(clue)
        roots = [states.begin(ROOTS[family]) if family in ROOTS else m.NOWHERE for family in self.families]
        first = len(self.roots)
        self.roots.extend(roots)
        if what == m.ATTRIBUTES:
            for family, name in enumerate(self.families):
                place = ROOTS.get(name)
                if place is not None and any(one in clue.field.places for one in place.unknown.values()):
                    self.alive[family] |= 1 << m.UNDECLARED
            for family, root in enumerate(roots):
                if root >= 0:
                    at, count = self.states[root * m.STATE : root * m.STATE + 2]
                    for pair in range(at, at + count):
                        row = self.pairs[pair * m.PAIR]
                        self.alive[family] |= 1 << self._tables.rows[row * ROW + 4]
        return self._condition(what, 0, clue, first)

    def _states(self, clue: Clue) -> States:
        return States(self._tables, self._places, clue, partial(self._rule, clue))

    # Rules

    def _rule(self, clue: Clue, key: Key) -> int:
        """Return the number of the rule for the values of a type, -1 if they cannot match."""
        if clue.quantifier == "there":
            rules: Rules | None = Rules(key, None, None, (Rule("always"),))
        else:
            rules = clue.rules(key)
        return -1 if rules is None else self.rule(rules)

    def rule(self, rules: Rules) -> int:
        """Return the number of a type's rules, which are added if they are new."""
        type_ = type_of(rules.key)
        if any(rule.sign == "named" for rule in rules.any_of):
            return self._named(rules)
        if type_.group == "number" and (type_.size or 0) <= 64:
            return self._numbers(rules, type_)
        cuts = len(self.cuts) // 3
        for first, last in rules.cut.ranges if rules.cut is not None else ():
            self.cuts.extend((first, last or 0, int(last is not None)))
        count = len(self.cuts) // 3 - cuts if rules.cut is not None else -1
        kept, length = (-1, 0)
        if isinstance(rules.kept, bytes):
            kept, length = self._constant(rules.kept)
        first = len(self.tests) // m.TEST
        for rule in rules.any_of:
            self.tests.extend(self._test(rule, type_, rules.kept))
        self.rules.extend((m.OCTETS, first, len(rules.any_of), 0, cuts, count, kept, length))
        return len(self.rules) // m.RULE - 1

    def _named(self, rules: Rules) -> int:
        """Return the number of the rule on the names of numbers."""
        first = len(self.tests) // m.TEST
        for rule in rules.any_of:
            self.tests.extend(self._test(rule.value, TEXT, None))
        absent = any(rule.value.sign == "!=" for rule in rules.any_of)
        self.rules.extend((m.NAMED, first, len(rules.any_of), int(absent), int(self._datapaths), -1, -1, 0))
        return len(self.rules) // m.RULE - 1

    def _constant(self, value: bytes) -> tuple[int, int]:
        first = len(self.constants)
        self.constants += value
        return first, len(value)

    def _bytes(self, value: Any, type_: Type) -> bytes:
        """Return a constant as bytes that compare in the order of its type."""
        if isinstance(value, str):
            return value.encode("utf-8", "surrogatepass")
        return value.to_bytes((type_.size or 0) // 8, "big") if isinstance(value, int) else bytes(value)

    def _test(self, rule: Rule, type_: Type, kept: int | bytes | None) -> list[int]:
        sign, mask = _SIGNS[rule.sign], rule.mask
        if type_.group == "number":
            mask = kept if isinstance(kept, int) else None
            sign = m.NONZERO if sign == m.FILLED else sign
        plain = rule.value is not None and sign != m.OPEN_TEST
        low = self._constant(self._bytes(rule.value, type_)) if plain else (0, 0)
        high = self._constant(self._bytes(rule.high, type_)) if sign == m.BETWEEN else (0, 0)
        size = (type_.size or 0) // 8 if type_.group == "number" else type_.size or 0
        return [sign, *low, *high, -1 if mask is None else self._constant(mask.to_bytes(size, "big"))[0]]

    def _numbers(self, rules: Rules, type_: Type) -> int:
        first = len(self.ranges) // m.RANGE
        lowest, highest, bias = (-_SIGN, _SIGN - 1, _SIGN) if type_.signed else (0, _TOP, 0)
        kept = _TOP if rules.kept is None else int(rules.kept) & _TOP
        count = 0
        for rule in rules.any_of:
            value = rule.value
            if rule.sign == "has":
                # bits that do not count are never set
                spans, mask = [(value, value)] if value & ~kept == 0 else [], value
            else:
                spans, mask = _spans(rule, lowest, highest), kept
            for low, high in spans:
                low, high = max(low, lowest), min(high, highest)
                if low <= high:
                    self.ranges.extend((mask, low + bias, high + bias))
                    count += 1
        self.rules.extend((m.NUMBERS, first, count, int(type_.signed), 0, -1, -1, 0))
        return len(self.rules) // m.RULE - 1


def _spans(rule: Rule, lowest: int, highest: int) -> list[tuple[int, int]]:
    """Return the ranges of numbers that pass, as (lowest, highest)."""
    value = rule.value
    spans: dict[str, Callable[[], list[tuple[int, int]]]] = {
        "==": lambda: [(value, value)],
        "!=": lambda: [(lowest, value - 1), (value + 1, highest)],
        "<": lambda: [(lowest, value - 1)],
        "<=": lambda: [(lowest, value)],
        ">": lambda: [(value + 1, highest)],
        ">=": lambda: [(value, highest)],
        "range": lambda: [(value, rule.high)],
        "true": lambda: [(lowest, -1), (1, highest)],
        "always": lambda: [(lowest, highest)],
        "never": list,
    }
    return spans[rule.sign]()


@lru_cache(maxsize=1)
def conditions(tables: Tables, chosen: Filter, ahead: Ahead | None, printed: Printed | None = None) -> Conditions:
    """Return the tables of a filter, which the parts of one pass share."""
    return Conditions(tables, chosen.program(), ahead, printed)
