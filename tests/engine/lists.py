"""Lists made twice: by the tree alone, and by the engine, compiled or from its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final, NamedTuple

from ovsdissect.api import Message, is_ovs
from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context
from ovsdissect.dissect.conversation import Registries
from ovsdissect.dissect.survey import survey
from ovsdissect.engine import list_shape, list_tables, listing, listline, passes
from ovsdissect.families.registry import Registry
from ovsdissect.odp.releases import release
from ovsdissect.text.forms import Aligned, Form, Separated
from ovsdissect.text.rows import ARROWS, Clock, TimeStyle, columns
from tests.engine.uncompiled import uncompiled

DEFAULT: Final = ("number", "time", "direction", "family", "cmd", "datapath", "port", "summary")
CAPACITY: Final = 1 << 16


class Modules(NamedTuple):
    """The engine's modules that a list needs."""

    passes: Any
    tables: Any
    lines: Any


COMPILED: Final = Modules(passes, list_tables, listline)


@cache
def plain() -> Modules:
    """The same from their sources."""
    return Modules(*uncompiled("passes", "list_tables", "listline"))


class Listing:
    """A list of some columns, made anew for each pass."""

    def __init__(
        self,
        names: Sequence[str] = DEFAULT,
        *,
        csv: bool = False,
        style: TimeStyle = "relative",
        digits: int = 6,
        everything: bool = False,
        named: bool = True,
        ovs: str = "4.0",
    ) -> None:
        self.names, self.csv, self.style, self.digits, self.everything = names, csv, style, digits, everything
        self.named, self.ovs = named, ovs

    def made(self) -> tuple[listing.Listing, list_shape.Shape]:
        """The list, and the shape of its lines."""
        clock = Clock(self.style, self.digits)
        own = columns(clock, arrows=not self.csv)
        shown = [own[name] for name in self.names]
        form: Form = Separated(shown) if self.csv else Aligned(shown)
        down, up = ((name if self.csv else arrow).encode() for name, arrow in ARROWS.items())
        shape = list_shape.shape(shown, self.style, self.digits, (down, up), separated=self.csv)
        assert shape is not None
        everything, named = self.everything, self.named

        def wanted(message: Message) -> bool:
            return everything or is_ovs(message)

        made = listing.Listing(form, clock, shape, release(self.ovs), wanted, str.encode, everything=everything, names=named)
        return made, shape

    def by_tree(self, records: Iterable[Record], registry: Registry) -> tuple[list[bytes], int]:
        """The lines, and how many of the messages had a problem."""
        (made, _), context = self.made(), Context(registry, Message)
        found = [made.line(message) for record in records for message in context.messages(record)]
        return [line for line in found if line is not None], made.malformed

    def by_engine(self, records: Iterable[Record], registry: Registry, modules: Modules) -> tuple[list[bytes], int, int]:
        """The same, and how many messages went by their trees."""
        made, shape = self.made()
        tables = modules.tables.list_tables(release(self.ovs))
        lines: list[bytes] = []
        back_ends: list[Any] = []

        def back_end(walk: Any, answer: Any, output: Any, _grammar: Any) -> Any:
            lines_of = modules.lines.ListLines(walk, answer, output, tables, shape, self.everything, self.named)
            made.follow(lines_of.times)
            back_ends.append(lines_of)
            return lines_of

        def take(message: Message) -> None:
            lines.extend(over.output.taken().splitlines(keepends=True))
            line = made.line(message)
            if line is not None:
                lines.append(line)

        over = modules.passes.Pass(tables.tables, Context(registry, Message), back_end, take, CAPACITY)
        for _status in over.run(Records.of(records)):
            lines.extend(over.output.taken().splitlines(keepends=True))
        return lines, made.malformed + sum(one.malformed for one in back_ends), sum(over.asked.values())

    def check(self, records: Sequence[Record], registry: Callable[[], Registry], modules: Modules = COMPILED) -> tuple[int, int]:
        """How many messages there are, and how many of them the tree read; both ways say the same."""
        wanted, malformed = self.by_tree(records, registry())
        lines, count, trees = self.by_engine(records, registry(), modules)
        for ours, theirs in zip(lines, wanted, strict=False):
            assert ours == theirs
        assert (len(lines), count) == (len(wanted), malformed)
        return len(lines), trees


def surveyed(records: Iterable[Record]) -> Callable[[], Registry]:
    """What makes a registry of the ids that a first pass finds."""

    def made() -> Registry:
        registry = Registry()
        survey(Registries.of(registry), records)
        return registry

    return made
