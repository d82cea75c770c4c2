"""Family ovs_datapath: datapaths, their features and statistics."""

from __future__ import annotations

from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.grammar import Array, Attr, AttrSet, Command, Family, Member, Struct
from ovsdissect.grammar.wire import ALIGN, TEXT, U32, U64, Flags, Pad

# OVS_DP_F_UNALIGNED, _VPORT_PIDS, _TC_RECIRC_SHARING, _DISPATCH_UPCALL_PER_CPU
USER_FEATURES = {1: "unaligned", 2: "vport_pids", 4: "tc_recirc_sharing", 8: "dispatch_upcall_per_cpu"}

DATAPATH_ATTRS = AttrSet(
    "datapath",
    [
        Attr(1, "name", TEXT, "Name of the datapath and of its local port."),
        Attr(2, "upcall_pid", U32, "Netlink port id for upcalls of the local port; 0: none."),
        Attr(
            3,
            "stats",
            Struct(
                Member("n_hit", U64, "Packets that matched a flow."),
                Member("n_missed", U64, "Packets that matched no flow."),
                Member("n_lost", U64, "Missed packets that could not be sent to user space."),
                Member("n_flows", U64, "Flows in the table."),
            ),
            "Statistics.",
        ),
        Attr(
            4,
            "megaflow_stats",
            Struct(
                Member("n_mask_hit", U64, "Masks tried in all lookups."),
                Member("n_masks", U32, "Masks in use."),
                Member("pad0", Pad(4)),
                Member("n_cache_hit", U64, "Lookups that the mask cache answered."),
                Member("pad1", Pad(8)),
            ),
            "Megaflow statistics.",
        ),
        Attr(5, "user_features", Flags("I", USER_FEATURES), "Features that user space understands."),
        Attr(6, "pad", ALIGN),
        Attr(7, "masks_cache_size", U32, "Entries of the mask cache, per CPU."),
        Attr(8, "per_cpu_pids", Array(U32), "Netlink port for upcalls of each CPU, by CPU number."),
        Attr(9, "ifindex", U32, "Interface index to give the local port."),
    ],
)

OVS_DATAPATH = Family(
    "ovs_datapath",
    2,
    OVS_HEADER,
    (
        Command(1, "new", doc="Create a datapath, or say that one was created."),
        Command(2, "del", doc="Delete a datapath."),
        Command(3, "get", doc="Ask for a datapath, or for all."),
        Command(4, "set", doc="Change a datapath."),
    ),
    DATAPATH_ATTRS,
    "Datapaths.",
)
