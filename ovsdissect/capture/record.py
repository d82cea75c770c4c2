"""What a capture holds: records and the interfaces that they came from, the same for every file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

ByteOrder = Literal["little", "big"]

LINKTYPE_LINUX_SLL: Final = 113
LINKTYPE_NETLINK: Final = 253
LINKTYPE_LINUX_SLL2: Final = 276

# Netlink comes as LINKTYPE_NETLINK from nlmon, and inside Linux cooked records where a tool captured on "any".
NETLINK_LINK_TYPES: Final = frozenset({LINKTYPE_NETLINK, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2})

# Nobody writes longer records or blocks (Wireshark and libpcap draw the line here too): a longer one is a damaged length.
LONGEST_BLOCK: Final = 16 * 1024 * 1024


class Record(NamedTuple):
    """One captured packet.

    `number` counts from 1 over all interfaces and sections, as Wireshark's frame number does.
    `time_ns` is in integer nanoseconds since the epoch, None where the capture holds no time (pcapng simple packet block).
    `data` is what was captured, `wire_length` how many bytes there were.
    `offset` is where `data` stands in the decompressed capture.
    `interface` is the index into CaptureFile.interfaces: it runs on over the sections of a pcapng file; 0 for pcap.
    `byteorder` is that of the file or section: the order of the host that captured.
    """

    number: int
    time_ns: int | None
    link_type: int
    data: bytes
    wire_length: int
    offset: int
    interface: int
    byteorder: ByteOrder


@dataclass(slots=True)
class Interface:
    """An interface that the capture was made on, and what the capture says that it lost there.

    `snaplen` is 0 where nothing was cut; the clock counts `ticks_per_second` and starts `time_offset` seconds after the epoch.
    `received`, `dropped` (by the interface) and `os_dropped` (by the host's kernel) count packets, None where the capture does not say.
    """

    index: int
    link_type: int
    name: str = ""
    snaplen: int = 0
    ticks_per_second: int = 1_000_000
    time_offset: int = 0
    received: int | None = None
    dropped: int | None = None
    os_dropped: int | None = None
