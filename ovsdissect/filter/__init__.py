"""The display filter: Wireshark's language over the fields of Open vSwitch's messages.

A filter is compiled once, and reads only those parts of a message that it names.
"""

from __future__ import annotations

from ovsdissect.dissect.message import Message
from ovsdissect.errors import FilterError
from ovsdissect.filter.columns import Column, column
from ovsdissect.filter.compiler import Compiler
from ovsdissect.filter.completion import Completion, complete
from ovsdissect.filter.fields import HEADER
from ovsdissect.filter.gather import Selection
from ovsdissect.filter.listing import FieldInfo, catalogue
from ovsdissect.filter.possible import ImpossibleError, check, passes_others
from ovsdissect.filter.program import ALL, Step, program
from ovsdissect.filter.reading import Reading
from ovsdissect.filter.syntax import fault, parse
from ovsdissect.filter.told import NAMES as TOLD

__all__ = ["Column", "Completion", "FieldInfo", "Filter", "FilterError", "catalogue", "column", "compile", "complete"]


class Filter:
    """A compiled display filter.

    text: as it was given. needs_tree: whether it needs more of a message than its headers. looks_ahead: whether it asks what later messages
    tell.
    start_ns: the time that time_relative counts from; if not set, the time of the first message shown to the filter.
    full: decode every message completely first; the answer is the same, only slower.
    condition: the compiled condition, None if every message passes. selection: what it reads of a message's attributes.
    """

    __slots__ = ("_relative", "_test", "condition", "looks_ahead", "needs_tree", "selection", "start_ns", "text")

    def __init__(self, text: str, *, full: bool = False) -> None:
        self.text = text
        self.start_ns: int | None = None
        test = parse(text)
        compiler = Compiler(text)
        self.condition = compiler.compile(test) if test is not None else None
        self._test = self.condition.test if self.condition is not None else None
        if self.condition is not None:
            try:
                check(self.condition, text)
            except ImpossibleError as error:
                raise fault(text, str(error), error.column, error.length) from None
        fields = compiler.fields
        self.needs_tree = any(field.cost != HEADER for field in fields)
        self.looks_ahead = any(field.name in TOLD for field in fields)
        self._relative = any(field.name == "time_relative" for field in fields)
        self.selection = Selection(
            (place for field in fields for place in field.places), (name for field in fields for name in field.inner), direct=not full
        )

    def __repr__(self) -> str:
        return f"<Filter {self.text!r}>"

    def program(self) -> tuple[Step, ...]:
        """Return the filter as a plain program, for readers other than the tree."""
        return ALL if self.condition is None else program(self.condition)

    def passes_others(self) -> bool:
        """Whether messages that do not belong to a decoded family may pass."""
        return self.condition is None or passes_others(self.condition)

    def matches(self, message: Message) -> bool:
        """Whether a message passes."""
        if self._test is None:
            return True
        if self._relative and self.start_ns is None:
            self.start_ns = message.time_ns
        return self._test(Reading(message, self.selection, self.start_ns))


def compile(text: str) -> Filter:
    """Compile a display filter; an empty one passes every message. Raises FilterError with the column at fault."""
    return Filter(text)
