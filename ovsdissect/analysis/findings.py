"""The findings of the analyses, as immutable values.

Numbers are message numbers as in `ovsdissect json`.  `time_ns` and `*_time_ns` are nanoseconds since 1970; every other `*_ns` is a duration
in nanoseconds.  dp_ifindex and port numbers are those on the wire.  A name is None if the capture does not contain it.
interface: the index of the interface of the capture; None if the capture has only one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from ovsdissect.analysis.latency import Latency
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.timestamp import moment

Payload = bytes  # a flow has a member of that name


@dataclass(frozen=True, slots=True)
class Upcall:
    """A packet that the datapath sent to user space, and the answer to it.

    number: the MISS or ACTION; cmd: "miss" or "action".  in_port, recirc_id: from its key.
    reason: the purpose of the userspace action of an ACTION (the cookie in USERDATA).  slow_path: the names of the reasons, from USERDATA
    or from the first slow path in the actions of the put.
    answer: what became of the flow and of the packet ("flow+execute"); why: the explanation of a missing part.
    ufid: its bytes in the put, of which ovsdissect.odp.format_ufid(ufid, byteorder=order) makes the text.
    flow, execute: the put and the EXECUTE that answer it; flow_error, execute_error: their errno names.  sub_executes: further EXECUTEs.
    to_flow_ns, to_execute_ns: differences of record times.  batch_size, batch_index: of the EXECUTE's record, else of the put's.
    handler: the UPCALL_PID of the EXECUTE.  after_delete_ns: time since the flow of the key was deleted, if it was not put again.
    parent: the EXECUTE whose recirc() sent the packet here; parent_by: "packet" or "hash", how it was identified.
    certain: False if the put or EXECUTE was one of several equally good candidates.
    key: the payload of KEY; packet: the first bytes of the packet; actions: those of the put.  All are None unless requested.
    """

    number: int
    time_ns: int
    cmd: str
    dp_ifindex: int
    datapath: str | None
    in_port: int | None
    port: str | None
    recirc_id: int
    reason: str | None
    slow_path: tuple[str, ...] | None
    answer: str
    why: str | None
    flow: int | None
    ufid: bytes | None
    execute: int | None
    sub_executes: tuple[int, ...]
    flow_error: str | None
    execute_error: str | None
    to_flow_ns: int | None
    to_execute_ns: int | None
    batch_size: int | None
    batch_index: int | None
    handler: int | None
    after_delete_ns: int | None
    parent: int | None
    parent_by: str | None
    certain: bool
    order: ByteOrder = "little"
    key: bytes | None = field(default=None, repr=False)
    packet: bytes | None = field(default=None, repr=False)
    packet_length: int = 0
    actions: bytes | None = field(default=None, repr=False)
    interface: int | None = None

    @property
    def time(self) -> datetime | None:
        """The time of the MISS or ACTION in UTC, in microseconds; None after the year 9999."""
        return moment(self.time_ns)


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow that is or was in the table.

    number: the message in which it first appears; known_from: "put" or "dump".  upcall: the MISS that its put answers.  puts: accepted puts
    of this identity so far.
    packets, bytes, used (milliseconds of the host's monotonic clock), tcp_flags: the last values reported, None if there are none;
    stats_time_ns: their time.  used_ago_ns: at the moment of the table or of the deletion; None for never or unknown.
    stale: known only from dumps and absent from the last three.  probe: put with PROBE.
    deleted, deleted_why: the message that ended it, and the reason if the capture shows it.
    key, mask, actions: payloads as put, or as dumped if the put is not in the capture.  dumped: key and mask of a flow that was put, as the
    kernel reported them later.
    """

    number: int
    time_ns: int
    known_from: str
    dp_ifindex: int
    datapath: str | None
    ufid: Payload | None
    upcall: int | None
    puts: int
    packets: int | None
    bytes: int | None
    used: int | None
    tcp_flags: int
    stats_time_ns: int | None
    used_ago_ns: int | None
    stale: bool
    probe: bool
    deleted: int | None
    deleted_time_ns: int | None
    deleted_why: str | None
    key: Payload | None = field(repr=False)
    mask: Payload | None = field(repr=False)
    actions: Payload | None = field(repr=False)
    order: ByteOrder
    dumped: tuple[Payload, Payload] | None = field(default=None, repr=False)
    interface: int | None = None

    @property
    def time(self) -> datetime | None:
        """The time of the flow's first message in UTC, in microseconds; None after the year 9999."""
        return moment(self.time_ns)

    @property
    def lifetime_ns(self) -> int | None:
        """The time from the put to the deletion; None if one of them is not in the capture."""
        if self.deleted_time_ns is None or self.known_from != "put":
            return None
        return max(self.deleted_time_ns - self.time_ns, 0)


@dataclass(frozen=True, slots=True)
class Datapath:
    """The counters of a datapath between its first and its last poll (OVS_DP replies with STATS), and what the capture contains.

    hit, missed, lost: sums of increments.  miss_seen: MISS messages between the polls.  resets: polls at which a counter decreased.
    dispatch: "per-cpu", "per-vport" or None.  flows: the number of flows at the end; polls_equal: the polls at which it equalled n_flows.
    """

    dp_ifindex: int
    datapath: str | None
    dispatch: str | None
    per_cpu_pids: tuple[int, ...] | None
    polls: int
    polls_equal: int
    resets: int
    hit: int
    missed: int
    lost: int
    miss_seen: int
    n_flows: int | None
    n_flows_number: int | None
    n_flows_time_ns: int | None
    flows: int
    first_poll: int | None
    last_poll: int | None
    interface: int | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """A port: its upcalls, and its counters between the first and the last reply with UPCALL_STATS (None without such replies)."""

    dp_ifindex: int
    datapath: str | None
    port_no: int | None
    port: str | None
    type: str | None
    upcall_pids: tuple[int, ...] | None
    upcalls: int
    miss: int
    action: int
    peak_per_second: int
    polls: int
    success: int | None
    fail: int | None
    upcalls_between: int | None
    to_execute_ns: Latency
    interface: int | None = None


@dataclass(frozen=True, slots=True)
class Handler:
    """The upcall socket of a handler.  cpus: indexes in PER_CPU_PIDS.  executes: its EXECUTEs; answers: those that answer an upcall.

    max_queue: the largest number of upcalls that waited for it, counting those with an EXECUTE; max_queue_number: the upcall at that time.
    """

    dp_ifindex: int
    datapath: str | None
    pid: int
    cpus: tuple[int, ...]
    executes: int
    answers: int
    max_queue: int | None
    max_queue_number: int | None
    interface: int | None = None


@dataclass(frozen=True, slots=True)
class InTheWay:
    """A flow in the table whose mask covers a key that was refused with EEXIST."""

    ufid: bytes | None
    number: int
    order: ByteOrder = "little"


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors with the same family, command, error number, extended ACK text and probe flag.

    family, cmd: those of the request; None if it is unknown.  error_number: negative.  path: the attribute at fault in the first error.
    harmless: whether Open vSwitch provokes and expects it; note: its meaning.  keys: the number of different keys, for FLOW NEW.
    in_the_way: the conflicting flows, for FLOW NEW with EEXIST; at most 10.
    """

    family: str | None
    cmd: str | None
    error: str
    error_number: int
    message: str | None
    probe: bool
    path: str | None
    count: int
    harmless: bool
    note: str | None
    keys: int | None
    in_the_way: tuple[InTheWay, ...]
    first_request: int | None
    first_error: int
    last_error: int
    interface: int | None = None
