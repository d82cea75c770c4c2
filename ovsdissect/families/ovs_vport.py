"""Family ovs_vport: the ports of a datapath."""

from __future__ import annotations

from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.grammar import Array, Attr, AttrSet, Command, Family, Member, Struct
from ovsdissect.grammar.wire import ALIGN, FLAG, S32, TEXT, U16, U32, U64, Enum

VPORT_TYPES = {1: "netdev", 2: "internal", 3: "gre", 4: "vxlan", 5: "geneve"}

VXLAN_EXTENSION = AttrSet(
    "vxlan_ext_option",
    [Attr(1, "gbp", FLAG, "VXLAN group based policy is on.")],
)

OPTIONS = AttrSet(
    "tunnel_options",
    [
        Attr(1, "dst_port", U16, "UDP destination port, host order."),
        Attr(2, "extension", VXLAN_EXTENSION, "VXLAN extensions."),
    ],
)

UPCALL_STATS = AttrSet(
    "upcall_stats",
    [
        Attr(0, "success", U64, "Upcalls sent to user space."),
        Attr(1, "fail", U64, "Upcalls that could not be sent."),
    ],
)

VPORT_ATTRS = AttrSet(
    "vport",
    [
        Attr(1, "port_no", U32, "Port number in the datapath."),
        Attr(2, "type", Enum("I", VPORT_TYPES), "Kind of port."),
        Attr(3, "name", TEXT, "Name of the port."),
        Attr(4, "options", OPTIONS, "Options of a tunnel port."),
        Attr(5, "upcall_pid", Array(U32), "Netlink port ids for upcalls of the port."),
        Attr(
            6,
            "stats",
            Struct(
                Member("rx_packets", U64, "Packets received."),
                Member("tx_packets", U64, "Packets sent."),
                Member("rx_bytes", U64, "Bytes received."),
                Member("tx_bytes", U64, "Bytes sent."),
                Member("rx_errors", U64, "Bad packets received."),
                Member("tx_errors", U64, "Packets that could not be sent."),
                Member("rx_dropped", U64, "Packets dropped on reception."),
                Member("tx_dropped", U64, "Packets dropped on transmission."),
            ),
            "Statistics.",
        ),
        Attr(7, "pad", ALIGN),
        Attr(8, "ifindex", U32, "Interface index."),
        Attr(9, "netnsid", S32, "Id of the network namespace that the device is in."),
        Attr(10, "upcall_stats", UPCALL_STATS, "Upcalls of this port."),
    ],
)

OVS_VPORT = Family(
    "ovs_vport",
    1,
    OVS_HEADER,
    (
        Command(1, "new", doc="Add a port, or say that one was added."),
        Command(2, "del", doc="Delete a port."),
        Command(3, "get", doc="Ask for a port, or for all."),
        Command(4, "set", doc="Change a port."),
    ),
    VPORT_ATTRS,
    "Ports of a datapath.",
)
