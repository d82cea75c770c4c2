"""Applies errors to the requests that they answer: a flow was refused, conflicted with another, or was gone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice

from ovsdissect.analysis.answers import EEXIST
from ovsdissect.analysis.entry import FLUSH, GONE, Entry
from ovsdissect.analysis.errors import IN_THE_WAY, SEARCHES, Errors, Group
from ovsdissect.analysis.exchange import Execute, Put, Request
from ovsdissect.analysis.facts import FLOW_DEL, FLOW_GET, FLOW_SET, PUT, ErrorFact, Fact
from ovsdissect.analysis.findings import InTheWay
from ovsdissect.analysis.keys import covers, flat
from ovsdissect.analysis.side import Side
from ovsdissect.analysis.sides import Sides
from ovsdissect.analysis.transactions import Transactions
from ovsdissect.families import NLCTRL

ENOENT = 2


class Failures:
    """The errors of a capture. groups: errors of the same sort. refused: puts by error; probes_refused: puts with PROBE.

    ways: for puts refused with EEXIST, the conflicting flows by the number of the error; for as many errors as searches allow.
    """

    def __init__(self, sides: Sides, transactions: Transactions) -> None:
        self.groups = Errors()
        self.refused: Counter[int] = Counter()
        self.probes_refused = 0
        self.ways: dict[int, tuple[InTheWay, ...]] = {}
        self._sides, self._transactions = sides, transactions

    def error(self, fact: Fact) -> None:
        """Take an error."""
        body, find = fact.body, self._transactions.find
        assert isinstance(body, ErrorFact)
        asked = find(body.pid, body.seq, body.type) or find(fact.pid, fact.seq, body.type)
        number = None if asked is None else asked.number
        if asked is None and fact.family != NLCTRL.name and fact.pid & 0xFFFFFFFF:
            self._transactions.stray(fact)
        if isinstance(asked, Put):
            self._refused(asked, fact, -body.number, self.groups.add(fact, body, number, False, asked.key))
            return
        self.groups.add(fact, body, number, asked.probe if isinstance(asked, Request) else body.probe, body.key)
        if isinstance(asked, Execute):
            asked.error = -body.number
        elif isinstance(asked, Request):
            self._not_done(asked, fact, -body.number)
            self._transactions.done(fact.pid, fact.seq)

    def _refused(self, put: Put, fact: Fact, error: int, group: Group) -> None:
        side = self._sides.side(put.dp)
        self.refused[error] += 1
        put.error = error
        if error != EEXIST:
            side.pairing.refused(put)
        entry = put.flow
        if entry is not None:
            side.table.refuse(entry, fact)
        if error == EEXIST and group.searches < SEARCHES:
            group.searches += 1
            found: Iterable[Entry] = [put.met] if put.met is not None else in_the_way(side, entry) if entry is not None else ()
            ways = [InTheWay(other.ufid, other.number, other.order) for other in islice(found, IN_THE_WAY)]
            self.ways[fact.number] = tuple(ways)
            for way in ways:
                if len(group.in_the_way) < IN_THE_WAY:
                    group.in_the_way[way.number] = way

    def _not_done(self, asked: Request, fact: Fact, error: int) -> None:
        """Take the failure of a request about existing flows: either they do not exist, or they stay unchanged."""
        side, what, event = self._sides.side(asked.dp), asked.what, asked.event
        if event == PUT:
            self.probes_refused += 1
            if isinstance(what, Entry):
                side.table.refuse(what, fact)
        elif event == FLOW_GET:
            if error == ENOENT and isinstance(what, bytes):
                side.table.gone(what, fact)
        elif error == ENOENT and event in (FLOW_SET, FLOW_DEL):
            if not asked.probe:
                side.show("gone", asked.number, asked.time_ns)
            if isinstance(what, Entry):
                side.table.gone(what.id, fact)
            elif isinstance(what, list):
                for entry in what:
                    if entry.end is not None and entry.end.why != FLUSH:
                        entry.end.why = GONE
        elif isinstance(what, list):
            for entry in what:
                side.table.restore(entry)


def in_the_way(side: Side, refused: Entry) -> Iterator[Entry]:
    """Yield the flows of the table whose mask covers a refused key."""
    if refused.key is None:
        return
    key = flat(refused.key, refused.order)
    mask = None if refused.mask is None else flat(refused.mask, refused.order)
    for entry in side.table.flows.values():
        if entry.key is not None and entry is not refused:
            other = None if entry.mask is None else flat(entry.mask, entry.order)
            if covers(flat(entry.key, entry.order), other, key, mask):
                yield entry
