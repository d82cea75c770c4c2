"""The header that every ovs_* family puts between genlmsghdr and its attributes, and structs that several of them share."""

from __future__ import annotations

from ovsdissect.grammar import Member, Struct
from ovsdissect.grammar.wire import S32, U64

OVS_HEADER = Struct(Member("dp_ifindex", S32, "Interface index of the datapath's local port; 0 where it does not matter."))

# struct ovs_flow_stats
FLOW_STATS = Struct(Member("n_packets", U64, "Packets matched."), Member("n_bytes", U64, "Bytes matched."))
