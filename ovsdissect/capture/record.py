"""The content of a capture: records and the interfaces that they came from, the same for every file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.problem import counted

LINKTYPE_LINUX_SLL: Final = 113
LINKTYPE_NETLINK: Final = 253
LINKTYPE_LINUX_SLL2: Final = 276

# Netlink comes as LINKTYPE_NETLINK from nlmon, and inside Linux cooked records if a tool captured on "any".
NETLINK_LINK_TYPES: Final = frozenset({LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2})

LINK_TYPE_NAMES: Final = {0: "loopback", 1: "Ethernet", 101: "raw IP", 105: "802.11", 127: "802.11 radiotap", 220: "USB"}

# Longer records and blocks are skipped (Wireshark and libpcap have a limit, too); callers may choose another one in this range.
LONGEST_RECORD: Final = 16 * 1024 * 1024
LEAST_LIMIT: Final = 1024 * 1024  # held in memory before a record's length is checked
GREATEST_LIMIT: Final = 1024 * 1024 * 1024  # the engine's offsets have 32 bits


class Notes(NamedTuple):
    """What a capture says about one record besides its bytes.

    comments: any text. lost: how many records were lost before it on its interface, None if it does not say.
    flags: epb_flags, None if it has none.
    """

    comments: tuple[str, ...] = ()
    lost: int | None = None
    flags: int | None = None

    @property
    def errors(self) -> tuple[str, ...]:
        """The link-layer errors in epb_flags; a bit without a name is given by number."""
        faults = (self.flags or 0) >> FAULTS
        return tuple(FAULT_NAMES.get(bit, f"link error bit {bit}") for bit in range(FAULTS, 32) if faults >> (bit - FAULTS) & 1)


class Skipped(NamedTuple):
    """A record that was skipped because it exceeds the limit.

    number: the record's. length: of its bytes, in a pcapng file of its block. offset: where it begins in the file. limit: the limit.
    """

    number: int
    length: int
    offset: int
    limit: int

    @property
    def text(self) -> str:
        """The message about it."""
        size = counted(self.length, "byte", grouped=True)
        return f"record {self.number} at byte {self.offset} is skipped: it has {size}, more than {self.limit:,}"


class Record(NamedTuple):
    """One captured packet.

    `number` counts from 1 over all interfaces and sections, as Wireshark's frame number does.
    `time_ns` is in integer nanoseconds since the epoch, None if the capture holds no time (pcapng simple packet block).
    `data` is what was captured, empty if it was skipped; `wire_length` is the original length.
    `offset` is where `data` is in the decompressed capture.
    `interface` is the index into CaptureFile.interfaces, which continues over the sections of a pcapng file; 0 for pcap.
    `byteorder` is that of its messages, decided by them or given by the caller; otherwise that of the file or section.
    `notes` is what the capture says about it, None if nothing.
    """

    number: int
    time_ns: int | None
    link_type: int
    data: bytes
    wire_length: int
    offset: int
    interface: int
    byteorder: ByteOrder
    notes: Notes | None = None

    @property
    def conversation(self) -> int:
        """The number of its conversation: traffic on one interface in one byte order. Hosts of two byte orders are told apart even if
        merging their captures left a single interface.
        """
        return conversation(self.interface, self.byteorder)


def conversation(interface: int, byteorder: ByteOrder) -> int:
    """Return the number of a conversation."""
    return interface << 1 | (byteorder == "big")


def interface_of(conversation: int) -> int:
    """Return the index of a conversation's interface."""
    return conversation >> 1


SHOWN: Final = 10


@dataclass(slots=True)
class Interface:
    """An interface on which the capture was made, and the losses that the capture reports for it.

    `snaplen` is 0 if nothing was cut; the clock counts `ticks_per_second` and starts `time_offset` seconds after the epoch.
    `received`, `dropped` (by the interface), `accepted` (by the capture filter), `os_dropped` (by the host's kernel) and `delivered` count
    packets, None if the capture does not say.
    `lost` is the sum of the losses reported before single records; `lost_at` has the first ones as (record number, how many).
    `faulty` counts records whose epb_flags report a link-layer error.
    """

    index: int
    link_type: int
    name: str = ""
    snaplen: int = 0
    ticks_per_second: int = 1_000_000
    time_offset: int = 0
    comments: tuple[str, ...] = ()
    received: int | None = None
    dropped: int | None = None
    accepted: int | None = None
    os_dropped: int | None = None
    delivered: int | None = None
    lost: int = 0
    lost_at: tuple[tuple[int, int], ...] = ()
    faulty: int = 0

    def note(self, number: int, notes: Notes) -> None:
        """Take the notes of a record on this interface."""
        if notes.lost:
            self.lost += notes.lost
            if len(self.lost_at) < SHOWN:
                self.lost_at += ((number, notes.lost),)
        if notes.flags is not None and notes.flags >> FAULTS:
            self.faulty += 1

    @property
    def missing(self) -> int:
        """How many packets the capture says it lost here; losses reported by records and by the statistics are the same ones."""
        return max(self.lost, (self.dropped or 0) + (self.os_dropped or 0))


FAULTS: Final = 16  # epb_flags from this bit on report link-layer errors
FAULT_NAMES: Final = {
    24: "CRC error",
    25: "packet too long",
    26: "packet too short",
    27: "wrong inter-frame gap",
    28: "unaligned frame",
    29: "start frame delimiter error",
    30: "preamble error",
    31: "symbol error",
}
