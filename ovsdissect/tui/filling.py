"""Fills the store with the compiled engine; the tree reads only the messages that the engine refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from ovsdissect.api import Message
from ovsdissect.capture import Records, Stretch
from ovsdissect.capture.records import Piece
from ovsdissect.dissect.context import Context
from ovsdissect.engine import columncodes as c
from ovsdissect.engine.answers import Answer
from ovsdissect.engine.codes import BARE
from ovsdissect.engine.column_tables import Column, ColumnTables
from ovsdissect.engine.columns import Columns
from ovsdissect.engine.output import Output
from ovsdissect.engine.passes import Pass
from ovsdissect.engine.scan import Scan
from ovsdissect.engine.tables import Tables, tables
from ovsdissect.engine.walk import Walk
from ovsdissect.families import FAMILIES
from ovsdissect.netlink.headers import NETLINK_GENERIC, NLMSG_MIN_TYPE
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, RTM_BASE
from ovsdissect.tui.store import Rows, Store

ROWS: Final = 4096
_KIND, _TYPE, _PROTOCOL, _REQUEST, _FAMILY, _CONVERSATION = range(6)
_HEADERS: Final = (c.OF_KIND, c.OF_TYPE, c.OF_PROTOCOL, c.OF_REQUEST, c.OF_REQUESTED_FAMILY, c.OF_CONVERSATION)


class Filling:
    """One pass over a capture into a store."""

    def __init__(self, store: Store, context: Context[Message]) -> None:
        self._store, self._context = store, context
        self._columns: Columns | None = None
        # the index of the family, for each command of the tables
        self._places = [store.place(family, family.name) for family, _ in tables().declared]
        self._none = store.place(None, None)
        self._over = Pass(tables(), context, self._make, store.add_message, 0, before=self._flush)
        self._over.library.before_names = self._flush

    def _make(self, walk: Walk, answer: Answer, output: Output, made: Tables) -> Columns:
        wanted = ColumnTables(made, [Column(place, what) for place, what in enumerate(_HEADERS)])
        self._columns = Columns(
            walk, answer, output, wanted, capacity=ROWS, room=0, by_row=False, answers=True, everything=True, complete=True
        )
        return self._columns

    def run(self, pieces: Iterable[Piece]) -> Iterator[None]:
        """Process the pieces of a capture; yields to the caller after each piece, and within long ones."""
        for _ in self._over.run(Records(self._tabled(pieces))):
            self._flush()
            yield

    def _tabled(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces; their records are added to the table as they are read."""
        table, scan = self._store.table, Scan()
        for piece in pieces:
            if isinstance(piece, Stretch):
                table.stretch(piece, scan)
                yield piece
                continue
            records = list(piece if isinstance(piece, list) else piece.records())
            for record in records:
                table.add(record)
            yield records

    def _flush(self) -> None:
        """Add the rows so far to the store; the current names of their conversations apply to all of them."""
        columns = self._columns
        if columns is None or not columns.rows:
            return
        count, values, valid = columns.rows, memoryview(columns.values), memoryview(columns.valid)
        kinds, types, protocols, requests, _, keys = (
            values[column * ROWS : column * ROWS + count].tolist() for column in range(len(_HEADERS))
        )
        asked, answers = (valid[column * ROWS : column * ROWS + count] for column in (_REQUEST, _FAMILY))
        places, none, unnamed = self._places, self._none, Counter[tuple[int, int]]()
        talks = {key: self._context.conversations[key] for key in dict.fromkeys(keys)}
        families: list[int] = []
        links: list[tuple[int, int]] = []
        for kind, number, protocol, key in zip(kinds, types, protocols, keys, strict=True):
            if kind >= 0:
                families.append(places[kind])
            elif kind == BARE and protocol == NETLINK_GENERIC and number >= NLMSG_MIN_TYPE:
                known = talks[key].registry.known(number)
                name = known.name if known is not None and known.name not in FAMILIES else None
                families.append(self._store.place(None, name))
                unnamed[key, number] += name is None
            else:
                if kind == BARE and protocol == NETLINK_ROUTE and number & ~3 == RTM_BASE:
                    links.append((len(families), key))
                families.append(none)
        ovs = bytes(1 if kind >= 0 else answered if kind != BARE else 0 for kind, answered in zip(kinds, answers, strict=True))
        numbers = [number if there else 0 for number, there in zip(requests, asked, strict=True)]
        names = {key: (talk.ports, talk.datapaths) for key, talk in talks.items()}
        self._store.extend(Rows(families, ovs, numbers, links, +unnamed, names))
        columns.clear()
