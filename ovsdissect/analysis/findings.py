"""What the analyses find, as values that do not change.

Numbers are message numbers as in `ovsdissect json`; `*_time_ns` and `time_ns` are nanoseconds since 1970, every other `*_ns` is a duration
in nanoseconds; dp_ifindex and port numbers are the wire's; a name is None where the capture does not tell it.
interface: the index of the interface that it was captured on, None where the capture has one.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ovsdissect.analysis.latency import Latency
from ovsdissect.grammar import ByteOrder

Payload = bytes  # a flow has a member of that name


@dataclass(frozen=True, slots=True)
class Upcall:
    """A packet that the datapath sent up, and what answered it.

    number: the MISS or ACTION; cmd: "miss" or "action".  in_port, recirc_id: of its key.
    reason: what the userspace action of an ACTION is for (the cookie in USERDATA).  slow_path: names of the reasons, of USERDATA or of the
    first slow path in the put's actions.
    answer: what became of the flow and of the packet ("flow+execute"); why: what explains an answer that lacks a part.
    flow, execute: the put and the EXECUTE that answer it; flow_error, execute_error: errno names.  sub_executes: further EXECUTEs.
    to_flow_ns, to_execute_ns: record times.  batch_size, batch_index: of the EXECUTE's record, else of the put's.
    handler: the UPCALL_PID that the EXECUTE names.  after_delete_ns: since the key's flow was deleted, while nothing was put.
    parent: the EXECUTE whose recirc() brought the packet here, parent_by: "packet" or "hash".
    certain: False where the put or EXECUTE was one of several that fit alike.
    key: the payload of KEY, packet: the packet's first bytes, actions: as put; None unless they were asked for.
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


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow of the table, or one that was.

    number: the message that first told of it; known_from: "put" or "dump".  upcall: the MISS that its put answers.  puts: accepted puts of
    this identity so far.
    packets, bytes, used (milliseconds of the host's monotonic clock), tcp_flags: as last told, None where no reply told any;
    stats_time_ns: when.  used_ago_ns: at the moment of the table or of the
    deletion, None for never, or not told.
    stale: known from dumps alone and absent from the last three.  probe: put with PROBE.
    deleted, deleted_why: the message that ended it and the reason, as far as a capture tells.
    key, mask, actions: payloads as put, of a flow that was not put as dumped.  dumped: key and mask of a flow that was put, as the kernel
    told them since.
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
    def lifetime_ns(self) -> int | None:
        """From the put to the deletion; None where either is not in the capture."""
        if self.deleted_time_ns is None or self.known_from != "put":
            return None
        return max(self.deleted_time_ns - self.time_ns, 0)


@dataclass(frozen=True, slots=True)
class Datapath:
    """Counters of a datapath between its first and its last poll (OVS_DP replies with STATS), and what was seen of it.

    hit, missed, lost: sums of increments.  miss_seen: MISS messages between the polls.  resets: polls at which a counter went back.
    dispatch: "per-cpu", "per-vport" or None.  flows: the table's own count at the end; polls_equal: at how many polls it was n_flows.
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
    """A port: its upcalls, and its counters between the first and the last reply with UPCALL_STATS (None where there are none)."""

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
    """A handler's upcall socket.  cpus: indexes in PER_CPU_PIDS.  executes: EXECUTEs that name it; answers: those that answer an upcall.

    max_queue: most upcalls that waited for it at a time, of those whose EXECUTE names it; max_queue_number: the upcall that made it so.
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
    """A flow of the table whose mask covers a key that was refused with EEXIST."""

    ufid: bytes | None
    number: int
    order: ByteOrder = "little"


@dataclass(frozen=True, slots=True)
class ErrorGroup:
    """Errors of one sort: the request's family and command, the number, the text of the extended ACK, whether it was a probe.

    family, cmd: None where the request is not known.  number: negative.  path: of the attribute at fault, in the first one.
    harmless: that Open vSwitch provokes and expects; note: what it means.  keys: of FLOW NEW, how many different ones.
    in_the_way: of FLOW NEW with EEXIST, at most 10.
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
