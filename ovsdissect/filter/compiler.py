"""Compiles a filter's syntax tree into a function: names become fields, literals become values of their types.

What cannot be compared is refused here, before any message is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ovsdissect.errors import FilterError
from ovsdissect.filter.checks import COMPARE, Clue, Rule, Rules, Side, comparable, quantified
from ovsdissect.filter.compiled import Compiled, junction, negation, of_request_type, placed
from ovsdissect.filter.constants import ALWAYS, NAME, Constants, Name, named_by, names_read, readings, rule
from ovsdissect.filter.fields import HEADER, Field, lookup
from ovsdissect.filter.hints import compared, nearest
from ovsdissect.filter.labels import label
from ovsdissect.filter.literals import Constant, MismatchError, constant, integer
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.syntax import Atom, Comparison, Exists, Joined, Negated, Operand, Test, Value, Within, fault, parse
from ovsdissect.filter.types import BYTES, TEXT, Key, Type, literal_form, type_of

# operator -> (which of a field's values must pass unless the filter says any or all; the comparison applied to each)
MEANING: Final = {
    "==": ("any", "=="),
    "===": ("all", "=="),
    "!=": ("all", "!="),
    "!==": ("any", "!="),
    "<": ("any", "<"),
    "<=": ("any", "<="),
    ">": ("any", ">"),
    ">=": ("any", ">="),
    "contains": ("any", "contains"),
    "matches": ("any", "matches"),
    "has": ("any", "has"),
}
TURNED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!=", "===": "===", "!==": "!=="}


class Compiler:
    """One compilation. fields: those that the filter names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.fields: list[Field] = []
        self.constants = Constants(text)

    def compile(self, test: Test) -> Compiled:
        """Compile a condition."""
        if isinstance(test, Negated):
            return negation(self.compile(test.inner))
        if isinstance(test, Joined):
            return self.joined(test)
        if isinstance(test, Exists):
            return self.exists(test)._replace(span=(test.operand.column, test.operand.length))
        if isinstance(test, Within):
            high = test.elements[-1][1] or test.elements[-1][0]
            end = self.text.find("}", high.column + high.length) + 1
            return self.within(test)._replace(span=(test.left.column, end - test.left.column))
        return self.comparison(test)._replace(span=(test.left.column, test.right.column + test.right.length - test.left.column))

    def joined(self, test: Joined) -> Compiled:
        """Compile conditions joined by and, or. The cheap ones are tested first, which does not change the answer."""
        return junction("all" if test.all_of else "any", [self.compile(part) for part in test.parts])

    def condition(
        self, quantifier: str, field: Field, rules: Callable[[Key], Rules | None], equal: Mapping[Key, Sequence[Constant]] | None = None
    ) -> Compiled:
        """Return a condition on the values of a field; equal: as in Clue."""
        clue = Clue(field, quantifier, rules, equal or {})
        test = quantified(quantifier, field.read, clue.checks)
        made = [rules(key) for key in field.types]
        if any(rule.sign == "named" for one in made if one is not None for rule in one.any_of):
            return Compiled(test, field.cost, needs=(field,), named=clue)  # names change in the course of a capture
        return Compiled(test, field.cost, clue=clue)

    # fields and sides

    def error(self, text: str, at: Operand | Value | Atom) -> FilterError:
        """Return an error at a part of the filter."""
        return fault(self.text, text, at.column, at.length)

    def field(self, value: Value) -> Field | None:
        """Return the field that a value names; None if it does not name one."""
        atom = value.atoms[0]
        if len(value.atoms) > 1 or atom.quoted:
            return None
        field = lookup(atom.text)
        if field is not None:
            self.fields.append(field)
        return field

    def unknown(self, value: Value) -> FilterError:
        """Return the error for a value in place of a field."""
        atom = value.atoms[0]
        if atom.quoted or len(value.atoms) > 1 or not NAME.fullmatch(atom.text):
            return self.error("a value alone is no condition: compare it with a field", value)
        near = compared(atom.text) or nearest(atom.text)
        hint = f": did you mean {near}?" if near else "; `ovsdissect fields` lists them"
        return self.error(f"there is no field {atom.text}{hint}", value)

    def side(self, operand: Operand, field: Field) -> Side:
        """Return a field with its slice and its bits."""
        keys = [key for key in field.types if type_of(key).group != "none"]
        bits: dict[Key, int | bytes] = {}
        if operand.slice is not None:
            keys = [key for key in keys if type_of(key).group in ("octets", "text")]
            if not keys:
                raise self.error(f"only bytes and texts have slices: {field.name} is {called(field)}", operand)
            if operand.bits is not None:
                keys = [key for key in keys if type_of(key).group == "octets"]
                if not keys:
                    raise self.error(f"only bytes have bits: {field.name} is {called(field)}", operand)
                bits = dict.fromkeys(keys, self.constants.of(operand.bits, (BYTES,), field)[BYTES].value)
        elif operand.bits is not None:
            numbers = [key for key in keys if type_of(key).group == "number"]
            if not numbers:
                raise self.error(f"& needs a number or a slice of bytes: {field.name} is {called(field)}", operand)
            bits = {key: number.value for key, number in self.constants.of(operand.bits, numbers, field).items()}
            keys = list(bits)
        return Side(field, operand, tuple(keys), bits)

    # conditions

    def exists(self, test: Exists) -> Compiled:
        """Compile a field alone: it is present, a boolean is true, or one of the selected bits is set."""
        if test.operand.value.atoms[0].text.startswith("ufid:") and test.operand.slice is None and test.operand.bits is None:
            atom = test.operand.value.atoms[0]
            ufid = Operand(Value((atom._replace(text="ufid", length=4),)), None, None)
            return self.comparison(Comparison(test.quantifier, ufid, "==", atom.column, test.operand))
        field = self.field(test.operand.value)
        if field is None:
            raise self.unknown(test.operand.value)
        side = self.side(test.operand, field)
        read = field.read
        if side.bits or side.operand.slice:
            there = Rule("set" if side.bits and side.operand.slice else "true")  # for bytes: one is not zero
            return self.condition(test.quantifier or "any", field, lambda key: side.rules(key, there))
        booleans = {key for key in field.types if type_of(key).kind == "bool"}
        if booleans:
            # undecoded bytes count as present too, unless the field consists of bits only
            other = None if booleans == set(field.types) else Rule("always")
            rules = {key: Rules(key, None, None, (Rule("true"),)) for key in booleans}
            return self.condition(
                test.quantifier or "any", field, lambda key: rules.get(key) or (other and Rules(key, None, None, (other,)))
            )
        clue = Clue(field, "there", lambda key: None)
        if field.cost == HEADER:
            return Compiled(lambda reading: any(True for _ in read(reading)), field.cost, clue=clue)
        return Compiled(lambda reading: bool(read(reading)), field.cost, clue=clue)

    def comparison(self, test: Comparison) -> Compiled:
        """Compile two operands and an operator."""
        left, right, sign = test.left, test.right, test.operator
        field = self.field(left.value)
        if field is None:
            other = self.field(right.value)
            if other is None or sign not in TURNED:
                raise self.unknown(left.value)
            left, right, sign, field = right, left, TURNED[sign], other
        elif (other := self.named(right, field)) is not None:
            return self.two_fields(test, field, other)
        if right.slice is not None or right.bits is not None:
            raise self.unknown(right.value)
        field = self.meant(field, right.value)
        quantifier, basic = MEANING[sign]
        if basic in ("==", "!=") and (said := self.labelled(field, left, right.value)) is not None:
            return said if basic == "==" else self.other_than(said)
        side = self.side(left, field)
        if basic in ("contains", "matches", "has"):
            rules = self.special(basic, side, right.value, test.column)
            return self.condition(test.quantifier or quantifier, names_read(field) if named_by(field) else field, rules)
        return self.compared(test.quantifier or quantifier, basic, side, right.value)

    def labelled(self, field: Field, left: Operand, value: Value) -> Compiled | None:
        """Return the condition behind a word that screens show instead of the field's value; None for any other literal."""
        atom = value.atoms[0]
        found = None if left.slice or left.bits or len(value.atoms) > 1 else label(field.name, atom.text, quoted=atom.quoted)
        test = parse(found.filter) if found is not None else None
        if found is None or test is None:
            return None
        inner = Compiler(found.filter)
        made = inner.compile(test)
        self.fields += inner.fields
        if found.request_type is not None:
            made = junction("all", (made, of_request_type(found.request_type)))
        return placed(made, (left.column, atom.column + atom.length - left.column))

    def other_than(self, said: Compiled) -> Compiled:
        """Return a condition for messages that are not shown with such a word."""
        message = lookup("nlmsg")
        assert message is not None
        self.fields.append(message)
        clue = Clue(message, "there", lambda key: None)
        there = Compiled(lambda reading: any(True for _ in message.read(reading)), message.cost, clue=clue, span=said.span)
        return junction("all", (there, negation(said)))._replace(span=said.span)

    def meant(self, field: Field, value: Value) -> Field:
        """Return the field that a condition is on: `error` compared with a name or a number means error.name or error.number."""
        atom = value.atoms[0]
        if field.name != "error" or len(value.atoms) > 1:
            return field
        meant = lookup("error.name" if integer(atom.text) is None else "error.number")
        assert meant is not None
        self.fields.append(meant)
        return meant

    def named(self, right: Operand, left: Field) -> Field | None:
        """Return the field on the right; a word that is a name of the left field's own values is not a field."""
        atom = right.value.atoms[0]
        if any(atom.text in type_of(key).names or atom.text in type_of(key).words for key in left.types):
            return None
        field = lookup(atom.text)
        if field is not None and "." not in atom.text and all(type_of(key).group == "none" for key in field.types):
            return None  # ip, eth: sets without a value; the word is meant as a value
        return self.field(right.value)

    def compared(self, quantifier: str, sign: str, side: Side, value: Value) -> Compiled:
        """Compile a comparison for equality or order."""
        constants = self.constants.of(value, side.keys, side.field, side.sliced, sign)
        if sign == "!=" and any(found.other is not None for found in constants.values()):
            # it differs from both readings: it is present, and equals neither
            there = self.condition("any", side.field, lambda key: side.rules(key, Rule("always")))
            one = self.compared("any" if quantifier == "all" else "all", "==", side, value)
            return junction("all", (there, negation(one)))

        def rules(key: Key) -> Rules | None:
            found = constants.get(key) or self.late(value, side.type(key))
            if found is None:
                return side.rules(key, Rule("never" if sign != "!=" else "always"))
            return side.rules(key, *(rule(sign, one) for one in (readings(found) if sign == "==" else [found])))

        if any(isinstance(found.value, Name) for found in constants.values()):
            side = side._replace(field=names_read(side.field))
        equal = {key: readings(found) for key, found in constants.items() if sign == "==" and side.taken(key) is None}
        return self.condition(quantifier, side.field, rules, equal)

    def late(self, value: Value, type_: Type) -> Constant | None:
        """Return a literal as a value of a type that only a message showed; None if it is not one."""
        try:
            return constant(value, type_)
        except MismatchError:
            return None

    def special(self, sign: str, side: Side, value: Value, column: int) -> Callable[[Key], Rules | None]:
        """Return the rules for contains, matches and has."""
        groups = {"has": ("number",)}.get(sign, ("octets", "text"))
        keys = [key for key in side.keys if side.type(key).group in groups and (sign != "has" or side.type(key).kind == "flags")]
        named = [key for key in side.keys if sign != "has" and side.type(key).group == "number"] if named_by(side.field) else []
        if not keys and not named:
            what = {"has": "a set of flags", "contains": "a text or bytes", "matches": "a text or bytes"}[sign]
            raise fault(self.text, f"{sign} needs {what}: {side.field.name} is {called(side.field)}", column, len(sign))
        if sign == "has":
            constants = self.constants.of(value, keys, side.field)
            made = {key: Rule(sign, found.value) for key, found in constants.items()}
        elif sign == "contains":
            made = {key: Rule(sign, self.constants.part(value, side.type(key), side.field)) for key in keys}
        else:
            made = {key: Rule(sign, self.constants.pattern(value, side.type(key))) for key in keys}
        if named:
            sought = self.constants.part(value, TEXT, side.field) if sign == "contains" else self.constants.pattern(value, TEXT)
            made |= dict.fromkeys(named, Rule("named", Rule(sign, sought)))
        never = Rule("never")
        return lambda key: side.rules(key, made.get(key, never))

    def within(self, test: Within) -> Compiled:
        """Compile membership in a set."""
        field = self.field(test.left.value)
        if field is None:
            raise self.unknown(test.left.value)
        labels = [self.labelled(field, test.left, low) if high is None else None for low, high in test.elements]
        shown = [said for said in labels if said is not None]
        elements = tuple(element for element, said in zip(test.elements, labels, strict=True) if said is None)
        if shown:
            others = (self.within(test._replace(elements=elements))._replace(span=shown[0].span),) if elements else ()
            return junction("any", (*shown, *others))
        side = self.side(test.left, field)
        if not side.keys:
            raise self.error(f"{field.name} holds other fields and has no value of its own: compare one of those", test.left)
        accepted: dict[Key, list[Rule]] = {key: [] for key in side.keys}
        equal: dict[Key, list[Constant]] = {key: [] for key in side.keys if side.taken(key) is None}
        for low, high in test.elements:
            lows = self.constants.of(low, side.keys, field, side.sliced, "" if high is None else ">=")
            highs = self.constants.of(high, side.keys, field, side.sliced, "<=") if high is not None else {}
            for key, found in lows.items():
                if high is None:
                    accepted[key] += [rule("==", one) for one in readings(found)]
                    if isinstance(found.value, Name):
                        field = names_read(side.field)
                    if key in equal:
                        equal[key] += readings(found)
                elif key in highs:
                    equal.pop(key, None)
                    if ALWAYS in (found, highs[key]):
                        accepted[key].append(rule("<=", highs[key]) if found is ALWAYS else rule(">=", found))
                        continue
                    if found.mask is not None or highs[key].mask is not None:
                        raise self.error("the ends of a range have no /prefix", low)
                    if highs[key].value < found.value:
                        raise self.error("the range is empty: its end is below its start", low)
                    accepted[key].append(Rule("range", found.value, high=highs[key].value))

        return self.condition(test.quantifier or "any", field, lambda key: side.rules(key, *accepted.get(key, ())), equal)

    def two_fields(self, test: Comparison, left: Field, right: Field) -> Compiled:
        """Compile a comparison of two fields: every value of one is compared with every value of the other."""
        sides = self.side(test.left, left), self.side(test.right, right)
        quantifier, basic = MEANING[test.operator]
        if basic in ("matches", "has"):
            raise self.error(f"{basic} takes no field on its right", test.right)
        compare = COMPARE[basic]
        if not any(comparable(sides[0].type(a), sides[1].type(b), basic) for a in sides[0].keys for b in sides[1].keys):
            kinds = " and ".join(f"{field.name} is {called(field)}" for field in (left, right))
            raise fault(self.text, f"these two cannot be compared by {basic}: {kinds}", test.column, len(test.operator))
        every = (test.quantifier or quantifier) == "all"

        def passes(reading: Reading) -> bool:
            results = [
                compare(one, other) if comparable(mine, theirs, basic) else basic == "!="
                for mine, one in sides[0].values(reading)
                for theirs, other in sides[1].values(reading)
            ]
            return all(results) and bool(results) if every else any(results)

        return Compiled(passes, max(left.cost, right.cost), needs=(left, right))


def called(field: Field) -> str:
    """Return what a field is, for error messages."""
    types = [type_of(key) for key in field.types]
    valued = [type_ for type_ in types if type_.group != "none"]
    return literal_form(valued[0]) if valued else "a set of other fields"
