"""What the rules keep of an upcall and of the put and the EXECUTE that answer it, until it is final."""

from __future__ import annotations

from typing import Final

from ovsdissect.analysis.actions import Actions
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import PacketFact
from ovsdissect.analysis.ports import Port
from ovsdissect.grammar import ByteOrder

# what a MISS found when it came, or what a put of its key made of it
FIRST: Final = 0  # no MISS of the key was waiting, and it had no flow
WAITING: Final = 1  # another MISS of the key came before, and nothing was put yet
LATE: Final = 2  # the put had been sent
EARLY: Final = 3  # another MISS of the key got the put

HASH_BITS: Final = 34  # of OVS_PACKET_ATTR_HASH: 32 of hash, "software", "layer 4"


def plain_hash(value: int | None) -> int | None:
    """HASH, None if bits are set that no kernel sets: OVS 2.15 sends what was on its stack."""
    return value if value is None or not value >> HASH_BITS else None


class Put:
    """A FLOW NEW request without PROBE.

    as_put: its ACTIONS, as revalidators change those of the flow.  error: that of its answer, positive.  flow: what it made; met: the flow
    of the same identity that was there.
    """

    __slots__ = (
        "actions",
        "ambiguous",
        "as_put",
        "dp",
        "error",
        "flow",
        "key",
        "met",
        "number",
        "place",
        "seq",
        "size",
        "time_ns",
        "ufid",
        "upcall",
    )

    def __init__(
        self,
        number: int,
        time_ns: int,
        dp: int,
        place: int,
        size: int,
        seq: int,
        key: bytes | None,
        ufid: bytes | None,
        actions: Actions,
        as_put: bytes | None,
    ) -> None:
        self.number, self.time_ns, self.dp, self.place, self.size, self.seq = number, time_ns, dp, place, size, seq
        self.key, self.ufid, self.actions, self.as_put = key, ufid, actions, as_put
        self.upcall: Open | None = None
        self.ambiguous = False
        self.error = 0
        self.flow: Entry | None = None
        self.met: Entry | None = None


class Execute:
    """An EXECUTE without PROBE.  error: that of its answer, positive."""

    __slots__ = ("dp", "drop", "error", "handler", "number", "place", "size", "time_ns")

    def __init__(self, number: int, time_ns: int, dp: int, place: int, size: int, handler: int | None, drop: bool) -> None:
        self.number, self.time_ns, self.dp, self.place, self.size = number, time_ns, dp, place, size
        self.handler, self.drop = handler, drop
        self.error = 0


class Open:
    """An upcall that is not final yet.

    sort: one of FIRST, WAITING, LATE, EARLY.  deleted_ns: how long before it its key's flow was deleted, None if that is not so.
    last_ns: when its last answer came.  subs: its sub-executes and further EXECUTEs.
    """

    __slots__ = (
        "ambiguous",
        "deleted_ns",
        "dp",
        "execute",
        "fact",
        "hash",
        "last_ns",
        "miss",
        "number",
        "order",
        "parent",
        "port",
        "put",
        "sort",
        "subs",
        "time_ns",
    )

    def __init__(self, number: int, time_ns: int, dp: int, miss: bool, fact: PacketFact, port: Port, order: ByteOrder) -> None:
        self.number, self.time_ns, self.dp, self.miss, self.fact, self.port, self.order = number, time_ns, dp, miss, fact, port, order
        value = fact.hash
        self.hash = value if value is None or not value >> HASH_BITS else None
        self.put: Put | None = None
        self.execute: Execute | None = None
        self.subs: list[int] | None = None
        self.last_ns: int | None = None
        self.sort = FIRST
        self.deleted_ns: int | None = None
        self.parent: tuple[int, str] | None = None
        self.ambiguous = False
