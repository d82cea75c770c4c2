"""The tables of list lines, together."""

from __future__ import annotations

from functools import cache

from ovsdissect.engine.odp_tables import OdpTables
from ovsdissect.engine.packet_tables import PacketTables
from ovsdissect.engine.summary_tables import SummaryTables
from ovsdissect.engine.tables import Tables, tables
from ovsdissect.odp.releases import Release


class ListTables:
    """tables: the grammar's; summaries, packets, words: what is said of messages, of packets, and what Open vSwitch says."""

    def __init__(self, tables: Tables, release: Release) -> None:
        self.tables = tables
        self.summaries, self.packets, self.words = SummaryTables(tables), PacketTables(tables), OdpTables(tables, release)


@cache
def list_tables(release: Release) -> ListTables:
    """The tables of this process for the texts of a release."""
    made = ListTables(tables().copy(), release)
    made.tables.finish()
    return made
