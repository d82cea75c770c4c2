"""Facts: all that the rules need of one netlink message, as integers, short bytes and digests; who makes them, the tree or the engine, is
of no matter here.

Digests are 16 bytes, equal where the bytes are equal: a slice would keep its whole record in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Final, NamedTuple

from ovsdissect.capture.record import Interface, interface_of
from ovsdissect.engine.available import engine
from ovsdissect.grammar import ByteOrder

# what happened; a request goes down to the kernel, a reply or notification comes up
MISS: Final = 1
ACTION: Final = 2
EXECUTE: Final = 3
PUT: Final = 4  # ovs_flow NEW, request
FLOW_SET: Final = 5
FLOW_DEL: Final = 6
FLOW_GET: Final = 7
FLOW_REPLY: Final = 8
DATAPATH_REQUEST: Final = 9
DATAPATH_REPLY: Final = 10
VPORT_REQUEST: Final = 11
VPORT_REPLY: Final = 12
REQUEST: Final = 13  # of any other family that is decoded
REPLY: Final = 14
ERROR: Final = 15  # an error, or a dump that ended with one
DONE: Final = 16
OFFLOAD: Final = 17  # RTM_NEWTFILTER
EVENTS: Final = 18

HEAD: Final = 256  # bytes of a packet that are kept
TAIL: Final = 8
DIGEST: Final = 16
CONVERSATION_SHIFT: Final = 32
HASH_BITS: Final = 34  # of OVS_PACKET_ATTR_HASH: 32 of hash, "software", "layer 4"

NEW_CMD, DEL_CMD, GET_CMD, SET_CMD = 1, 2, 3, 4  # of ovs_flow, ovs_vport and ovs_datapath

Payload = bytes  # a fact has a member of that name
# the first members of a fact, up to its byte order
Place = tuple[int, int, int, int, int, int, str, int | None, int, int, int, int, int, ByteOrder]


class DatapathFact(NamedTuple):
    """Of ovs_datapath.  stats: hit, missed, lost, flows."""

    name: str | None
    stats: tuple[int, int, int, int] | None
    per_cpu_pids: tuple[int, ...] | None


class VportFact(NamedTuple):
    """Of ovs_vport.  upcall_stats: success, fail."""

    name: str | None
    type: int | None
    port_no: int | None
    upcall_pids: tuple[int, ...] | None
    upcall_stats: tuple[int, int] | None


class ErrorFact(NamedTuple):
    """Of an error: the number as sent (negative), what the extended ACK says and the path of the attribute that it points at.

    type, seq, pid, probe: of the request that it echoes; probe is false where the echo is capped.
    """

    number: int
    message: str | None
    path: str | None
    type: int
    seq: int
    pid: int
    probe: bool


Body = DatapathFact | VportFact | ErrorFact | None


class Fact:
    """One message that some rule looks at.

    number, record: as in `ovsdissect json`.  place: in its record, which holds `size` messages.  time_ns: of the record; a record without
    a time has that of the one before it.  event: one of the above.  family, cmd, type: of an error or DONE those of its request; cmd is
    None if that is not known.
    dp, pid: dp_ifindex and portid, plus 2**32 times the number of the message's conversation: two hosts in one file are two.
    body: what only messages of some families say.
    """

    __slots__ = (
        *("number", "record", "place", "size", "time_ns", "event", "family", "cmd", "type", "flags", "seq", "pid", "dp", "order"),
        "body",
    )

    def __init__(
        self,
        number: int,
        record: int,
        place: int,
        size: int,
        time_ns: int,
        event: int,
        family: str,
        cmd: int | None,
        type: int,
        flags: int,
        seq: int,
        pid: int,
        dp: int,
        order: ByteOrder,
        body: Body = None,
    ) -> None:
        self.number, self.record, self.place, self.size, self.time_ns = number, record, place, size, time_ns
        self.event, self.family, self.cmd, self.type, self.flags = event, family, cmd, type, flags
        self.seq, self.pid, self.dp, self.order, self.body = seq, pid, dp, order, body


class PacketFact(Fact):
    """Of MISS, ACTION and EXECUTE.

    key: the payload of KEY; None if the message has none or it is cut, as is every other None.  key_digest: of MISS and ACTION only.
    length: bytes of PACKET; head, tail: its first HEAD and last TAIL bytes.  hash: HASH as sent.  actions: of EXECUTE only.
    upcall_pid: 0 if there is none.  reason: the type of the 48-byte cookie in USERDATA; slow_path: the reasons in it, as bits.
    cut: the capture lacks bytes of it.
    """

    __slots__ = (
        *("key", "key_digest", "in_port", "recirc_id", "packet_digest", "length", "head", "tail", "hash", "actions", "upcall_pid"),
        *("probe", "reason", "slow_path", "cut"),
    )

    def __init__(
        self,
        place: Place,
        key: bytes | None,
        key_digest: bytes | None,
        in_port: int | None,
        recirc_id: int,
        packet_digest: bytes | None,
        length: int,
        head: bytes,
        tail: bytes,
        hash: int | None,
        actions: bytes | None,
        upcall_pid: int,
        probe: bool,
        reason: int | None,
        slow_path: int,
        cut: bool,
    ) -> None:
        super().__init__(*place)
        self.key, self.key_digest, self.in_port, self.recirc_id, self.packet_digest = key, key_digest, in_port, recirc_id, packet_digest
        self.length, self.head, self.tail, self.hash, self.actions, self.upcall_pid = length, head, tail, hash, actions, upcall_pid
        self.probe, self.reason, self.slow_path, self.cut = probe, reason, slow_path, cut


class FlowFact(Fact):
    """Of ovs_flow: payloads as they stand, None if the message has none or it is cut.

    packets, bytes: STATS, which the kernel leaves out while both are 0.  used: milliseconds of the host's monotonic clock; 0: never.
    """

    __slots__ = (
        *("key", "key_digest", "mask", "actions", "ufid", "ufid_flags", "probe", "clear", "packets", "bytes", "used", "tcp_flags"),
        "cut",
    )

    def __init__(
        self,
        place: Place,
        key: Payload | None,
        key_digest: Payload | None,
        mask: Payload | None,
        actions: Payload | None,
        ufid: Payload | None,
        ufid_flags: int,
        probe: bool,
        clear: bool,
        packets: int,
        bytes: int,
        used: int,
        tcp_flags: int,
        cut: bool,
    ) -> None:
        super().__init__(*place)
        self.key, self.key_digest, self.mask, self.actions, self.ufid, self.ufid_flags = key, key_digest, mask, actions, ufid, ufid_flags
        self.probe, self.clear, self.packets, self.bytes, self.used, self.tcp_flags = probe, clear, packets, bytes, used, tcp_flags
        self.cut = cut


class Batch(NamedTuple):
    """Facts in the capture's order.  messages, time_ns: how many messages of all kinds there were so far, and the time of the last one.

    start_ns: the time of the capture's first message that has one; None while there is none.
    passed: the numbers of those among them that pass a display filter; None if there is no filter.
    interfaces: those of the capture, as far as they are known.
    """

    facts: list[Fact]
    messages: int
    time_ns: int
    start_ns: int | None
    passed: frozenset[int] | None = None
    interfaces: Sequence[Interface] = ()


@cache
def _digester() -> Callable[[bytes], bytes]:
    """What makes digests in this process: the engine has its own, and what it leaves to the tree must agree with the rest."""
    if engine().compiled:
        from ovsdissect.engine.digests import Digester

        return Digester().of
    return lambda data: blake2b(data, digest_size=DIGEST).digest()


def digest(data: bytes) -> bytes:
    """The digest of a key or a packet, which holds for this process only."""
    return _digester()(data)


def dp_ifindex(dp: int) -> int:
    """The signed number that the wire has, of a fact's `dp`."""
    low = dp & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def interface(dp: int) -> int:
    """The index of the interface that a fact's `dp` or `pid` is of."""
    return interface_of(dp >> CONVERSATION_SHIFT)


def portid(pid: int) -> int:
    """The number that the wire has, of a fact's `pid`."""
    return pid & 0xFFFFFFFF


def plain_hash(value: int | None) -> int | None:
    """HASH, None if bits are set that no kernel sets: OVS 2.15 sends what was on its stack."""
    return value if value is None or not value >> HASH_BITS else None
