"""Names of numbers, each from another source: include/uapi/linux/if_ether.h and in.h through the platform, IANA, RFC 8300."""

from __future__ import annotations

import socket

from ovsdissect.families import FAMILIES
from ovsdissect.families.cookies import PACKET_IN_REASONS, SLOW_PATH_REASONS
from ovsdissect.families.numbers import ARP_OPERATIONS, ETHERTYPES, IP_PROTOCOLS, NSH_PROTOCOLS
from ovsdissect.families.registry import Announcement, Registry

# ETH_P_* and what IEEE 802 gave out
IEEE = {
    "ipv4": 0x0800, "arp": 0x0806, "teb": 0x6558, "rarp": 0x8035, "vlan": 0x8100, "ipv6": 0x86DD, "slow": 0x8809, "mpls": 0x8847,
    "mpls_mc": 0x8848, "svlan": 0x88A8, "lldp": 0x88CC, "cfm": 0x8902, "nsh": 0x894F,
}  # fmt: skip


def test_ethertypes() -> None:
    assert {name: number for number, name in ETHERTYPES.items()} == IEEE | {"none": 0}


def test_ip_protocols() -> None:
    """The C library's IPPROTO_*, and those of IANA that it has no constant for."""
    words = {
        "hopopt": "HOPOPTS", "icmp": "ICMP", "igmp": "IGMP", "ipip": "IPIP", "tcp": "TCP", "udp": "UDP", "ipv6": "IPV6",
        "ipv6_route": "ROUTING", "ipv6_frag": "FRAGMENT", "gre": "GRE", "esp": "ESP", "ah": "AH", "icmpv6": "ICMPV6",
        "ipv6_nonxt": "NONE", "ipv6_opts": "DSTOPTS", "sctp": "SCTP",
    }  # fmt: skip
    platform = {name: int(getattr(socket, f"IPPROTO_{word}")) for name, word in words.items()}
    assert {name: number for number, name in IP_PROTOCOLS.items()} == platform | {"ospf": 89, "vrrp": 112}


def test_operations_and_next_protocols() -> None:
    """RFC 826 and RFC 903; RFC 8300, 2.2."""
    assert ARP_OPERATIONS == {1: "request", 2: "reply", 3: "rarp_request", 4: "rarp_reply"}
    assert NSH_PROTOCOLS == {1: "ipv4", 2: "ipv6", 3: "ethernet", 4: "nsh", 5: "mpls"}


def test_reasons_of_upcalls() -> None:
    """enum slow_path_reason of lib/odp-util.h, a bit each; OpenFlow 1.5.1, 7.4.1, and what Open vSwitch tells apart of "no match"."""
    assert {1 << at: name for at, name in enumerate(("cfm", "bfd", "lacp", "stp", "lldp", "action", "match"))} == SLOW_PATH_REASONS
    reasons = ("no_match", "action", "invalid_ttl", "action_set", "group", "packet_out", "explicit_miss", "implicit_miss")
    assert dict(enumerate(reasons)) == PACKET_IN_REASONS


def test_an_id_stays_until_another_family_has_it() -> None:
    """Of two hosts' captures made one: both ids mean the family; a deletion takes the last one back."""
    registry = Registry()
    for number in (34, 40):
        registry.learn(Announcement("ovs_flow", number))
    assert [known and known.name for known in map(registry.known, (34, 40))] == ["ovs_flow", "ovs_flow"]
    registry.learn(Announcement("ovs_packet", 34))
    assert [known and known.name for known in map(registry.known, (34, 40))] == ["ovs_packet", "ovs_flow"]
    registry.learn(Announcement("ovs_flow", None))
    assert [known and known.name for known in map(registry.known, (34, 40))] == ["ovs_packet", None]


def test_who_sends_a_command() -> None:
    """net/openvswitch/datapath.c: MISS and ACTION are queue_userspace_packet()'s alone, EXECUTE is in dp_packet_genl_ops alone; the
    other commands are requests and what answers and notifies of them.
    """
    names = ("nlctrl", "ovs_datapath", "ovs_vport", "ovs_flow", "ovs_packet", "ovs_meter", "ovs_ct_limit")
    ours = [FAMILIES[name] for name in names]
    one_way = {(family.name, one.name): one.to_user for family in ours for one in family.commands if one.to_user is not None}
    assert one_way == {("ovs_packet", "miss"): True, ("ovs_packet", "action"): True, ("ovs_packet", "execute"): False}
