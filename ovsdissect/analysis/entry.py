# cython: annotation_typing=True
"""A flow of the table, and what ended it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ovsdissect.analysis.alike import Alike
from ovsdissect.analysis.facts import DIGEST, FlowFact, Payload
from ovsdissect.byteorder import ByteOrder

STALE_AFTER: Final = 3

# why a flow is gone
FLUSH: Final = "flush"
REFUSED: Final = "refused"
GONE: Final = "gone"
DATAPATH_DELETED: Final = "datapath-deleted"
REQUESTED: Final = ""  # by its UFID or key: idle, or earlier; the end of the capture decides which


class Ended:
    """What ended a flow: the number and the time of a message, and why, as above."""

    __slots__ = ("number", "time_ns", "why")

    def __init__(self, number: int, time_ns: int, why: str) -> None:
        self.number, self.time_ns, self.why = number, time_ns, why


class Entry:
    """A flow. number, time_ns: of the first message that mentions it. There may be very many: it is as small as it can be.

    kept: its key as `kin` packs it.
    first, second: the two halves of its identity. named: whether that is its UFID, or the digest of `odd`, a UFID of another length.
    packets, bytes, used: the last values reported, at `stats_ns`; counted: whether any were reported. used: 0 for never.
    linked: the number of the upcall that its put answers, 0 if there is none; of a flow known from dumps, the last dump that had it.
    reported: key (packed) and mask of a flow that was put, as the kernel reported them later. end: what ended it, None if it exists.
    remembered: its end is noted in the history of its key.
    absent: only for flows known from dumps: how many dumps after the last that had it did not (at most STALE_AFTER).
    """

    __slots__ = (
        *("absent", "actions", "bytes", "counted", "end", "first", "kept", "kin", "linked", "mask", "named", "number", "odd", "packets"),
        *("probe", "put", "puts", "remembered", "reported", "second", "stats_ns", "tcp_flags", "time_ns", "used"),
    )

    def __init__(self, fact: FlowFact, first: int, second: int, put: bool, kin: Alike) -> None:
        self.number, self.time_ns = fact.number, fact.time_ns
        self.kin, self.kept = kin, kin.pack(fact.key)
        self.first, self.second, self.put = first, second, put
        self.mask, self.actions, self.probe = fact.mask, fact.actions, fact.probe
        self.named = bool(fact.ufid)
        self.odd = fact.ufid if self.named and len(fact.ufid or b"") != DIGEST else None
        self.puts = self.linked = 0
        self.reported: tuple[Payload, Payload] | None = None
        self.counted = False
        self.packets = self.bytes = self.used = self.tcp_flags = self.stats_ns = 0
        self.end: Ended | None = None
        self.remembered = False
        self.absent = 0

    def __lt__(self, other: Entry) -> bool:
        """Whether a message mentions it first."""
        return self.number < other.number

    @property
    def dp(self) -> int:
        """The `dp` of its messages."""
        return self.kin.dp

    @property
    def order(self) -> ByteOrder:
        """Their byte order."""
        return self.kin.order

    @property
    def key(self) -> Payload | None:
        """The payload of KEY; None if it is unknown."""
        return self.kin.unpack(self.kept)

    @property
    def dumped(self) -> tuple[Payload, Payload] | None:
        """Key and mask of a flow that was put, as the kernel reported them later."""
        if self.reported is None:
            return None
        key, mask = self.reported
        return self.kin.unpack(key) or b"", mask

    @property
    def id(self) -> Payload:
        """Its identity."""
        return self.first.to_bytes(8, "big") + self.second.to_bytes(8, "big")

    @property
    def ufid(self) -> Payload | None:
        """Its UFID; None if it has none."""
        return self.odd or self.id if self.named else None

    @property
    def upcall(self) -> int | None:
        """The number of the upcall that its put answers."""
        return self.linked or None if self.put else None

    @property
    def deleted(self) -> int | None:
        """The number of the message that ended it."""
        return None if self.end is None else self.end.number

    @property
    def deleted_ns(self) -> int | None:
        """The time of that message."""
        return None if self.end is None else self.end.time_ns

    @property
    def why(self) -> str | None:
        """Why it is gone."""
        return None if self.end is None else self.end.why

    def __reduce__(self) -> tuple[Callable[..., Entry], tuple[object, ...]]:
        """Support pickling."""
        end = None if self.end is None else (self.end.number, self.end.time_ns, self.end.why)
        return restored, (self.dp, self.order, self.key, self.dumped, end, *(getattr(self, name) for name in PICKLED))

    @property
    def stale(self) -> bool:
        """Whether it may be gone without a message that says so."""
        return self.absent >= STALE_AFTER


PICKLED: Final = tuple(name for name in Entry.__slots__ if name not in ("end", "kept", "kin", "reported"))


def restored(
    dp: int,
    order: ByteOrder,
    key: Payload | None,
    dumped: tuple[Payload, Payload] | None,
    end: tuple[int, int, str] | None,
    *values: object,
) -> Entry:
    """Return a flow with these members."""
    entry: Entry = Entry.__new__(Entry)
    entry.kin = Alike(dp, order)
    entry.kept = entry.kin.pack(key)
    entry.reported = None if dumped is None else (entry.kin.pack(dumped[0]) or b"", dumped[1])
    entry.end = None if end is None else Ended(*end)
    for name, value in zip(PICKLED, values, strict=True):
        setattr(entry, name, value)
    return entry
