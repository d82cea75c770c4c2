"""Finds the messages that pass a condition on their printed text: a list's summary, or Open vSwitch's texts.

In a separate pass the back ends of lists and of `json --odp` print all texts, and the condition is tested on each. Messages that they leave
to the tree are tested with the tree's text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import TYPE_CHECKING, Final, Generic

from ovsdissect.dissect.context import Context, M

if TYPE_CHECKING:
    from ovsdissect.capture import Records
    from ovsdissect.engine.answers import Answer
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.odplines import OdpLines
    from ovsdissect.engine.output import Output
    from ovsdissect.engine.tables import Tables
    from ovsdissect.engine.walk import Walk
    from ovsdissect.filter.checks import Clue

SUMMARY: Final = "summary"
ODP: Final = "odp."
CAPACITY: Final = 1 << 18  # bytes of text at a time

Make = Callable[["Walk", "Answer", "Output", "Tables"], "BackEnd"]
Begin = Callable[[], AbstractContextManager["tuple[Context[M], Records]"]]


def printed(clue: Clue) -> bool:
    """Whether a condition is about the printed text of a message."""
    return clue.field.name == SUMMARY or clue.field.name.startswith(ODP)


class Printed(Generic[M]):
    """The conditions on the printed texts of a capture's messages, each evaluated once.

    begin: starts a pass over the whole capture. spoken: returns the release whose texts are printed, None if there are several.
    """

    def __init__(self, begin: Begin[M], spoken: Callable[[], str | None]) -> None:
        self._begin, self._spoken = begin, spoken
        self._known: dict[int, tuple[Clue, Sequence[int]]] = {}

    def numbers(self, clue: Clue) -> Sequence[int] | None:
        """Return the numbers of the messages that pass, ascending; None if only the tree knows the texts."""
        for _share in self.find([clue]):
            pass
        known = self._known.get(id(clue))
        return known and known[1]

    def find(self, clues: Iterable[Clue]) -> Iterator[int]:
        """Find the messages that pass the conditions; yields the number examined so far, repeatedly."""
        asked = [clue for clue in clues if printed(clue) and id(clue) not in self._known]
        version = self._spoken() if asked else None
        if version is None:
            return
        from ovsdissect.odp.releases import release

        for named in (SUMMARY, ODP):
            mine = [clue for clue in asked if clue.field.name.startswith(named)]
            if not release(version).log_skips_unmasked:
                mine = [clue for clue in mine if clue.field.name != "odp.line"]  # these need keys of earlier messages
            if mine:
                yield from self._pass(mine, version, summaries=named == SUMMARY)

    def _pass(self, clues: Sequence[Clue], version: str, *, summaries: bool) -> Iterator[int]:
        from ovsdissect.engine.passes import Pass

        found: dict[int, list[int]] = {id(clue): [] for clue in clues}
        lines = _Summaries(clues, version, found) if summaries else _Texts(clues, version, found)
        taken = BytesIO()

        def flush() -> None:
            over.output.write_to(taken)
            lines.take(taken.getvalue())
            taken.seek(0)
            taken.truncate()

        def take(message: M) -> None:
            lines.doubt(message)
            if message.number is None:
                return
            for clue in clues:
                if _passes(clue, message):
                    found[id(clue)].append(message.number)

        with self._begin() as (context, records):
            over: Pass[M] = Pass(lines.tables(), context, lines.back_end, take, CAPACITY, before=flush)
            for _status in over.run(records):
                flush()
                yield over.messages
            flush()
        for clue in clues:
            self._known[id(clue)] = clue, sorted(found[id(clue)])


def _passes(clue: Clue, message: M) -> bool:
    """Whether a message that the tree reads passes a condition on its text."""
    from ovsdissect.filter.gather import Selection
    from ovsdissect.filter.reading import Reading

    for key, text in clue.field.read(Reading(message, Selection(()))):
        check = clue.checks(key)
        return clue.quantifier == "there" or (check is not None and check(text))
    return False


def _asks(clue: Clue) -> Callable[[str], bool]:
    """Return the test that a condition applies to a text."""
    (key,) = clue.field.types
    return (lambda text: True) if clue.quantifier == "there" else clue.checks(key) or (lambda text: False)


def _sought(clue: Clue) -> str | None:
    """Return a text that every match contains; None if there is none."""
    rules = clue.rules(clue.field.types[0]) if clue.quantifier == "any" else None
    if rules is None or rules.cut is not None or len(rules.any_of) != 1:
        return None
    (rule,) = rules.any_of
    plain = rule.sign in ("contains", "==") and isinstance(rule.value, str)
    return rule.value if plain and rule.value.isascii() and rule.value.isprintable() and not set('"\\') & set(rule.value) else None


class _Lines:
    """Tests lines of a number and a text, skipping those that cannot pass. found: the numbers that pass, by the id of a condition."""

    def __init__(self, clues: Sequence[Clue], version: str, found: dict[int, list[int]]) -> None:
        from ovsdissect.engine.list_tables import list_tables
        from ovsdissect.odp.releases import release

        self.made = list_tables(release(version))
        self.asked = [(clue.field.name, _sought(clue), _asks(clue), found[id(clue)]) for clue in clues]

    def tables(self) -> Tables:
        """Return the tables of the release."""
        return self.made.tables

    def take(self, lines: bytes) -> None:
        """Test the conditions on the texts of some lines."""
        for name, sought, passes, numbers in self.asked:
            for line in lines.splitlines() if sought is None else _with(lines, sought.encode()):
                number, _, text = line.partition(b" ")
                said = self.text(text, name)
                if said is not None and passes(said):
                    numbers.append(int(number))

    def text(self, line: bytes, name: str) -> str | None:
        """Return the text with a name."""
        raise NotImplementedError

    def back_end(self, walk: Walk, answer: Answer, output: Output, tables: Tables) -> BackEnd:
        """Return the back end that writes the lines."""
        raise NotImplementedError

    def doubt(self, message: object) -> None:
        """Note that the tree reads a message."""


def _with(lines: bytes, sought: bytes) -> Iterator[bytes]:
    """Yield the lines that contain a text."""
    at = lines.find(sought) if sought else -1
    if not sought:
        yield from lines.splitlines()
    while at >= 0:
        start, end = lines.rfind(b"\n", 0, at) + 1, lines.find(b"\n", at)
        yield lines[start:end]
        at = lines.find(sought, end)


class _Summaries(_Lines):
    """The summaries of a list."""

    def text(self, line: bytes, name: str) -> str:
        return line.decode()

    def back_end(self, walk: Walk, answer: Answer, output: Output, tables: Tables) -> BackEnd:
        from ovsdissect.engine.list_shape import shape
        from ovsdissect.engine.listline import ListLines
        from ovsdissect.text.rows import Clock, columns

        own = columns(Clock("relative"))
        made = shape([own[name]._replace(width=1) for name in ("number", SUMMARY)], "relative", 6, (b"", b""))
        assert made is not None
        return ListLines(walk, answer, output, self.made, made, True, True)


class _Texts(_Lines):
    """The objects that hold Open vSwitch's texts."""

    def __init__(self, clues: Sequence[Clue], version: str, found: dict[int, list[int]]) -> None:
        super().__init__(clues, version, found)
        self.names = [clue.field.name.removeprefix(ODP) for clue in clues]
        self._back_ends: list[OdpLines] = []

    def text(self, line: bytes, name: str) -> str | None:
        name = name.removeprefix(ODP)
        if b"\\" in line:
            import orjson

            said: str | None = orjson.loads(line).get(name)
            return said
        before = f'"{name}":"'.encode()
        start = line.find(before)
        return None if start < 0 else line[start + len(before) : line.find(b'"', start + len(before))].decode()

    def back_end(self, walk: Walk, answer: Answer, output: Output, tables: Tables) -> BackEnd:
        from ovsdissect.engine.odplines import OdpLines

        made = OdpLines(walk, answer, output, self.made, True, False, None, self.names)
        self._back_ends.append(made)
        return made

    def doubt(self, message: object) -> None:
        if getattr(message, "family", None) == "ovs_flow" and getattr(message, "problems", ()):
            for made in self._back_ends:
                made.doubt()
