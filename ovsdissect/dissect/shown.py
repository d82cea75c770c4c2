"""Which messages are shown by default."""

from __future__ import annotations

from ovsdissect.dissect.message import Message
from ovsdissect.netlink.headers import NETLINK_GENERIC


def is_ovs(message: Message) -> bool:
    """Whether a message belongs to a decoded family, or answers a request of one (an error, an acknowledgement, the end of a dump)."""
    if message.kind == "message":
        return message.declaration is not None
    if message.kind == "record":
        return message.protocol in (NETLINK_GENERIC, None)
    return message.request is not None and message.request.declaration is not None
