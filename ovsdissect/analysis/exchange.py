# cython: annotation_typing=True
"""What the rules keep, until it is final, of an upcall, of the put and the EXECUTE that answer it, and of other requests."""

from __future__ import annotations

from typing import Any, Final

from ovsdissect.analysis.actions import Actions
from ovsdissect.analysis.entry import Entry
from ovsdissect.analysis.facts import Fact, FlowFact, PacketFact, plain_hash
from ovsdissect.analysis.ports import Port
from ovsdissect.analysis.read import LATEST_NS

# what a MISS found when it came, or what a put of its key made of it
FIRST: Final = 0  # no other MISS of the key was waiting, and the key had no flow
WAITING: Final = 1  # another MISS of the key was waiting, and nothing had been put
LATE: Final = 2  # the put had already been sent
EARLY: Final = 3  # the put answered another MISS of the key

NEVER: Final = -LATEST_NS  # before any time


class Asked:
    """A request that may be answered. number, time_ns, dp: of its message."""

    __slots__ = ("dp", "number", "time_ns")

    def __init__(self, fact: Fact) -> None:
        self.number, self.time_ns, self.dp = fact.number, fact.time_ns, fact.dp


class Put(Asked):
    """A FLOW NEW request without PROBE.

    key: the digest of its KEY. as_put: its ACTIONS, because revalidators change those of the flow. error: the errno of its answer,
    positive.
    flow: the flow that it created; met: the flow with the same identity that already existed.
    """

    __slots__ = ("actions", "ambiguous", "as_put", "error", "flow", "key", "met", "place", "seq", "size", "ufid", "upcall")

    def __init__(self, fact: FlowFact, actions: Actions) -> None:
        self.number, self.time_ns, self.dp = fact.number, fact.time_ns, fact.dp
        self.place, self.size, self.seq = fact.place, fact.size, fact.seq
        self.key, self.ufid, self.actions, self.as_put = fact.key_digest, fact.ufid, actions, fact.actions
        self.upcall: Open | None = None
        self.ambiguous = False
        self.error = 0
        self.flow: Entry | None = None
        self.met: Entry | None = None


class Execute(Asked):
    """An EXECUTE without PROBE. handler: its UPCALL_PID, 0 if it has none. error: the errno of its answer, positive."""

    __slots__ = ("drop", "error", "handler", "place", "size")

    def __init__(self, fact: PacketFact, drop: bool) -> None:
        self.number, self.time_ns, self.dp = fact.number, fact.time_ns, fact.dp
        self.place, self.size = fact.place, fact.size
        self.handler, self.drop = fact.upcall_pid, drop
        self.error = 0


class Request(Asked):
    """Any other request. what: what the rules need when it is answered; its type depends on the event."""

    __slots__ = ("event", "kind", "probe", "what")

    def __init__(self, fact: Fact, what: Any, probe: bool) -> None:
        self.number, self.time_ns, self.dp, self.kind, self.event = fact.number, fact.time_ns, fact.dp, fact.type, fact.event
        self.what, self.probe = what, probe


class Open:
    """An upcall that is not final yet.

    sort: one of FIRST, WAITING, LATE, EARLY. deleted_ns: how long before the upcall its key's flow was deleted, None if it was not.
    last_ns: the time of its last answer, NEVER if it has none. subs: its sub-executes and further EXECUTEs.
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

    def __init__(self, fact: PacketFact, port: Port, miss: bool) -> None:
        self.number, self.time_ns, self.dp, self.order = fact.number, fact.time_ns, fact.dp, fact.order
        self.fact, self.port, self.miss, self.hash = fact, port, miss, plain_hash(fact.hash)
        self.put: Put | None = None
        self.execute: Execute | None = None
        self.subs: list[int] | None = None
        self.last_ns = NEVER
        self.sort = FIRST
        self.deleted_ns: int | None = None
        self.parent: tuple[int, str] | None = None
        self.ambiguous = False
