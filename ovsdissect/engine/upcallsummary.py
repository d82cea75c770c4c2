# cython: language_level=3, wraparound=False, initializedcheck=False, cdivision=True
"""The summary of packets between datapath and user space: the packet, why it was sent up, what is to be done with it.

The compiled form of that part of ovsdissect.text.summary.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cython

from ovsdissect.engine.summary_tables import number_of, place_of
from ovsdissect.families import OVS_PACKET
from ovsdissect.families.cookies import CONTROLLER, FLOW_SAMPLE, IPFIX, SFLOW, SLOW_PATH
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.tunnel_key import TUNNEL_KEY

if not cython.compiled:
    from ovsdissect.engine.attributes import Attributes
    from ovsdissect.engine.codes import OPEN_OBJECT, TOKEN
    from ovsdissect.engine.listcodes import SAYS_ACTION, SAYS_EXECUTE
    from ovsdissect.engine.odp_codes import WRITTEN
    from ovsdissect.engine.ovswords import OvsWords
    from ovsdissect.engine.packetsummary import PacketSummary

if TYPE_CHECKING:
    from ovsdissect.engine.packet_tables import PacketTables
    from ovsdissect.engine.summary_tables import SummaryTables
    from ovsdissect.engine.tokentext import TokenText

_NO_PORT = cython.declare(cython.uint, 0xFFFFFFFF)
# the types of ovs-vswitchd's cookies
_SFLOW = cython.declare(cython.int, 1)
_SLOW_PATH = cython.declare(cython.int, 2)
_FLOW_SAMPLE = cython.declare(cython.int, 3)
_IPFIX = cython.declare(cython.int, 4)


@cython.final
@cython.cclass
class UpcallSummary:
    """Writes the summary of ovs_packet messages from a reader's tokens. key: the attributes of the message's key.

    Methods return a status of odp_codes.py.
    """

    def __init__(
        self, tables: SummaryTables, packets: PacketTables, words: OvsWords, values: TokenText, key: Attributes
    ) -> None:
        self.words, self.values, self.reader, self.output = words, values, words.reader, words.output
        self.packets = PacketSummary(packets, words.reader, words.output)
        self.key, self.tunnel = key, Attributes(words.reader)
        self.packet_in, self.packet_in_count = tables.packet_in, len(tables.packet_in) // 2
        attrs = OVS_PACKET.attrs
        self.packet_packet, self.packet_key = number_of(attrs, "packet"), number_of(attrs, "key")
        self.packet_actions, self.packet_userdata = number_of(attrs, "actions"), number_of(attrs, "userdata")
        self.packet_egress, self.packet_probe = number_of(attrs, "egress_tun_key"), number_of(attrs, "probe")
        self.packet_mru, self.packet_len = number_of(attrs, "mru"), number_of(attrs, "len")
        self.ethernet, self.ethertype = number_of(KEY, "ethernet"), number_of(KEY, "ethertype")
        self.recirc_id, self.ct_state = number_of(KEY, "recirc_id"), number_of(KEY, "ct_state")
        self.ct_zone, self.ct_mark = number_of(KEY, "ct_zone"), number_of(KEY, "ct_mark")
        self.skb_mark, self.tunnel_key = number_of(KEY, "skb_mark"), number_of(KEY, "tunnel")
        self.tunnel_id = number_of(TUNNEL_KEY, "id")
        self.ipv4_src, self.ipv4_dst = number_of(TUNNEL_KEY, "ipv4_src"), number_of(TUNNEL_KEY, "ipv4_dst")
        self.ipv6_src, self.ipv6_dst = number_of(TUNNEL_KEY, "ipv6_src"), number_of(TUNNEL_KEY, "ipv6_dst")
        self.sflow_output, self.slow_reason = place_of(SFLOW, "output"), place_of(SLOW_PATH, "reason")
        self.sample_set, self.sample_domain = place_of(FLOW_SAMPLE, "collector_set_id"), place_of(FLOW_SAMPLE, "obs_domain_id")
        self.sample_point, self.sample_port = place_of(FLOW_SAMPLE, "obs_point_id"), place_of(FLOW_SAMPLE, "output_odp_port")
        self.ipfix_port, self.continuation = place_of(IPFIX, "output_odp_port"), place_of(CONTROLLER, "continuation")
        self.controller_reason, self.rule_cookie = place_of(CONTROLLER, "reason"), place_of(CONTROLLER, "rule_cookie")

    def write(self, what: cython.int, attrs: Attributes) -> cython.int:
        """Write the summary of a message: SAYS_MISS, SAYS_ACTION or SAYS_EXECUTE."""
        said: cython.int
        t: cython.int
        if what == SAYS_ACTION:
            said = self.reason(attrs.token(self.packet_userdata))
            if said:
                return said
            self.output.literal(b": ")
        elif what == SAYS_EXECUTE and attrs.token(self.packet_probe) >= 0:
            self.output.literal(b"probe: ")
        said = self.packet(attrs)
        if said:
            return said
        if what != SAYS_EXECUTE:
            self.conditions(attrs)
        t = attrs.token(self.packet_actions)
        if t < 0:
            return WRITTEN
        self.output.literal(b", ")
        return self.words.actions(t)

    def packet(self, attrs: Attributes) -> cython.int:
        """Write the packet."""
        t: cython.int = attrs.token(self.packet_packet)
        key: cython.int = attrs.token(self.packet_key)
        one: cython.int
        ethertype: cython.int = -1
        if t < 0:
            self.output.literal(b"no packet")
            if key < 0:
                return WRITTEN
            self.output.literal(b", ")
            return self.words.flow(key, -1)
        one = self.key.token(self.ethertype)
        if one >= 0 and self.key.token(self.ethernet) < 0:
            # a key with an ethertype and no Ethernet addresses belongs to a packet without an Ethernet header
            ethertype = cython.cast(cython.int, self.values.value(one))
        return self.packets.write(self.reader.tokens[t + 2], self.reader.tokens[t + 3], ethertype)

    # Why the packet missed

    def conditions(self, attrs: Attributes) -> cython.int:
        """Write recirculation, conntrack state, tunnel and truncation."""
        t: cython.int
        packet: cython.int
        self.condition(self.recirc_id, b", recirc_id(0x", True)
        t = self.key.token(self.ct_state)
        if t >= 0 and self.values.value(t):
            self.output.literal(b", ct_state(")
            self.values.flags(t)
            self.output.char(41)
        self.condition(self.ct_zone, b", ct_zone(", False)
        self.condition(self.ct_mark, b", ct_mark(0x", True)
        self.condition(self.skb_mark, b", skb_mark(0x", True)
        self.ends(b", tunnel ", self.key.token(self.tunnel_key))
        self.ends(b", egress tunnel ", attrs.token(self.packet_egress))
        t = attrs.token(self.packet_mru)
        if t >= 0:
            self.output.literal(b", reassembled of fragments up to ")
            self.output.decimal(self.values.value(t))
        t, packet = attrs.token(self.packet_len), attrs.token(self.packet_packet)
        if t >= 0 and packet >= 0:
            size: cython.uint = self.reader.tokens[packet + 3] - self.reader.tokens[packet + 2]
            if self.values.value(t) != size:
                self.output.literal(b", ")
                self.output.decimal(size)
                self.output.literal(b" of ")
                self.output.decimal(self.values.value(t))
                self.output.literal(b" byte" if self.values.value(t) == 1 else b" bytes")
        return 0

    def condition(self, number: cython.int, before: cython.p_char, hexed: cython.bint) -> cython.int:
        """Write a number of the key's metadata unless it is zero."""
        t: cython.int = self.key.token(number)
        value: cython.ulonglong
        if t < 0:
            return 0
        value = self.values.value(t)
        if not value:
            return 0
        self.output.literal(before)
        if hexed:
            self.output.hex_number(value)
        else:
            self.output.decimal(value)
        return self.output.char(41)

    def ends(self, word: cython.p_char, t: cython.int) -> cython.int:
        """Write a tunnel: its endpoints and its id."""
        if t < 0 or self.reader.tokens[t + 2] == self.reader.tokens[t + 3]:
            return 0
        self.tunnel.inside(t)
        self.output.literal(word)
        self.address(self.tunnel.token(self.ipv4_src), self.tunnel.token(self.ipv6_src))
        self.output.literal(b" > ")
        self.address(self.tunnel.token(self.ipv4_dst), self.tunnel.token(self.ipv6_dst))
        t = self.tunnel.token(self.tunnel_id)
        if t >= 0:
            self.output.literal(b" id 0x")
            self.output.hex_number(self.values.value(t))
        return 0

    def address(self, old: cython.int, new: cython.int) -> cython.int:
        """Write one endpoint: an IPv4 address, or else an IPv6 one."""
        if old >= 0:
            return self.output.ipv4(self.reader.data, self.reader.tokens[old + 2])
        if new >= 0:
            return self.output.ipv6(self.reader.data, self.reader.tokens[new + 2])
        return self.output.char(63)

    # Why a userspace action sent the packet up

    def reason(self, t: cython.int) -> cython.int:
        """Write the reason, which the cookie tells."""
        at: cython.int
        if t < 0:
            return self.output.literal(b"userspace action")
        if self.reader.tokens[t] != OPEN_OBJECT:
            return self.words.cookie(t)
        at = t + TOKEN
        while self.reader.tokens[at] != OPEN_OBJECT:
            at += TOKEN
        return self.told(self.reader.host16(self.reader.tokens[t + 2]), at + TOKEN)

    def told(self, kind: cython.int, first: cython.int) -> cython.int:
        """Write what a cookie of a type says; first: index of the token of its first member."""
        value: cython.ulonglong
        if kind == _SFLOW:
            # compose_sflow_cookie() of ofproto/ofproto-dpif-xlate.c: no output, one (its ifindex) or their number
            value = self.values.value(first + self.sflow_output * TOKEN)
            if value >> 30 == 1:
                return self.output.literal(b"sFlow, dropped")
            if value >> 31:
                self.output.literal(b"sFlow, ")
                self.output.decimal(value & 0x3FFFFFFF)
                return self.output.literal(b" outputs")
            self.output.literal(b"sFlow, out ifindex ")
            return self.output.decimal(value)
        if kind == _SLOW_PATH:
            self.output.literal(b"slow path ")
            if self.values.value(first + self.slow_reason * TOKEN):
                return self.values.flags(first + self.slow_reason * TOKEN)
            return self.output.literal(b"without a reason")
        if kind == _FLOW_SAMPLE:
            self.output.literal(b"flow sample set ")
            self.values.number(first + self.sample_set * TOKEN)
            self.output.literal(b" domain ")
            self.values.number(first + self.sample_domain * TOKEN)
            self.output.literal(b" point ")
            self.values.number(first + self.sample_point * TOKEN)
            return self.out(first + self.sample_port * TOKEN)
        if kind == _IPFIX:
            self.output.literal(b"IPFIX")
            return self.out(first + self.ipfix_port * TOKEN)
        return self.controller(first)

    def out(self, t: cython.int) -> cython.int:
        """Write the output port of a sampled packet."""
        number: cython.uint = cython.cast(cython.uint, self.values.value(t))
        if number == _NO_PORT:
            return self.output.literal(b" in")
        self.output.literal(b" out ")
        return self.words.port(number)

    def controller(self, first: cython.int) -> cython.int:
        """Write the packet-in for a controller."""
        number: cython.int = cython.cast(cython.int, self.values.value(first + self.controller_reason * TOKEN))
        self.output.literal(b"controller ")
        if number < self.packet_in_count:
            self.output.text(self.packet_in[2 * number], self.packet_in[2 * number + 1])
        else:
            self.output.decimal(number)
        if self.values.value(first + self.continuation * TOKEN):
            self.output.literal(b" continuation")
        self.output.literal(b", rule cookie 0x")
        return self.output.hex_number(self.values.value(first + self.rule_cookie * TOKEN))
