"""The lines for messages of ovs_packet and ovs_flow, from their dissected attributes: which attribute goes where in a line."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.flow_keys import FlowKey
from ovsdissect.families.flow_key import KEY
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import PREFIX, UFID
from ovsdissect.netlink.headers import NLM_F_DUMP, NLM_F_REQUEST
from ovsdissect.odp.actions import actions_text
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.lines import (
    FLOW_DEL,
    FLOW_GET,
    FLOW_NEW,
    FLOW_SET,
    FlowStats,
    dump_flows_line,
    execute_line,
    flow_log_line,
    operation_line,
    put_operation,
    upcall_line,
)
from ovsdissect.odp.releases import NEWEST, Version, release
from ovsdissect.odp.text import Nodes, Source
from ovsdissect.tree.node import Node
from ovsdissect.tree.tree import Tree

MISS, ACTION, EXECUTE = 1, 2, 3
ETHERNET: Final = KEY.by_name["ethernet"]
# the attribute, with PT_ETH
PACKET_TYPE_ETHERNET: Final = {
    order: struct.pack(PREFIX[order] + "HHI", NLA_HEADER + 4, KEY.by_name["packet_type"].number, 0) for order in PREFIX
}
UPCALLS: Final = {MISS: "miss", ACTION: "action"}


class Shown(NamedTuple):
    """How texts are written: names (port number -> name) for what dpctl prints, the release or its name, the host's byte order, and the
    monotonic clock in milliseconds when the message was sent (None: `used` stays a reading of that clock).
    """

    names: Mapping[int, str] | None = None
    ovs: Version = NEWEST
    byteorder: ByteOrder = "little"
    now: int | None = None


class Attributes:
    """The top attributes of one message, by name, with the texts of its key, flow and actions."""

    __slots__ = ("data", "found", "release", "shown")

    def __init__(self, nodes: Nodes, data: bytes, shown: Shown) -> None:
        """nodes: the message's top attributes; data: the bytes to which their offsets refer."""
        self.found: dict[str, Node] = {}
        for node in nodes:
            self.found[node.row.name] = node  # nl_policy_parse(): the last one counts
        self.data = data
        self.shown = shown
        self.release = release(shown.ovs)

    def __contains__(self, name: str) -> bool:
        return name in self.found

    def source(self, *, verbose: bool, names: bool = False, skip_no_mask: bool = False) -> Source:
        """Return what a formatter needs besides the nodes."""
        shown = self.shown
        return Source(self.data, self.data, verbose, shown.names if names else None, shown.byteorder, self.release, skip_no_mask)

    def key(self, *, verbose: bool = True, names: bool = False) -> str:
        """Return the key without its mask; "<empty>" if there is none."""
        node = self.found.get("key")
        return flow_text(node.children if node else (), None, self.source(verbose=verbose, names=names))

    def flow(self, *, verbose: bool, names: bool) -> str:
        """Return key and mask as dump-flows prints them."""
        key, mask = self.found.get("key"), self.found.get("mask")
        return flow_text(key.children if key else (), mask.children if mask else None, self.source(verbose=verbose, names=names))

    def logged_flow(self, mask: Attributes | None = None, known: FlowKey | None = None) -> str:
        """Return key and mask as the log prints them.

        mask: the reply with the mask for a flow_get. known: the flow's key from an earlier message, including the packet type that
        ovs-vswitchd leaves out of what it sends.
        """
        key, bits = self.found.get("key"), (mask or self).found.get("mask")
        nodes, data = key.children if key else (), self.data
        if known is not None and (key is None or known.own):
            data = with_packet_type(known.data, self.shown.byteorder) if known.own else known.data
            nodes = Tree(data, self.shown.byteorder, []).attrs(KEY, 0, len(data), "")
        source = self.source(verbose=True, skip_no_mask=self.release.log_skips_unmasked)
        return flow_text(nodes, bits.children if bits else None, source._replace(data=data, mask_data=(mask or self).data))

    def actions(self, *, names: bool = False) -> str:
        """Return the actions; "drop" if there are none."""
        node = self.found.get("actions")
        return actions_text(node.children if node else (), self.source(verbose=True, names=names))

    def ufid(self) -> str:
        """Return `ufid:...`; "" if there is none, or one of another length."""
        node = self.found.get("ufid")
        return f"ufid:{UFID.value(node.raw)}" if node is not None and node.wire is UFID else ""

    def stats(self) -> FlowStats:
        """Return the flow's counters; zeros for absent ones."""
        node = self.found.get("stats")
        counters = {child.name: child.raw for child in node.children} if node is not None else {}
        return FlowStats(counters.get("n_packets", 0), counters.get("n_bytes", 0), self.number("used"), self.number("tcp_flags"))

    def number(self, name: str) -> int:
        """Return an attribute's number; 0 if it is absent."""
        node = self.found.get(name)
        return node.raw if node is not None and isinstance(node.raw, int) else 0


def with_packet_type(key: bytes, order: ByteOrder) -> bytes:
    """Return a key that ovs-vswitchd made itself in the form that it uses: the type of an Ethernet packet, 0, precedes the addresses."""
    nodes = Tree(key, order, []).attrs(KEY, 0, len(key), "")
    at = next((node.offset - NLA_HEADER for node in nodes if node.row is ETHERNET), None)
    return key if at is None else key[:at] + PACKET_TYPE_ETHERNET[order] + key[at:]


def packet_line(cmd: int, attributes: Attributes, *, error: str | None = None) -> str | None:
    """Return the log's line for a message of ovs_packet; None for a command without one.

    error: the kernel's answer to an EXECUTE, as strerror() prints it.
    """
    if cmd in UPCALLS:
        return upcall_line(UPCALLS[cmd], attributes.key())
    if cmd == EXECUTE:
        return execute_line(attributes.actions(), attributes.key(), attributes.number("mru"), error=error)
    return None


def flow_line(
    cmd: int,
    flags: int,
    attributes: Attributes,
    *,
    reply: Attributes | None = None,
    error: str | None = None,
    names: bool = True,
    known: FlowKey | None = None,
) -> str | None:
    """Return the log's line for a request of ovs_flow, or the `dump-flows -m` line for a flow that the kernel reports; None if OVS prints
    none.

    flags: of the nlmsghdr. reply: the kernel's answer to a DEL or GET, which has the counters that the log shows.
    error: the kernel's answer as strerror() prints it. names: port names in dump-flows lines, as in `dump-flows -m`.
    known: the flow's key from an earlier message.
    """
    if not flags & NLM_F_REQUEST:
        return reply_line(cmd, attributes, names)
    if cmd == FLOW_GET and flags & NLM_F_DUMP == NLM_F_DUMP:
        return None
    now = attributes.shown.now
    ufid = attributes.ufid()
    if cmd in (FLOW_NEW, FLOW_SET):
        operation = put_operation(cmd, flags, "clear" in attributes)
        # ovs-vswitchd passes no actions to the log if the list is empty
        has_actions = "actions" in attributes and attributes.found["actions"].length > 0
        actions = attributes.actions() if has_actions else None
        return flow_log_line(operation, attributes.logged_flow(), ufid=ufid, actions=actions, error=error)
    if cmd == FLOW_DEL:
        if "key" not in attributes and not ufid:
            return operation_line("flow_flush", error)
        # ovs-vswitchd knows the key of the flow that it deletes, whether it sends it or not
        flow = attributes.logged_flow(known=known) if "key" in attributes or known is not None else ""
        stats = reply.stats() if reply is not None and not error else None
        return flow_log_line("flow_del", flow, ufid=ufid, stats=stats, now=now, error=error)
    if cmd == FLOW_GET:
        stats = reply.stats() if reply is not None else FlowStats() if error else None
        actions = reply.actions() if reply is not None and "actions" in reply else None
        # a request with only the ufid comes from an ovs-vswitchd that does not know the key (ukey_create_from_dpif_flow())
        flow = attributes.logged_flow(reply, known if "key" in attributes else None)
        return flow_log_line("flow_get", flow, ufid=ufid, stats=stats, now=now, actions=actions, error=error)
    return None


def reply_line(cmd: int, attributes: Attributes, names: bool) -> str | None:
    """Return the line for a flow that the kernel reports: `dump-flows -m`, or the log's flow_dump if key and actions were omitted."""
    if cmd == FLOW_DEL:
        return None
    now = attributes.shown.now
    ufid, stats = attributes.ufid(), attributes.stats()
    if "key" not in attributes:
        return flow_log_line("flow_dump", attributes.logged_flow(), ufid=ufid, stats=stats, now=now)
    flow = attributes.flow(verbose=True, names=names)
    return dump_flows_line(flow, attributes.actions(names=names), stats, ufid=ufid, layer="ovs", now=now)
