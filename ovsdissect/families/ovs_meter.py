"""Family ovs_meter: policing meters of a datapath."""

from __future__ import annotations

from ovsdissect.families.headers import FLOW_STATS, OVS_HEADER
from ovsdissect.grammar import Attr, AttrList, AttrSet, Command, Family
from ovsdissect.grammar.wire import ALIGN, FLAG, U32, U64, Enum

BAND = AttrSet(
    "band",
    [
        Attr(1, "type", Enum("I", {1: "drop"}), "What the band does to packets above its rate."),
        Attr(2, "rate", U32, "Rate: kilobits per second with the meter's kbps flag, else packets per second."),
        Attr(3, "burst", U32, "Burst size: kilobits, or packets."),
        Attr(4, "stats", FLOW_STATS, "Packets and bytes above the rate."),
    ],
)

METER_ATTRS = AttrSet(
    "meter",
    [
        Attr(1, "id", U32, "Meter id."),
        Attr(2, "kbps", FLAG, "Rates are in kilobits per second; absent: packets per second."),
        Attr(3, "stats", FLOW_STATS, "Packets and bytes metered."),
        Attr(4, "bands", AttrList(BAND), "Bands."),
        Attr(5, "used", U64, "When it was last used: milliseconds of the monotonic clock."),
        Attr(6, "clear", FLAG, "Reset the statistics."),
        Attr(7, "max_meters", U32, "Meters that the datapath can hold."),
        Attr(8, "max_bands", U32, "Bands that a meter can have."),
        Attr(9, "pad", ALIGN),
    ],
)

OVS_METER = Family(
    "ovs_meter",
    1,
    OVS_HEADER,
    (
        Command(1, "features", doc="Ask what the datapath's meters can do."),
        Command(2, "set", doc="Add or change a meter."),
        Command(3, "del", doc="Delete a meter."),
        Command(4, "get", doc="Ask for a meter's statistics."),
    ),
    METER_ATTRS,
    "Meters.",
)
