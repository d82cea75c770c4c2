"""The command that asks a running Open vSwitch what it would do with a message's packet: `ovs-appctl ofproto/trace`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

# attributes that OVS prints by number, because it does not know them, and cannot read back
_UNKNOWN: Final = re.compile(r",key\d+\([^)]*\)|key\d+\([^)]*\),?")


def trace_command(key: str, datapath: str | None, packet: bytes | None = None) -> str:
    """Return the shell command for a flow key as odp_flow_format() prints it.

    datapath: its name if known; OVS accepts "ovs-system" for the backer "system", and needs no name if there is only one datapath.
    packet: OVS takes from it what the key of an EXECUTE lacks: everything but the metadata.
    Source: ofproto/ofproto-dpif-trace.c, parse_flow_and_packet().
    """
    backer = f" {datapath}" if datapath is not None and _plain(datapath) and datapath.startswith("ovs-") else ""
    words = [f"ovs-appctl ofproto/trace{backer}", _quoted(_UNKNOWN.sub("", key))]
    return " ".join([*words, packet.hex()] if packet is not None else words)


def datapath_name(datapaths: Mapping[int, str], number: int | None) -> str | None:
    """Return the name of a datapath; if the number is unknown, that of the only one."""
    if number is not None and number in datapaths:
        return datapaths[number]
    return next(iter(datapaths.values())) if len(datapaths) == 1 else None


def _plain(text: str) -> bool:
    return text.isascii() and all(c.isalnum() or c in "-_." for c in text)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
