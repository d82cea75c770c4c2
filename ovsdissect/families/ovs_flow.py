"""Family ovs_flow: the flow table of a datapath."""

from __future__ import annotations

from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import KEY, MASK, TCP_FLAG_NAMES
from ovsdissect.families.headers import FLOW_STATS, OVS_HEADER
from ovsdissect.grammar import Attr, AttrSet, Command, Family
from ovsdissect.grammar.wire import ALIGN, BYTES, FLAG, U64, UFID, Flags, Sized

FLOW_ATTRS = AttrSet(
    "flow",
    [
        Attr(1, "key", KEY, "Flow key."),
        Attr(2, "actions", ACTIONS, "Actions; none at all drops."),
        Attr(3, "stats", FLOW_STATS, "Packets and bytes matched."),
        Attr(4, "tcp_flags", Flags("B", {bit: name for bit, name in TCP_FLAG_NAMES.items() if bit < 256}), "TCP flags seen, or-ed."),
        Attr(5, "used", U64, "When a packet last matched: milliseconds of the monotonic clock."),
        Attr(6, "clear", FLAG, "Reset stats, TCP flags and used."),
        Attr(7, "mask", MASK, "Bits of the key that must match; absent: all."),
        Attr(8, "probe", FLAG, "A feature probe: errors are not logged."),
        Attr(9, "ufid", Sized([UFID], BYTES), "Unique flow id."),
        Attr(10, "ufid_flags", Flags("I", {1: "omit_key", 2: "omit_mask", 4: "omit_actions"}), "What a reply may leave out."),
        Attr(11, "pad", ALIGN),
    ],
)

OVS_FLOW = Family(
    "ovs_flow",
    1,
    OVS_HEADER,
    (
        Command(1, "new", doc="Add a flow, or say that one was added."),
        Command(2, "del", doc="Delete a flow, or all of them."),
        Command(3, "get", doc="Ask for a flow, or for all of them."),
        Command(4, "set", doc="Change a flow."),
    ),
    FLOW_ATTRS,
    "The flow table.",
)
