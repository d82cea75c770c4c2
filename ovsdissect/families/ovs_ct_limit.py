"""Family ovs_ct_limit: limits on the number of tracked connections per zone."""

from __future__ import annotations

from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.grammar import Array, Attr, AttrSet, Command, Family, Member, Struct
from ovsdissect.grammar.wire import U32, Int

# struct ovs_zone_limit; OVS_ZONE_LIMIT_DEFAULT_ZONE is -1
ZONE_LIMIT = Struct(
    Member("zone_id", Int("i", {-1: "default"}), "Zone; -1, default: every zone without a limit of its own."),
    Member("limit", U32, "Connections allowed; 0: no limit."),
    Member("count", U32, "Current number of connections."),
)

CT_LIMIT_ATTRS = AttrSet("ct_limit", [Attr(1, "zone_limit", Array(ZONE_LIMIT), "Limits of zones.")])

OVS_CT_LIMIT = Family(
    "ovs_ct_limit",
    1,
    OVS_HEADER,
    (
        Command(1, "set", doc="Set limits."),
        Command(2, "del", doc="Delete limits."),
        Command(3, "get", doc="Ask for limits."),
    ),
    CT_LIMIT_ATTRS,
    "Connection limits of conntrack zones.",
)
