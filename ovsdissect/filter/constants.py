"""Turns the literals of a filter into constants of a field's types, or says what is wrong with them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from ovsdissect.errors import FilterError
from ovsdissect.filter.checks import Rule
from ovsdissect.filter.fields import Field
from ovsdissect.filter.hints import nearest
from ovsdissect.filter.literals import Constant, MisfitError, MismatchError, constant, integer
from ovsdissect.filter.ports import datapaths_with_names, is_port, with_names
from ovsdissect.filter.syntax import Value, fault
from ovsdissect.filter.types import BYTES, Key, Type, type_of
from ovsdissect.netlink import errno

ERROR_NUMBERS: Final = ("error.number", "netlink.error")
ERRNOS: Final = {name: number for number, (name, _) in errno.ERRORS.items()}
NAME_OF_PORT: Final = re.compile(r"[A-Za-z0-9_.:@/+-]+")
NAME: Final = re.compile(r"\.?[a-z_][a-z0-9_]*(?:\.[a-z0-9_]+)*\.?", re.IGNORECASE)  # the spelling of a field's name
ALWAYS: Final = Constant(None)  # used for a number that a field cannot hold, if all of its values pass the comparison
_ABOVE: Final = ("<", "<=", "!=")  # the comparisons that all of a field's values pass if the number is above them
_BELOW: Final = (">", ">=", "!=")


class Name(str):
    """A name that a number has in the capture, instead of the number."""


class Constants:
    """The constants of one filter. text: the filter, for errors that point into it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def error(self, text: str, at: Value) -> FilterError:
        """Return an error at a value of the filter."""
        return fault(self.text, text, at.column, at.length)

    def of(self, value: Value, keys: Iterable[Key], field: Field, as_type: Type | None = None, sign: str = "") -> dict[Key, Constant]:
        """Return a literal as a constant of each type that it can have. Raises FilterError if it fits none.

        sign: the comparison; ALWAYS is the constant for a type if all of its values pass.
        """
        found: dict[Key, Constant] = {}
        first: MismatchError | None = None
        keys = list(keys)
        for key in keys:
            try:
                found[key] = self.spoken(value, field, as_type or type_of(key))
            except MisfitError as error:
                first = first or error
                if sign in (_ABOVE if error.above else _BELOW):
                    found[key] = ALWAYS
            except MismatchError as error:
                first = first or error
                if (as_type or type_of(key)).kind == "uuid":
                    found.clear()
                    break  # bytes of another length are not a ufid either
        if not found:
            if first is None:
                raise self.error(f"{field.name} holds other fields and has no value of its own: compare one of those", value)
            first = self.of_all_names(value, [as_type or type_of(key) for key in keys]) or first
            atom = value.atoms[0]
            near = nearest(atom.text) if not atom.quoted and "." in atom.text and NAME.fullmatch(atom.text) else None
            if near:
                raise self.error(f"there is no field {atom.text}: did you mean {near}?", value)
            raise fault(self.text, f"{field.name}: {first}", first.column, first.length)
        return found

    def spoken(self, value: Value, field: Field, type_: Type) -> Constant:
        """Return a literal as a constant of a field's type: an error number, a port or a datapath may also be given by name."""
        atom = value.atoms[0]
        if field.name in ERROR_NUMBERS and len(value.atoms) == 1:
            if atom.text in ERRNOS:
                return Constant(-ERRNOS[atom.text])
            wrong = integer(atom.text)
            if wrong is not None and wrong > 0:
                near = errno.ERRORS.get(wrong, ("",))[0]
                text = f"error numbers are negative: did you mean -{wrong}" + (f", or {near}?" if near else "?")
                raise MismatchError(text, atom.column, atom.length)
        try:
            return constant(value, type_)
        except MismatchError:
            if len(value.atoms) > 1 or type_.group == "none" or not named_by(field):
                raise
            if type_.group == "text":
                return Constant(atom.text)
            if not (atom.quoted or NAME_OF_PORT.fullmatch(atom.text)) or atom.text.isdecimal() or integer(atom.text) is not None:
                raise
            return Constant(Name(atom.text))

    def of_all_names(self, value: Value, types: list[Type]) -> MismatchError | None:
        """Return what is wrong with a literal for a field whose values can have the names of several types."""
        named = [type_ for type_ in types if type_.names]
        if len(named) < 2:
            return None
        try:
            constant(value, replace(named[0], names={name: number for type_ in named for name, number in type_.names.items()}))
        except MismatchError as error:
            return error
        return None

    def part(self, value: Value, type_: Type, field: Field) -> Any:
        """Return the text or bytes that a value must contain."""
        atom = value.atoms[0]
        if len(value.atoms) > 1:
            raise self.error("contains takes one value", value)
        if type_.group == "text":
            return atom.text
        return self.of(value, (BYTES,), field)[BYTES].value

    def pattern(self, value: Value, type_: Type) -> Callable[[Any], object]:
        """Return the search for a regular expression, case-insensitive and unanchored, by an engine whose time is linear in the text."""
        import re2

        atom = value.atoms[0]
        if not atom.quoted:
            raise self.error(f'a regular expression needs quotes: "{atom.text}"', value)
        options = re2.Options()
        options.case_sensitive = False
        options.log_errors = False
        options.max_mem = 1 << 22
        octets = type_.group == "octets"
        if octets:
            options.encoding = re2.Options.Encoding.LATIN1
        try:
            compiled = re2.compile(atom.text.encode("latin-1") if octets else atom.text, options)
        except (re2.error, UnicodeError) as error:
            said = error.args[0] if error.args else ""
            said = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
            raise self.error(f"invalid regular expression: {said}", value) from None
        search: Callable[[Any], object] = compiled.search
        # searching bytes takes a third of the time: offsets in a text need not be counted
        return search if octets else lambda text: search(text.encode("utf-8", "surrogatepass"))


def rule(sign: str, found: Constant) -> Rule:
    """Return the test on a value that is compared with a literal."""
    if found is ALWAYS:
        return Rule("always")
    return Rule("named", Rule(sign, str(found.value))) if isinstance(found.value, Name) else Rule(sign, found.value, found.mask)


def readings(found: Constant) -> list[Constant]:
    """Return the possible meanings of a literal: text in quotes that reads as bytes in hex also means these bytes."""
    return [found] if found.other is None else [found, Constant(found.other)]


def named_by(field: Field) -> bool:
    """Whether the numbers of a field have names in the capture."""
    return field.name == "port" or _is_datapath(field) or is_port(field.places)


def _is_datapath(field: Field) -> bool:
    return field.name == "datapath" or field.name.rpartition(".")[2] == "dp_ifindex"


def names_read(field: Field) -> Field:
    """Return the field with its numbers' names."""
    if field.name in ("port", "datapath"):
        return field
    return replace(field, read=(datapaths_with_names if _is_datapath(field) else with_names)(field.read))
