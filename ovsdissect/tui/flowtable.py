"""The flow table at one moment: one pass of the analyses up to that moment, and the text of each flow when it is displayed."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from ovsdissect.analysis.findings import Flow
from ovsdissect.capture import Records
from ovsdissect.engine.available import engine
from ovsdissect.odp.releases import NEWEST, Version
from ovsdissect.report.flowtext import FlowText, Style, flow_text
from ovsdissect.report.objects import ufid_text as text_of
from ovsdissect.tui.choosing import context_of, pieces, spoken
from ovsdissect.tui.session import Session


@dataclass
class Table:
    """known: the pass is complete.  flows: those in the table.  start_ns: the start of the capture.

    polls: the kernel's count of flows and its time, by datapath.
    """

    known: bool = False
    flows: list[Flow] = field(default_factory=list)
    start_ns: int = 0
    polls: list[tuple[int, int]] = field(default_factory=list)
    fault: str = ""
    _ovs: Version = NEWEST
    _names: Mapping[tuple[int, int], Mapping[int, str]] | None = None

    def __post_init__(self) -> None:
        self._made = lru_cache(maxsize=512)(self._make)

    def read(self, session: Session, number: int | None, stopping: threading.Event) -> None:
        """Read up to a message, or to the end."""
        from ovsdissect.analysis import conclude
        from ovsdissect.analysis.moment import Moment
        from ovsdissect.analysis.run import Analysis

        source, store = session.source, session.store
        until = None if number is None else Moment(number=number)
        context, records = context_of(source, store), Records(pieces(source, store))
        analysis = Analysis()
        if engine().compiled:
            from ovsdissect.analysis import native

            batches = native.batches(context, records, until=until)
        else:
            from ovsdissect.analysis import read

            batches = read.batches(context, records, until=until)
        for batch in batches:
            if stopping.is_set():
                return
            analysis.feed(batch)
            source.let_pass()
        analysis.finish()
        self.flows, self.known = list(conclude.flows(analysis)), True
        self.start_ns = store.start_ns
        told = ((one.n_flows, one.n_flows_time_ns) for one in conclude.datapaths(analysis))
        self.polls = [(flows, at) for flows, at in told if flows is not None and at is not None]
        self._ovs = spoken(source, session.look) or NEWEST
        if session.look.names:
            self._names = conclude.names(analysis)

    def texts(self, flow: Flow) -> tuple[str, str]:
        """A flow's key with its mask, and its actions, as `dump-flows` prints them."""
        made = self._made(flow)
        if made is None:
            return f"ufid:{ufid_text(flow) or 'none'}, key not known", ""
        return made.flow, made.actions

    def _make(self, flow: Flow) -> FlowText | None:
        return flow_text(flow, Style(self._ovs, False, self._names))


def ufid_text(flow: Flow) -> str | None:
    """A flow's UFID as filters accept it."""
    return text_of(flow.ufid, flow.order)
