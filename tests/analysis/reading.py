"""The facts of recordings, read once per process, and captures built by the grammar for cases that no recording has."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import ovsdissect
from ovsdissect.analysis.answers import Sort
from ovsdissect.analysis.exchange import Open
from ovsdissect.analysis.facts import Batch
from ovsdissect.analysis.read import batches
from ovsdissect.analysis.run import Analysis
from ovsdissect.analysis.verdicts import Verdict, verdicts
from ovsdissect.build import COOKED, build
from ovsdissect.byteorder import ByteOrder
from ovsdissect.capture import Record
from ovsdissect.capture.record import LINKTYPE_NETLINK
from ovsdissect.carve.pcap import PcapWriter
from tests import recorded

EXPECTED: dict[str, Any] = json.loads((Path(__file__).parent / "expected.json").read_text())
RECORDINGS = Path(__file__).parent / "recordings"
START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
SECOND = 1_000_000_000
DP = 7
PID = 0x1000
SLOW_PATH = {
    "type": "slow_path",
    "ofp_in_port": 1,
    "ofproto_uuid": "00000000-0000-0000-0000-000000000000",
    "slow_path": {"unused": 0, "reason": ["bfd"]},
}
DROP = ({"drop": "ok"},)


def path(name: str) -> Path:
    """The file of a recording: a bundled capture, or one of those that the analyses alone are held against."""
    return next((RECORDINGS.glob(f"{name}.pcap.*")), recorded.path(name))


def printed_flows(name: str) -> str:
    """What the commands that print flows printed while a recording was made."""
    return (path(name).parent / f"{name}.flows.txt").read_text()


@cache
def facts(name: str) -> tuple[Batch, ...]:
    """The facts of a recording."""
    return tuple(read(path(name)))


def read(source: Path | BytesIO, **options: Any) -> Iterable[Batch]:
    """The facts of a capture."""
    with ovsdissect.open(source) as capture:
        context, records = capture.begin()
        yield from batches(context, records, **options)


class Read(NamedTuple):
    """What a pass found.  upcalls: by number, with their classes."""

    analysis: Analysis
    upcalls: dict[int, tuple[Open, Sort]]


def analysed(given: Iterable[Batch], *, spread: bool = False) -> Read:
    """A whole pass."""
    upcalls: dict[int, tuple[Open, Sort]] = {}

    def final(upcall: Open, sort: Sort) -> None:
        assert not upcalls or upcall.number > next(reversed(upcalls)), "upcalls are told in the order of their numbers"
        upcalls[upcall.number] = (upcall, sort)

    return Read(Analysis(upcalls=final, spread=spread).run(given), upcalls)


@cache
def whole(name: str) -> Read:
    """A pass over a recording."""
    if name != "storm":
        return analysed(facts(name), spread=True)
    with ovsdissect.open(path(name)) as capture:  # too many facts to keep
        return analysed(capture.facts(), spread=True)


class Recording:
    """A capture that is made by hand: records of several messages, each at a time in milliseconds.

    Numbers of messages count from 1; the first are those in which nlctrl names the families.
    """

    def __init__(self, order: ByteOrder = "little", *, announce: bool = True) -> None:
        self.order = order
        self.records: list[tuple[int, bytes]] = []
        self.wire: dict[int, int] = {}  # how long records were that are cut, by number
        self.messages = 0
        if announce:
            for family, number in ovsdissect.build.IDS.items():
                if family != "nlctrl":
                    self.add(0, build("nlctrl", "newfamily", byteorder=order, family_name=family, family_id=number))

    def add(self, at_ms: float, *messages: bytes) -> int:
        """Add a record; returns the number of its first message."""
        data = COOKED + b"".join(message + bytes(-len(message) % 4) for message in messages[:-1]) + messages[-1]
        self.records.append((START_NS + round(at_ms * MS), data))
        self.messages += len(messages)
        return self.messages - len(messages) + 1

    def cut(self, count: int) -> None:
        """The capture lacks the last bytes of the last record."""
        time_ns, data = self.records[-1]
        self.wire[len(self.records)] = len(data)
        self.records[-1] = (time_ns, data[:-count])

    def until(self, at_ms: float) -> None:
        """The capture goes on until then."""
        self.add(at_ms, build("nlctrl", "newfamily", byteorder=self.order, family_name="other", family_id=99))

    def miss(self, at_ms: float, packet: bytes, *, hash: int | None = 1, in_port: int = 1, dp: int = DP, **key: Any) -> int:
        """A MISS; what else the key has may be given."""
        return self.add(at_ms, self.upcall("miss", packet, hash=hash, in_port=in_port, dp=dp, **key))

    def upcall(
        self,
        cmd: str,
        packet: bytes,
        *,
        hash: int | None = 1,
        in_port: int = 1,
        dp: int = DP,
        userdata: Any = None,
        **key: Any,
    ) -> bytes:
        """A MISS or ACTION."""
        attrs: dict[str, Any] = {"key": flow_key(packet, in_port=in_port, **key)}
        if userdata is not None:
            attrs["userdata"] = userdata
        if hash is not None:
            attrs["hash"] = hash_value(hash)
        return build("ovs_packet", cmd, dp_ifindex=dp, byteorder=self.order, **attrs, packet=packet)

    def put(
        self,
        seq: int,
        packet: bytes,
        *,
        ufid: int | None = 1,
        pid: int = PID,
        in_port: int = 1,
        dp: int = DP,
        actions: Sequence[Any] = ({"output": 2},),
        mask: Any = None,
        **key: Any,
    ) -> bytes:
        """A FLOW NEW request."""
        attrs: dict[str, Any] = {} if ufid is None else {"ufid": ufid_text(ufid)}
        attrs["key"] = flow_key(packet, in_port=in_port, **key)
        if mask is not None:
            attrs["mask"] = mask
        flags = ["request", "create"]
        return build("ovs_flow", "new", dp_ifindex=dp, seq=seq, pid=pid, flags=flags, byteorder=self.order, **attrs, actions=list(actions))

    def execute(
        self,
        seq: int,
        packet: bytes,
        *,
        hash: int | None = 1,
        pid: int = PID,
        in_port: int | None = 1,
        dp: int = DP,
        actions: Sequence[Any] = ({"output": 2},),
        upcall_pid: int | None = None,
    ) -> bytes:
        """An EXECUTE."""
        key: dict[str, Any] = {"priority": 0, "skb_mark": 0} | ({} if in_port is None else {"in_port": in_port})
        attrs: dict[str, Any] = {"packet": packet, "key": key, "actions": list(actions)}
        if hash is not None:
            attrs["hash"] = hash_value(hash)
        if upcall_pid is not None:
            attrs["upcall_pid"] = upcall_pid
        return build("ovs_packet", "execute", dp_ifindex=dp, seq=seq, pid=pid, byteorder=self.order, **attrs)

    def flow(self, cmd: str, seq: int, *, ufid: int | None = None, pid: int = PID, dp: int = DP, flags: Any = None, **attrs: Any) -> bytes:
        """Any other message of ovs_flow; a request unless flags say otherwise."""
        if ufid is not None:
            attrs = {"ufid": ufid_text(ufid), **attrs}
        flags = ["request"] if flags is None else flags
        return build("ovs_flow", cmd, dp_ifindex=dp, seq=seq, pid=pid, flags=flags, byteorder=self.order, **attrs)

    def done(self, seq: int, *, pid: int = PID, flags: int = 2) -> bytes:
        """The end of a dump."""
        order = self.order
        return b"".join(number.to_bytes(size, order) for number, size in ((20, 4), (3, 2), (flags, 2), (seq, 4), (pid, 4), (0, 4)))

    def poll(self, seq: int, *, hit: int = 0, missed: int = 0, lost: int = 0, flows: int = 0, dp: int = DP, **attrs: Any) -> bytes:
        """The reply to an OVS_DP GET, whose request add() needs too."""
        stats = {"n_hit": hit, "n_missed": missed, "n_lost": lost, "n_flows": flows}
        return build("ovs_datapath", "new", dp_ifindex=dp, seq=seq, pid=PID, byteorder=self.order, name="ovs-system", stats=stats, **attrs)

    def polled(self, at_ms: float, seq: int, **counters: Any) -> int:
        """A poll with its request; returns the number of the reply."""
        dp = counters.get("dp", DP)
        self.add(at_ms, build("ovs_datapath", "get", dp_ifindex=dp, seq=seq, pid=PID, flags=["request"], byteorder=self.order))
        return self.add(at_ms, self.poll(seq, **counters))

    def pcap(self) -> BytesIO:
        """The file."""
        out = BytesIO()
        writer = PcapWriter(out)
        writer.start(LINKTYPE_NETLINK, self.order)
        for number, (time_ns, data) in enumerate(self.records, 1):
            writer.write(Record(number, time_ns, LINKTYPE_NETLINK, data, self.wire.get(number, len(data)), 0, 0, self.order))
        out.seek(0)
        return out

    def read(self, **options: Any) -> Read:
        """A pass over it."""
        return analysed(read(self.pcap()), **options)


def ethernet(source: int = 1, *, kind: int = 0x0800, body: bytes = b"") -> bytes:
    """A frame."""
    return bytes([2, 0, 0, 0, 0, 2]) + b"\2" + source.to_bytes(5, "big") + kind.to_bytes(2, "big") + body.ljust(46, b"\0")


def flow_key(packet: bytes, *, in_port: int = 1, recirc_id: int = 0, **more: Any) -> dict[str, Any]:
    """The key of a frame, as far as the rules look."""
    address = [packet[at : at + 6].hex(":") for at in (6, 0)]
    key: dict[str, Any] = {"recirc_id": recirc_id, "in_port": in_port}
    key |= {"ethernet": {"src": address[0], "dst": address[1]}, "ethertype": int.from_bytes(packet[12:14], "big")}
    return key | more


def hash_value(value: int) -> dict[str, Any]:
    """OVS_PACKET_ATTR_HASH of a whole number of 64 bits."""
    bits = {"value": f"{value & 0xFFFFFFFF:#x}", "sw": bool(value >> 32 & 1), "l4": bool(value >> 33 & 1)}
    return bits | ({"reserved": f"{value >> 34 << 34:#x}"} if value >> 34 else {})


def answers(read: Read, number: int) -> tuple[int | None, int | None, str, str | None]:
    """Of an upcall: put, EXECUTE, answer, why."""
    upcall, sort = read.upcalls[number]
    return upcall.put and upcall.put.number, upcall.execute and upcall.execute.number, sort.answer, sort.why


def named(read: Read) -> dict[str, Verdict]:
    """The verdicts by name."""
    return {verdict.name: verdict for verdict in verdicts(read.analysis)}


def ufid_text(number: int) -> str:
    """A UFID."""
    return f"00000000-0000-0000-0000-{number:012x}"
