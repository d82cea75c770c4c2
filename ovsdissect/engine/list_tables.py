"""All tables of list lines together."""

from __future__ import annotations

from functools import cache

from ovsdissect.engine.odp_tables import OdpTables
from ovsdissect.engine.packet_tables import PacketTables
from ovsdissect.engine.summary_tables import SummaryTables
from ovsdissect.engine.tables import Tables, tables
from ovsdissect.odp.releases import Release


class ListTables:
    """tables: the grammar's. summaries, packets, words: those of summaries, of packets in one line, and of Open vSwitch's text."""

    def __init__(self, tables: Tables, release: Release) -> None:
        self.tables = tables
        self.summaries, self.packets, self.words = SummaryTables(tables), PacketTables(tables), OdpTables(tables, release)


@cache
def list_tables(release: Release) -> ListTables:
    """Return the tables for the texts of a release, made once per process."""
    made = ListTables(tables().copy(), release)
    made.tables.finish()
    return made
