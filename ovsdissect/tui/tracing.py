"""The `ovs-appctl ofproto/trace` command for a message, with the packet if the key alone is not enough."""

from __future__ import annotations

from ovsdissect.api import Message
from ovsdissect.families import OVS_PACKET
from ovsdissect.odp.trace import datapath_name, trace_command


def trace(message: Message, key: str | None) -> str | None:
    """The command for a message whose key has a text; None if it has none, or if the packet of an EXECUTE is truncated."""
    if key is None:
        return None
    packet = None
    if (message.family, message.cmd) == (OVS_PACKET.name, "execute"):
        node = message.attrs.child("packet") if message.attrs is not None else None
        if node is None or message.wire_length > len(message.data):
            return None
        packet = message.data[node.offset : node.offset + node.length]
    return trace_command(key, datapath_name(message.datapaths, message.dp_ifindex), packet)
