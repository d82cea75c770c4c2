"""Facts: all that the rules need of one netlink message, as integers, short bytes and digests, whether the tree or the engine made them.

Digests are 16 bytes and equal for equal bytes. They are used because a slice would keep its whole record in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from hashlib import blake2b
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture.record import Interface, interface_of
from ovsdissect.engine.available import engine

# what happened; requests go down to the kernel, replies and notifications come up
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
REQUEST: Final = 13  # of any other decoded family
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

Payload = bytes  # an alias, because a fact has a member called bytes
# the first members of a fact, up to its byte order
Place = tuple[int, int, int, int, int, int, str, int | None, int, int, int, int, int, ByteOrder]


class DatapathFact(NamedTuple):
    """A message of ovs_datapath. stats: hit, missed, lost, flows."""

    name: str | None
    stats: tuple[int, int, int, int] | None
    per_cpu_pids: tuple[int, ...] | None


class VportFact(NamedTuple):
    """A message of ovs_vport. upcall_stats: success, fail."""

    name: str | None
    type: int | None
    port_no: int | None
    upcall_pids: tuple[int, ...] | None
    upcall_stats: tuple[int, int] | None


class ErrorFact(NamedTuple):
    """An error: the number as sent (negative), the text of the extended ACK and the path of the attribute that it points at.

    type, seq, pid, probe, key: of the echoed request, with the digest of its KEY; probe is false and key is None if the echo is capped.
    """

    number: int
    message: str | None
    path: str | None
    type: int
    seq: int
    pid: int
    probe: bool
    key: bytes | None


Body = DatapathFact | VportFact | ErrorFact | None


class Fact:
    """One message that some rule looks at.

    number, record: as in `ovsdissect json`. place: the index in its record, which holds `size` messages. time_ns: of the record; a record
    without a time has that of the previous one. event: one of the above. family, cmd, type: for an error or DONE, those of its request; cmd
    is None if unknown.
    dp, pid: dp_ifindex and portid, plus 2**32 times the number of the message's conversation, to tell two hosts in one file apart.
    body: what only messages of some families have.
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
    """A MISS, ACTION or EXECUTE.

    key: the payload of KEY. Any member is None if the message lacks it or it is cut. key_digest: of MISS and ACTION only.
    length: bytes of PACKET; head, tail: its first HEAD and last TAIL bytes. hash: HASH as sent. actions: of EXECUTE only.
    upcall_pid: 0 if there is none. reason: the type of the 48-byte cookie in USERDATA; slow_path: the reasons in it, as bits.
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
    """A message of ovs_flow: payloads as received, None if the message lacks them or they are cut.

    packets, bytes: STATS, which the kernel leaves out while both are 0. counted: whether STATS has both or is left out,
    not cut off.
    used: milliseconds of the host's monotonic clock; 0: never.
    """

    __slots__ = (
        *("key", "key_digest", "mask", "actions", "ufid", "ufid_flags", "probe", "clear", "packets", "bytes", "used", "tcp_flags"),
        *("counted", "cut"),
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
        counted: bool,
        cut: bool,
    ) -> None:
        super().__init__(*place)
        self.key, self.key_digest, self.mask, self.actions, self.ufid, self.ufid_flags = key, key_digest, mask, actions, ufid, ufid_flags
        self.probe, self.clear, self.packets, self.bytes, self.used, self.tcp_flags = probe, clear, packets, bytes, used, tcp_flags
        self.counted, self.cut = counted, cut


class Batch(NamedTuple):
    """Facts in the capture's order. messages, time_ns: the number of messages of all kinds so far, and the time of the last one.

    start_ns: the time of the capture's first message that has one; None until there is one.
    passed: the numbers of the messages in it that pass a display filter; None if there is no filter.
    interfaces: those of the capture known so far.
    """

    facts: list[Fact]
    messages: int
    time_ns: int
    start_ns: int | None
    passed: frozenset[int] | None = None
    interfaces: Sequence[Interface] = ()


@cache
def _digester() -> Callable[[bytes], bytes]:
    """Return this process's digest function: the engine has its own, and messages left to the tree must give the same digests."""
    if engine().compiled:
        from ovsdissect.engine.digests import Digester

        return Digester().of
    return lambda data: blake2b(data, digest_size=DIGEST).digest()


def digest(data: bytes) -> bytes:
    """Return the digest of a key or a packet, which is valid in this process only."""
    return _digester()(data)


def dp_ifindex(dp: int) -> int:
    """Return the signed dp_ifindex on the wire, from a fact's `dp`."""
    low = dp & 0xFFFFFFFF
    return low - (1 << 32) if low >> 31 else low


def interface(dp: int) -> int:
    """Return the index of the interface to which a fact's `dp` or `pid` belongs."""
    return interface_of(dp >> CONVERSATION_SHIFT)


def portid(pid: int) -> int:
    """Return the portid on the wire, from a fact's `pid`."""
    return pid & 0xFFFFFFFF


def plain_hash(value: int | None) -> int | None:
    """Return HASH; None if it has bits that no kernel sets, because OVS 2.15 sends uninitialised stack memory."""
    return value if value is None or not value >> HASH_BITS else None
