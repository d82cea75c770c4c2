"""The messages of a capture that pass a display filter: the compiled engine selects them, and the tree reads them.

Without the engine the tree does both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ovsdissect.capture import Record, Records
from ovsdissect.dissect.context import Context, M
from ovsdissect.engine.available import engine

if TYPE_CHECKING:
    from ovsdissect.filter import Filter


def selected(
    context: Context[M], records: Records, chosen: Filter, shown: Callable[[M], bool], *, everything: bool
) -> Iterator[tuple[Record, M]]:
    """Yield the messages that pass, with their records.

    shown: whether a message may pass at all; everything: messages of other families and protocols may.
    """
    if not engine().compiled:
        for record in records:
            for message in context.messages(record):
                if chosen.start_ns is None:
                    chosen.start_ns = message.time_ns
                if shown(message) and chosen.matches(message):
                    yield record, message
        return
    from ovsdissect.engine.backend import BackEnd
    from ovsdissect.engine.passes import Pass
    from ovsdissect.engine.tables import tables

    found: list[tuple[Record, M]] = []

    def take(message: M) -> None:
        if over.passes is not False and shown(message) and chosen.matches(message):
            assert over.record is not None
            found.append((over.record, message))

    over = Pass(tables(), context, BackEnd.asking, take, 0, (chosen, everything), keys=True)
    for _status in over.run(records):
        yield from found
        found.clear()
    yield from found
