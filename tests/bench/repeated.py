"""Repeats the packet and flow messages of a recording, one per record: keys, masks and actions are as varied as in real traffic.

Related messages are included: errors, acknowledgements, ends of dumps. Family ids come first, announced as nlctrl does.
    python -m tests.bench.repeated captures/tunnels.pcap.gz 100000 OUT.pcap
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ovsdissect.capture import open_capture
from ovsdissect.netlink.framing import framing
from tests.bench.generate import COOKED, announcements

OURS: Final = (sys.executable, "-m", "ovsdissect")
FAMILIES: Final = ("ovs_packet", "ovs_flow")
SNAPLEN: Final = 262144
PAUSE: Final = 1_000_000  # ns between two repetitions


def repeat(recording: Path, out: Path, count: int) -> int:
    """Write a pcap with at least so many messages; how many it has, none where the recording has no such message."""
    wanted = chosen(recording)
    found: list[tuple[int, bytes, int]] = []  # time, bytes, bytes on the wire
    with open_capture(recording) as capture:
        for record in capture:
            if record.number in wanted and record.time_ns is not None:
                cut = framing(record.data, record.link_type, record.wire_length, record.byteorder)
                head, link_type = record.data[: cut.start], record.link_type
                for frame in cut.frames:
                    if frame.place in wanted[record.number]:
                        data = record.data[frame.offset : frame.end]
                        found.append((record.time_ns, head + data, len(head) + frame.end - frame.offset))
    if not found:
        return 0
    written, shift, begin = 0, 0, found[0][0]
    with out.open("wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, SNAPLEN, link_type))
        for data in announcements(ids(recording)):
            file.write(packet(begin - PAUSE, COOKED + data, len(COOKED + data)))
            written += 1
        while written < count:
            file.write(b"".join(packet(time_ns + shift, data, length) for time_ns, data, length in found))
            written += len(found)
            shift += found[-1][0] - begin + PAUSE
    return written


def packet(time_ns: int, data: bytes, length: int) -> bytes:
    """A packet of a pcap file of microseconds."""
    return struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9 // 1000, len(data), length) + data


def chosen(recording: Path) -> dict[int, set[int]]:
    """The packet and flow messages and what answers them: number of the record -> places in it."""
    told = subprocess.run((*OURS, "json", "--all", "-q", str(recording)), stdout=subprocess.PIPE, check=True).stdout
    places: dict[int, set[int]] = {}
    for line in map(json.loads, told.splitlines()):
        if (line.get("family") or (line.get("request") or {}).get("family")) in FAMILIES:
            places.setdefault(line["record"], set()).add(line["index"])
    return places


def ids(recording: Path) -> dict[str, int]:
    """The ids of Open vSwitch's families in a recording."""
    told = subprocess.run((*OURS, "stats", "--json", "-q", str(recording)), stdout=subprocess.PIPE, check=True).stdout
    return {one["name"]: one["id"] for one in json.loads(told)["families"] if one["name"].startswith("ovs_")}


def main(arguments: Sequence[str]) -> None:
    """Write the capture that the arguments name."""
    print(f"{repeat(Path(arguments[0]), Path(arguments[2]), int(arguments[1])):,} messages")


if __name__ == "__main__":
    main(sys.argv[1:])
