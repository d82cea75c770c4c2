"""Open vSwitch's words: for every row of the grammar, its word, its members' words and the style of each number. Only tables.

Source: lib/odp-util.c, ovs_key_attr_to_string(), format_odp_key_attr__(), format_odp_tun_attr(), format_odp_action().
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from ovsdissect.families.actions import ACTIONS
from ovsdissect.families.flow_key import CT_STATE, KEY, NSH, TCP_FLAGS
from ovsdissect.families.tunnel_key import TUNNEL_KEY, VXLAN_OPTS
from ovsdissect.grammar import Attr, AttrSet
from ovsdissect.odp.styles import (
    DEC8,
    DEC16,
    ETHERTYPE,
    FRAG,
    HEX8,
    HEX16,
    HEX32,
    HEX128,
    IPV4,
    IPV6,
    LABEL,
    MAC,
    RESERVED,
    TUNNEL_ID,
    Style,
    hash_hex,
)


class Number(NamedTuple):
    """`word(value/mask)`. `shy`: the parentheses stay empty in text that is not verbose, unless the mask has a bit (ct_mark)."""

    word: str
    style: Style
    shy: bool = False


class Flags(NamedTuple):
    """`word(a|b)` or `word(+a-b)`.  `full`: the bits that OVS knows; `number`: verbose text shows the number instead."""

    word: str
    names: Mapping[int, str]
    full: int
    number: bool = False


class Fields(NamedTuple):
    """`word(member=value/mask,...)`: for each member, in OVS's order, the grammar's name, OVS's word and its style."""

    word: str
    members: tuple[tuple[str, str, Style], ...]


class Own(NamedTuple):
    """`word(...)` whose content follows rules of its own."""

    word: str


Words = Number | Flags | Fields | Own


def fields(word: str, *members: tuple[str, str, Style]) -> Fields:
    """Return a table row for a struct."""
    return Fields(word, members)


def table(attrs: AttrSet, words: Mapping[str, Words]) -> dict[Attr, Words]:
    """Return words by row instead of by name; KeyError if the grammar has no such row."""
    return {attrs.by_name[name]: entry for name, entry in words.items()}


SRC_DST: Final = (("src", "src", DEC16), ("dst", "dst", DEC16))
TYPE_CODE: Final = (("type", "type", DEC8), ("code", "code", DEC8))
TCP_FLAG_WORDS: Final = TCP_FLAGS.names | {0x200: "[200]", 0x400: "[400]", 0x800: "[800]"}

KEY_WORDS: Final = table(
    KEY,
    {
        "encap": Own("encap"),
        "priority": Number("skb_priority", HEX32),
        "in_port": Own("in_port"),
        "ethernet": fields("eth", ("src", "src", MAC), ("dst", "dst", MAC)),
        "vlan": Own("vlan"),
        "ethertype": Number("eth_type", ETHERTYPE),
        "ipv4": fields(
            "ipv4",
            ("src", "src", IPV4),
            ("dst", "dst", IPV4),
            ("proto", "proto", DEC8),
            ("tos", "tos", HEX8),
            ("ttl", "ttl", DEC8),
            ("frag", "frag", FRAG),
        ),
        "ipv6": fields(
            "ipv6",
            ("src", "src", IPV6),
            ("dst", "dst", IPV6),
            ("label", "label", LABEL),
            ("proto", "proto", DEC8),
            ("tclass", "tclass", HEX8),
            ("hlimit", "hlimit", DEC8),
            ("frag", "frag", FRAG),
        ),
        "tcp": Fields("tcp", SRC_DST),
        "udp": Fields("udp", SRC_DST),
        "icmp": Fields("icmp", TYPE_CODE),
        "icmpv6": Fields("icmpv6", TYPE_CODE),
        "arp": fields(
            "arp",
            ("sip", "sip", IPV4),
            ("tip", "tip", IPV4),
            ("op", "op", DEC16),
            ("sha", "sha", MAC),
            ("tha", "tha", MAC),
        ),
        "nd": fields("nd", ("target", "target", IPV6), ("sll", "sll", MAC), ("tll", "tll", MAC)),
        "skb_mark": Number("skb_mark", HEX32),
        "tunnel": Own("tunnel"),
        "sctp": Fields("sctp", SRC_DST),
        "tcp_flags": Flags("tcp_flags", TCP_FLAG_WORDS, 0xFFF),
        "dp_hash": Number("dp_hash", HEX32),
        "recirc_id": Number("recirc_id", HEX32),
        "mpls": Own("mpls"),
        "ct_state": Flags("ct_state", CT_STATE.names, 0xFFFFFFFF, number=True),
        "ct_zone": Number("ct_zone", HEX16, shy=True),
        "ct_mark": Number("ct_mark", HEX32, shy=True),
        "ct_labels": Number("ct_label", HEX128, shy=True),
        "ct_orig_tuple_ipv4": fields(
            "ct_tuple4",
            ("src", "src", IPV4),
            ("dst", "dst", IPV4),
            ("proto", "proto", DEC8),
            ("src_port", "tp_src", DEC16),
            ("dst_port", "tp_dst", DEC16),
        ),
        "ct_orig_tuple_ipv6": fields(
            "ct_tuple6",
            ("src", "src", IPV6),
            ("dst", "dst", IPV6),
            ("proto", "proto", DEC8),
            ("src_port", "src_port", DEC16),
            ("dst_port", "dst_port", DEC16),
        ),
        "nsh": Own("nsh"),
        "packet_type": Own("packet_type"),
        "nd_extensions": fields(
            "nd_ext",
            ("reserved", "nd_reserved", RESERVED),
            ("options_type", "nd_options_type", DEC8),
        ),
        "tunnel_info": Own("<error: kernel-only tunnel_info>"),
    },
)

TUNNEL_WORDS: Final = table(
    TUNNEL_KEY,
    {
        "id": Number("tun_id", TUNNEL_ID),
        "ipv4_src": Number("src", IPV4),
        "ipv4_dst": Number("dst", IPV4),
        "tos": Number("tos", HEX8),
        "ttl": Number("ttl", DEC8),
        "tp_src": Number("tp_src", DEC16),
        "tp_dst": Number("tp_dst", DEC16),
        "ipv6_src": Number("ipv6_src", IPV6),
        "ipv6_dst": Number("ipv6_dst", IPV6),
        "geneve_opts": Own("geneve"),
        "vxlan_opts": Own("vxlan"),
        "erspan_opts": Own("erspan"),
        "ipv4_info_bridge": Own("gtpu"),
    },
)

# attributes of a tunnel that stand for a flag: FLOW_TNL_F_*, printed in this order
TUNNEL_FLAGS: Final = {1: "oam", 2: "df", 4: "csum", 8: "key"}
TUNNEL_FLAG_ROWS: Final = {TUNNEL_KEY.by_name[name]: bit for name, bit in (("oam", 1), ("dont_fragment", 2), ("csum", 4))}
TUNNEL_ID_FLAG: Final = 8

# the lengths that OVS expects of attributes, by number (ovs_flow_key_attr_lens, ovs_tun_key_attr_lens, ...); None: not checked
KEY_SIZES: Final = {row.number: row.wire.size for row in KEY.rows} | {0: 0, 31: 0}
TUNNEL_SIZES: Final = {row.number: row.wire.size for row in TUNNEL_KEY.rows} | {14: 0, 16: None}
VXLAN_SIZES: Final = {row.number: row.wire.size for row in VXLAN_OPTS.rows} | {0: 0}
NSH_SIZES: Final = {row.number: row.wire.size for row in NSH.rows} | {0: 0}

# the lengths of actions that OVS checks (odp_action_len()), by name; None: they hold attributes, or headers
ACTION_SIZES: Final = {row.name: row.wire.size for row in ACTIONS.rows} | {"tnl_push": None, "tnl_pop": 4, "lb_output": 4}

# actions that are a bare word
ACTION_WORDS: Final = {
    ACTIONS.by_name[name]: word
    for name, word in (
        ("pop_vlan", "pop_vlan"),
        ("pop_eth", "pop_eth"),
        ("ct_clear", "ct_clear"),
        ("pop_nsh", "pop_nsh()"),
        ("drop", "drop"),
    )
}
# actions that are a word around one number, with its style
ACTION_NUMBERS: Final[dict[Attr, tuple[str, Callable[[int], str]]]] = {
    ACTIONS.by_name["recirc"]: ("recirc({})", hash_hex),
    ACTIONS.by_name["meter"]: ("meter({})", str),
    ACTIONS.by_name["pop_mpls"]: ("pop_mpls(eth_type={})", "0x{:x}".format),
}
HASH_WORDS: Final = {0: "l4({})", 1: "sym_l4({})"}
