"""Other names for fields: Wireshark's, and Open vSwitch's own words.

If a native field has the same name, the name means the native field.
"""

from __future__ import annotations

import re
from typing import Final

from ovsdissect.grammar import Attr, Member
from ovsdissect.grammar.fieldnames import Place

# Wireshark's fields of its dissectors netlink, genl and frame, and names of keys and columns that are not fields
HEADERS: Final = {
    "frame.number": "record",
    "frame.time": "time",
    "frame.time_epoch": "time",
    "frame.time_relative": "time_relative",
    # the names that the JSON and the tables use
    "interface": "frame.interface_id",
    "interface_name": "frame.interface_name",
    "lost": "frame.drop_count",
    "link_errors": "frame.link_error",
    "comments": "frame.comment",
    "comment": "frame.comment",
    "netlink.family": "protocol",
    "netlink.hdr_len": "nlmsg.len",
    "netlink.hdr_type": "nlmsg.type",
    "netlink.hdr_flags": "nlmsg.flags",
    "netlink.hdr_seq": "nlmsg.seq",
    "netlink.hdr_pid": "nlmsg.pid",
    "genl.cmd": "cmd",
    "genl.version": "version",
    "genl.reserved": "reserved",
    "genl.ctrl.cmd": "nlctrl.cmd",
    "genl.ctrl.family_id": "nlctrl.family_id",
    "genl.ctrl.family_name": "nlctrl.family_name",
    "genl.ctrl.version": "nlctrl.version",
    "genl.ctrl.hdrsize": "nlctrl.hdrsize",
    "genl.ctrl.maxattr": "nlctrl.maxattr",
    "genl.ctrl.op_id": "nlctrl.ops.id",
    "genl.ctrl.op_flags": "nlctrl.ops.flags",
    "genl.ctrl.group_name": "nlctrl.mcast_groups.name",
    "genl.ctrl.group_id": "nlctrl.mcast_groups.id",
}

STRUCTS: Final = ("ipv4", "ipv6", "tcp", "udp", "sctp", "icmp", "icmpv6", "arp", "nd")

# Wireshark's fields of its Open vSwitch dissectors: some are prefixes of others, so the first match counts
PREFIXES: Final = (
    ("ovs_flow.action.hash_alg", ("ovs_flow.actions.hash.alg",)),
    ("ovs_flow.action.hash_basis", ("ovs_flow.actions.hash.basis",)),
    ("ovs_flow.action.pop_mpls.ethertype", ("ovs_flow.actions.pop_mpls",)),
    ("ovs_flow.action.", ("ovs_flow.actions.",)),
    ("ovs_flow.tunnel.", ("ovs_flow.key.tunnel.", "ovs_flow.actions.set.tunnel.")),
    ("ovs_flow.userspace.", ("ovs_flow.actions.userspace.",)),
    ("ovs_flow.sample.", ("ovs_flow.actions.sample.",)),
    ("ovs_flow.ct.mark", ("ovs_flow.actions.ct.mark.value",)),
    ("ovs_flow.ct.labels", ("ovs_flow.actions.ct.labels.value",)),
    ("ovs_flow.ct.", ("ovs_flow.actions.ct.",)),
    ("ovs_flow.nat.", ("ovs_flow.actions.ct.nat.",)),
    ("ovs_flow.key.eth_", ("ovs_flow.key.ethernet.",)),
    ("ovs_flow.key.vlan_tci", ("ovs_flow.key.vlan",)),
    ("ovs_flow.key.mpls_lse", ("ovs_flow.key.mpls",)),
    *((f"ovs_flow.key.{name}_", (f"ovs_flow.key.{name}.",)) for name in STRUCTS),
    ("ovs_packet.data", ("ovs_packet.packet.data",)),
    ("ovs_vport.tunnel.", ("ovs_vport.options.",)),
    ("ovs_vport.vxlan_ext.", ("ovs_vport.options.extension.",)),
    ("ovs_datapath.user_features.tc_recirc", ("ovs_datapath.user_features.tc_recirc_sharing",)),
    ("ovs_datapath.user_features.per_cpu", ("ovs_datapath.user_features.dispatch_upcall_per_cpu",)),
    ("ovs_meter.band.", ("ovs_meter.bands.",)),
    ("ovs_ct_limit.", ("ovs_ct_limit.zone_limit.",)),
)

# Wireshark shows the number of every attribute as a field of the attribute set that holds it
ATTRIBUTE_TYPES: Final = {
    "ovs_datapath.attr_type": ("ovs_datapath",),
    "ovs_vport.attr_type": ("ovs_vport",),
    "ovs_vport.tunnel.attr_type": ("ovs_vport.options",),
    "ovs_vport.vxlan_ext.attr_type": ("ovs_vport.options.extension",),
    "ovs_vport.upcall_stats.attr_type": ("ovs_vport.upcall_stats",),
    "ovs_packet.attr_type": ("ovs_packet",),
    "ovs_flow.attr_type": ("ovs_flow",),
    "ovs_flow.key.attr_type": ("ovs_flow.key",),
    "ovs_flow.action.attr_type": ("ovs_flow.actions",),
    "ovs_flow.tunnel_key.attr_type": ("ovs_flow.key.tunnel", "ovs_flow.actions.set.tunnel"),
    "ovs_flow.userspace.attr_type": ("ovs_flow.actions.userspace",),
    "ovs_flow.sample.attr_type": ("ovs_flow.actions.sample",),
    "ovs_flow.ct.attr_type": ("ovs_flow.actions.ct",),
    "ovs_flow.nat.attr_type": ("ovs_flow.actions.ct.nat",),
    "ovs_meter.attr_type": ("ovs_meter",),
    "ovs_meter.band.attr_type": ("ovs_meter.bands",),
    "ovs_ct_limit.attr_type": ("ovs_ct_limit",),
}

# words that Open vSwitch prints for something other than what the row holds
_NO_ALIAS: Final = frozenset(("gtpu",))
_WORD: Final = re.compile("[a-z][a-z0-9_]*")


def wireshark(name: str) -> tuple[str, ...]:
    """Return the native names that one of Wireshark's names stands for; empty if the name is not Wireshark's."""
    if name in HEADERS:
        return (HEADERS[name],)
    for prefix, natives in PREFIXES:
        mine = name.startswith(prefix) and (prefix[-1] in "._" or name == prefix)
        longer = tuple(native for native in natives if native.startswith(prefix))
        if mine and not name.startswith(longer):  # a native name may have the same beginning as Wireshark's
            return tuple(native + name[len(prefix) :] for native in natives)
    return ()


def wireshark_names(native: str) -> list[str]:
    """Return Wireshark's names of a native field."""
    names = [alias for alias, target in HEADERS.items() if target == native]
    for prefix, natives in PREFIXES:
        for target in natives:
            if native.startswith(target) and (prefix[-1] in "._" or native == target):
                name = prefix + native[len(target) :]
                if wireshark(name) == tuple(other + name[len(prefix) :] for other in natives) and "." not in name[len(prefix) :]:
                    names.append(name)
    return names


def word(place: Place) -> str | None:
    """Return Open vSwitch's word for the last step of a place under a key, a mask or a set action; None if it equals the kernel's name."""
    from ovsdissect.odp.words import KEY_WORDS, TUNNEL_WORDS

    row = place.row
    if place.part is not None or not place.above:
        return None
    if isinstance(row, Attr):
        words = KEY_WORDS.get(row.origin) or TUNNEL_WORDS.get(row.origin)
        found = words.word if words else None
    else:
        found = _member_word(place, row)
    if found is None or found == row.name or found in _NO_ALIAS or not _WORD.fullmatch(found):
        return None
    return found


def _member_word(place: Place, member: Member) -> str | None:
    """Return Open vSwitch's word for a member of a struct."""
    from ovsdissect.odp.words import KEY_WORDS, Fields

    owner = next((above.row for above in reversed(place.above) if isinstance(above.row, Attr)), None)
    words = KEY_WORDS.get(owner.origin) if owner is not None else None
    if not isinstance(words, Fields):
        return None
    return next((shown for name, shown, _ in words.members if name == member.name), None)
