"""Words for numbers that several protocols share: ethertypes, IP protocols, ARP operations.

They are shown beside the number and accepted by filters, but never replace it.
"""

from __future__ import annotations

from typing import Final

ETHERTYPES: Final = {
    0x0000: "none",
    0x0800: "ipv4",
    0x0806: "arp",
    0x8035: "rarp",
    0x8100: "vlan",
    0x86DD: "ipv6",
    0x8809: "slow",
    0x8847: "mpls",
    0x8848: "mpls_mc",
    0x88A8: "svlan",
    0x88CC: "lldp",
    0x894F: "nsh",
    0x8902: "cfm",
    0x6558: "teb",
}

IP_PROTOCOLS: Final = {
    0: "hopopt",
    1: "icmp",
    2: "igmp",
    4: "ipip",
    6: "tcp",
    17: "udp",
    41: "ipv6",
    43: "ipv6_route",
    44: "ipv6_frag",
    47: "gre",
    50: "esp",
    51: "ah",
    58: "icmpv6",
    59: "ipv6_nonxt",
    60: "ipv6_opts",
    89: "ospf",
    112: "vrrp",
    132: "sctp",
}

ARP_OPERATIONS: Final = {1: "request", 2: "reply", 3: "rarp_request", 4: "rarp_reply"}

NSH_PROTOCOLS: Final = {1: "ipv4", 2: "ipv6", 3: "ethernet", 4: "nsh", 5: "mpls"}
