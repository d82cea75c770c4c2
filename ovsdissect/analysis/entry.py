# cython: annotation_typing=True
"""A flow of the table, and what ended it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ovsdissect.analysis.facts import FlowFact
from ovsdissect.analysis.history import History

STALE_AFTER: Final = 3

# why a flow is gone
FLUSH: Final = "flush"
REFUSED: Final = "refused"
GONE: Final = "gone"
DATAPATH_DELETED: Final = "datapath-deleted"
REQUESTED: Final = ""  # by its UFID or key: idle, or earlier; the end of the capture decides which


class Entry:
    """A flow. number, time_ns: of the first message that mentions it.

    packets, bytes, used: the last values reported, at `stats_ns`; counted: whether any were reported. used: 0 for never.
    dumped: key and mask of a flow that was put, as the kernel reported them later. deleted, deleted_ns, why: what ended it.
    seen, absent: only for flows known from dumps: the last dump that had it, and how many later dumps did not.
    """

    __slots__ = (
        "absent",
        "actions",
        "bytes",
        "counted",
        "deleted",
        "deleted_ns",
        "dp",
        "dumped",
        "history",
        "id",
        "key",
        "mask",
        "number",
        "order",
        "packets",
        "probe",
        "put",
        "puts",
        "seen",
        "stats_ns",
        "tcp_flags",
        "time_ns",
        "ufid",
        "upcall",
        "used",
        "why",
    )

    def __init__(self, fact: FlowFact, identity: bytes, put: bool) -> None:
        self.number, self.time_ns, self.dp, self.order = fact.number, fact.time_ns, fact.dp, fact.order
        self.id, self.put = identity, put
        self.ufid, self.key, self.mask, self.actions, self.probe = fact.ufid, fact.key, fact.mask, fact.actions, fact.probe
        self.puts = 0
        self.upcall: int | None = None
        self.dumped: tuple[bytes, bytes] | None = None
        self.counted = False
        self.packets = self.bytes = self.used = self.tcp_flags = self.stats_ns = 0
        self.deleted: int | None = None
        self.deleted_ns: int | None = None
        self.why: str | None = None
        self.history: History | None = None
        self.seen = 0
        self.absent = 0

    def count(self, history: History | None) -> None:
        """Take an accepted put; history: its key's."""
        self.history = history
        if history is None:
            self.puts += 1
        else:
            history.puts += 1
            self.puts = history.puts

    def told(self, fact: FlowFact) -> None:
        """Take the statistics in a reply, if its counters are all there."""
        if not fact.counted:
            return
        self.counted = True
        self.packets, self.bytes, self.used = fact.packets, fact.bytes, fact.used
        self.tcp_flags, self.stats_ns = fact.tcp_flags, fact.time_ns

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        """Support pickling."""
        return restored, tuple(getattr(self, name) for name in Entry.__slots__)

    @property
    def stale(self) -> bool:
        """Whether it may be gone without a message that says so."""
        return self.absent >= STALE_AFTER


def restored(*values: object) -> Entry:
    """Return a flow with these members."""
    entry: Entry = Entry.__new__(Entry)
    for name, value in zip(Entry.__slots__, values, strict=True):
        setattr(entry, name, value)
    return entry
