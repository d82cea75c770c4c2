"""Family ovs_packet: packets that the datapath sends up (MISS, ACTION) and that user space sends down (EXECUTE)."""

from __future__ import annotations

from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.cookies import USERDATA
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.tunnel_key import TUNNEL_KEY
from ovsdissect.grammar import Attr, AttrSet, Command, Family
from ovsdissect.grammar.family import names
from ovsdissect.grammar.wire import BYTES, FLAG, PACKET, U16, U32, Bits, Part

# net/openvswitch/datapath.h: OVS_PACKET_HASH_SW_BIT = (1ULL << 32), OVS_PACKET_HASH_L4_BIT = (1ULL << 33)
HASH = Bits("Q", Part("value", 0, 32, "id"), Part("sw", 32, 1, "bool"), Part("l4", 33, 1, "bool"))

PACKET_ATTRS = AttrSet(
    "packet",
    [
        Attr(1, "packet", PACKET, "The packet, from the start of its Ethernet header."),
        Attr(2, "key", KEY, "Flow key of the packet; in EXECUTE only its metadata."),
        Attr(3, "actions", ACTIONS, "Actions to execute on the packet, or the actions of the flow that asked for the upcall."),
        Attr(4, "userdata", USERDATA, "Cookie of the userspace action that asked for the upcall."),
        Attr(5, "egress_tun_key", TUNNEL_KEY, "Metadata of the tunnel through which the packet will leave."),
        Attr(6, "unused1", BYTES, "Unused."),
        Attr(7, "unused2", BYTES, "Unused."),
        Attr(8, "probe", FLAG, "A feature probe: errors are not logged."),
        Attr(9, "mru", U16, "Largest IP fragment received (maximum received unit)."),
        Attr(10, "len", U32, "Length of the packet before it was truncated."),
        Attr(11, "hash", HASH, "skb hash; sw: computed by software, l4: over the transport ports."),
        Attr(12, "upcall_pid", U32, "Netlink port id for upcalls while the packet is executed."),
    ],
)

UPCALL = names("packet key userdata actions egress_tun_key mru len hash")

OVS_PACKET = Family(
    "ovs_packet",
    1,
    OVS_HEADER,
    (
        Command(1, "miss", True, UPCALL, doc="No flow matched the packet."),
        Command(2, "action", True, UPCALL, doc="A userspace action asked for the packet."),
        Command(
            3,
            "execute",
            False,
            names("packet key actions probe mru hash upcall_pid"),
            names("packet key actions"),
            "Do actions on a packet.",
        ),
    ),
    PACKET_ATTRS,
    "Packets between datapath and user space.",
)
