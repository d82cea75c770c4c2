"""Packets of every protocol: their layers, their summary, and fields whose values another program set."""

from __future__ import annotations

import re
from typing import Any

import dpkt
import pytest

from ovsdissect.frame import Frame, fields_table, frame, summary
from ovsdissect.tree.node import fields, leaves

# name: (packet, layers, line, some fields); made with scapy 2.8, read the same by tshark 4.0
PACKETS: dict[str, tuple[bytes, str, str, dict[str, Any]]] = {
    "vxlan": (
        bytes.fromhex(
            "02000000000202000000000108004500007300010000401166770a0000010a000002000512b5005ff8f70800000000004d00020000000002"
            "020000000001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b401030307"
            "0402080a000000010000000268656c6c6f"
        ),
        "eth ip udp vxlan eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 VXLAN vni 77 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "vxlan.vni": 77,
            "eth#2.type": 2048,
            "ip#2.src": "192.168.0.1",
            "tcp.options[0].mss_val": 1460,
            "tcp.options[2].wscale.shift": 7,
            "tcp.options[4].timestamp.tsval": 1,
            "tcp.flags": 18,
            "tcp.flags.syn": True,
            "tcp.flags.fin": False,
        },
    ),
    "vxlan_gbp": (
        bytes.fromhex(
            "02000000000202000000000108004500007300010000401166770a0000010a000002000512b5005f667b8848123400004d00020000000002"
            "020000000001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b401030307"
            "0402080a000000010000000268656c6c6f"
        ),
        "eth ip udp vxlan eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 VXLAN vni 77 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "vxlan.gbp": 0x1234,
            "vxlan.flag_g": True,
            "vxlan.flag_d": True,
            "vxlan.flag_a": True,
        },
    ),
    "geneve": (
        bytes.fromhex(
            "02000000000202000000000108004500008700010000401166630a0000010a000002000517c10073fd090500655800000900010280016162"
            "6364ffff01026162636465666768020000000002020000000001080045000041000100004006f962c0a80001c0a8000203e8005000000000"
            "00000000a01220005e8a0000020405b4010303070402080a000000010000000268656c6c6f"
        ),
        "eth ip udp geneve eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 Geneve vni 9 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "geneve.vni": 9,
            "geneve.opt_len": 20,
            "geneve.option[0].class": "0x102",
            "geneve.option[0].type": "0x80",
            "geneve.option[0].data": b"abcd",
            "geneve.option[1].length": 8,
        },
    ),
    "geneve_ip": (
        bytes.fromhex(
            "02000000000202000000000108004500004000010000401166aa0a0000010a000002000517c1002cc06900800800000009004500001c0001"
            "000040117cce7f0000017f0000010035003500080172"
        ),
        "eth ip udp geneve ip#2 udp#2",
        "10.0.0.1 > 10.0.0.2 Geneve vni 9 | 127.0.0.1 > 127.0.0.1 UDP 53 > 53",
        {
            "geneve.flags.oam": True,
            "geneve.proto_type": 2048,
        },
    ),
    "gre_key": (
        bytes.fromhex(
            "02000000000202000000000108004500006f00010000402f665d0a0000010a00000230006558000012340000000502000000000202000000"
            "0001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b4010303070402080a"
            "000000010000000268656c6c6f"
        ),
        "eth ip gre eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 GRE key 0x1234 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "gre.key": "0x1234",
            "gre.sequence_number": 5,
            "gre.proto": 0x6558,
        },
    ),
    "gre_checksum": (
        bytes.fromhex(
            "02000000000202000000000108004500003c00010000402f66900a0000010a000002a000080057fc0000000000034500001c000100004001"
            "f7d9010203047f0000010800f7ff00000000"
        ),
        "eth ip gre ip#2 icmp",
        "10.0.0.1 > 10.0.0.2 GRE key 0x3 | 1.2.3.4 > 127.0.0.1 ICMP echo request id 0 seq 0",
        {
            "gre.flags.checksum": True,
            "gre.key": "0x3",
        },
    ),
    "gre_ipv6": (
        bytes.fromhex(
            "02000000000202000000000186dd6000000000352f40fd000000000000000000000000000001fd0000000000000000000000000000020000"
            "86dd6000000000093a400000000000000000000000000000000100000000000000000000000000000001800007b30003000478"
        ),
        "eth ipv6 gre ipv6#2 icmpv6 payload",
        "fd00::1 > fd00::2 GRE | ::1 > ::1 ICMPv6 echo request id 3 seq 4",
        {
            "icmpv6.echo.identifier": 3,
            "icmpv6.echo.sequence_number": 4,
        },
    ),
    "erspan2": (
        bytes.fromhex(
            "02000000000202000000000108004500007300010000402f66590a0000010a000002100088be000000091005695500012345020000000002"
            "020000000001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b401030307"
            "0402080a000000010000000268656c6c6f"
        ),
        "eth ip gre erspan eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 ERSPAN session 341 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "erspan.version": 1,
            "erspan.vlan": 5,
            "erspan.cos": 3,
            "erspan.spanid": 341,
            "erspan.index": 0x12345,
        },
    ),
    "erspan3": (
        bytes.fromhex(
            "02000000000202000000000108004500007700010000402f66550a0000010a000002100022eb0000000920050003deadbeef0007821c0200"
            "00000002020000000001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b4"
            "010303070402080a000000010000000268656c6c6f"
        ),
        "eth ip gre erspan eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 ERSPAN session 3 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "erspan.version": 2,
            "erspan.timestamp": 0xDEADBEEF,
            "erspan.sgt": 7,
            "erspan.hw": 33,
            "erspan.direction": 1,
            "erspan.gra": 2,
        },
    ),
    "nsh": (
        bytes.fromhex(
            "020000000002020000000001894f0fc60103123456c801010101010101010101010101010101020000000002020000000001080045000041"
            "000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b4010303070402080a0000000100000002"
            "68656c6c6f"
        ),
        "eth nsh eth#2 ip tcp payload",
        "NSH spi 1193046 si 200 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "nsh.spi": 0x123456,
            "nsh.si": 200,
            "nsh.mdtype": 1,
            "nsh.length": 6,
            "nsh.metadata": b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
        },
    ),
    "vxlan_gpe": (
        bytes.fromhex(
            "02000000000202000000000108004500007300010000401166770a0000010a000002000512b6005f3af40c00000300000700020000000002"
            "020000000001080045000041000100004006f962c0a80001c0a8000203e800500000000000000000a01220005e8a0000020405b401030307"
            "0402080a000000010000000268656c6c6f"
        ),
        "eth ip udp vxlan eth#2 ip#2 tcp payload",
        "10.0.0.1 > 10.0.0.2 VXLAN vni 7 | 192.168.0.1 > 192.168.0.2 TCP 1000 > 80 SYN,ACK",
        {
            "vxlan.vni": 7,
            "vxlan.next_proto": 3,
        },
    ),
    "mpls": (
        bytes.fromhex("020000000002020000000001884700010605000111404500001c000100004011e9bd090909097f0000010035003500086e61"),
        "eth mpls mpls#2 ip udp",
        "MPLS 16, MPLS 17, 9.9.9.9 > 127.0.0.1 UDP 53 > 53",
        {
            "mpls.label": 16,
            "mpls.exp": 3,
            "mpls.bottom": 0,
            "mpls.ttl": 5,
            "mpls#2.label": 17,
            "mpls#2.bottom": 1,
        },
    ),
    "qinq": (
        bytes.fromhex(
            "02000000000202000000000188a860648100100508004500002800010000400666cd0a0000010a000002001400500000000000000000502920007b550000"
        ),
        "eth vlan vlan#2 ip tcp",
        "VLAN 100, VLAN 5, 10.0.0.1 > 10.0.0.2 TCP 20 > 80 FIN,PSH,URG",
        {
            "vlan.id": 100,
            "vlan.priority": 3,
            "vlan.etype": 0x8100,
            "vlan#2.id": 5,
            "vlan#2.dei": 1,
            "tcp.flags": 41,
        },
    ),
    "ipip": (
        bytes.fromhex(
            "02000000000202000000000108004500003300010000400466c40a0000010a0000024500001f000100004011f5c6030303037f0000010001"
            "0002000bb66b616263"
        ),
        "eth ip ip#2 udp payload",
        "10.0.0.1 > 10.0.0.2 IPIP | 3.3.3.3 > 127.0.0.1 UDP 1 > 2",
        {
            "ip.proto": 4,
            "ip#2.src": "3.3.3.3",
            "udp.dstport": 2,
        },
    ),
    "extensions": (
        bytes.fromhex(
            "02000000000202000000000186dd6000000000500040fd000000000000000000000000000001fd0000000000000000000000000000023c01"
            "05020000010300000001030000002b000100010200002c04000100000000fd000000000000000000000000000009fd000000000000000000"
            "00000000000a110000010000004d0035003500080568"
        ),
        "eth ipv6 ipv6.hopopts ipv6.dstopts ipv6.routing ipv6.fraghdr udp",
        "fd00::1 > fd00::2 UDP 53 > 53 first fragment",
        {
            "ipv6.hopopts.opt[0].router_alert": 0,
            "ipv6.routing.segleft": 1,
            "ipv6.routing.addr[1].addr": "fd00::a",
            "ipv6.fraghdr.more": True,
            "ipv6.fraghdr.ident": "0x4d",
        },
    ),
    "ah": (
        bytes.fromhex(
            "02000000000202000000000108004500004000010000403366880a0000010a00000206040000000000050000000601010101010101010101"
            "01010014005000000000000000005002200000000000"
        ),
        "eth ip ah tcp",
        "10.0.0.1 > 10.0.0.2 TCP 20 > 80 SYN",
        {
            "ah.spi": "0x5",
            "ah.sequence": 6,
            "ah.icv": b"\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
            "tcp.dstport": 80,
        },
    ),
    "esp": (
        bytes.fromhex("02000000000202000000000108004500002000010000403266a90a0000010a00000200000005000000067a7a7a7a"),
        "eth ip esp payload",
        "10.0.0.1 > 10.0.0.2 ESP spi 0x00000005",
        {
            "esp.spi": "0x5",
            "payload": b"zzzz",
        },
    ),
    "igmp3": (
        bytes.fromhex(
            "020000000002020000000001080047c0003c0001000001021bf6010101010202020294040000010000002200e8e00000000204000000ef01"
            "010101000002ef0101020102030405060708"
        ),
        "eth ip igmp",
        "1.1.1.1 > 2.2.2.2 IGMP v3 report for 239.1.1.1, 239.1.1.2",
        {
            "ip.hdr_len": 28,
            "ip.opt[0].type": 148,
            "igmp.num_grp_recs": 2,
            "igmp.group[0].record_type": 4,
            "igmp.group[1].maddr": "239.1.1.2",
            "igmp.group[1].num_src": 2,
        },
    ),
    "igmp3_query": (
        bytes.fromhex("020000000002020000000001080046c00028000100000102100d0a0000010a000002940400001114ea6b00000000027d000101010101"),
        "eth ip igmp",
        "10.0.0.1 > 10.0.0.2 IGMP membership query",
        {
            "igmp.qrv": 2,
            "igmp.qqic": 125,
            "igmp.saddr[0].addr": "1.1.1.1",
        },
    ),
    "mld": (
        bytes.fromhex(
            "02000000000202000000000186dd6000000000183a01fd000000000000000000000000000001fd0000000000000000000000000000028300"
            "83a000000000ff020000000000000000000000000005"
        ),
        "eth ipv6 icmpv6",
        "fd00::1 > fd00::2 ICMPv6 multicast listener report for ff02::5",
        {
            "icmpv6.mld.multicast_address": "ff02::5",
        },
    ),
    "mld2": (
        bytes.fromhex(
            "02000000000202000000000186dd60000000002c3a01fd000000000000000000000000000001fd0000000000000000000000000000028f00"
            "76880000000104000001ff020000000000000000000000010002fd000000000000000000000000000003"
        ),
        "eth ipv6 icmpv6",
        "fd00::1 > fd00::2 ICMPv6 multicast listener report v2 for ff02::1:2",
        {
            "icmpv6.mldr.mar[0].multicast_address": "ff02::1:2",
            "icmpv6.mldr.mar[0].nb_sources": 1,
        },
    ),
    "ra": (
        bytes.fromhex(
            "02000000000202000000000186dd6000000000583afffd000000000000000000000000000001fd0000000000000000000000000000028600"
            "19dd008800640000000000000000030440c0ffffffffffffffff00000000fd00000000000000000000000000000005010000000005780101"
            "02000000000919030000fffffffffd000000000000000000000000000053"
        ),
        "eth ipv6 icmpv6",
        "fd00::1 > fd00::2 ICMPv6 router advertisement",
        {
            "icmpv6.nd.ra.router_lifetime": 100,
            "icmpv6.nd.ra.flag.m": True,
            "icmpv6.opt[0].prefix.length": 64,
            "icmpv6.opt[0].prefix": "fd00::",
            "icmpv6.opt[1].mtu": 1400,
            "icmpv6.opt[2].linkaddr": "02:00:00:00:00:09",
            "icmpv6.opt[3].rdnss[0].addr": "fd00::53",
        },
    ),
    "too_big": (
        bytes.fromhex(
            "02000000000202000000000186dd6000000000383a40fd000000000000000000000000000001fd0000000000000000000000000000020200"
            "8d59000005006000000000081140fd000000000000000000000000000002fd00000000000000000000000000000100070008000805cb"
        ),
        "eth ipv6 icmpv6 ipv6#2 udp",
        "fd00::1 > fd00::2 ICMPv6 packet too big (MTU 1280) | fd00::2 > fd00::1 UDP 7 > 8",
        {
            "icmpv6.mtu": 1280,
            "ipv6#2.src": "fd00::2",
            "udp.srcport": 7,
        },
    ),
    "redirect": (
        bytes.fromhex(
            "02000000000202000000000108004500003800010000400166c20a0000010a0000020501ef110a0000094500001c0001000040117cce7f00"
            "00017f0000010035003500080172"
        ),
        "eth ip icmp ip#2 udp",
        "10.0.0.1 > 10.0.0.2 ICMP redirect code 1 | 127.0.0.1 > 127.0.0.1 UDP 53 > 53",
        {
            "icmp.redir_gw": "10.0.0.9",
            "ip#2.src": "127.0.0.1",
        },
    ),
    "needs_fragmentation": (
        bytes.fromhex(
            "02000000000202000000000108004500004400010000400166b60a0000010a00000203040ba1000005784500002800014000400626cd0a00"
            "00020a000001000400050000000000000000500220007bd70000"
        ),
        "eth ip icmp ip#2 tcp",
        "10.0.0.1 > 10.0.0.2 ICMP fragmentation needed (MTU 1400) | 10.0.0.2 > 10.0.0.1 TCP 4 > 5 SYN",
        {
            "icmp.mtu": 1400,
            "ip#2.flags.df": True,
            "tcp.srcport": 4,
        },
    ),
    "sctp": (
        bytes.fromhex(
            "02000000000202000000000108004500004400010000408466330a0000010a0000020001000200000003d54ea2f800000013000000040005"
            "0006000000006162630003000010000000000000000000000000"
        ),
        "eth ip sctp",
        "10.0.0.1 > 10.0.0.2 SCTP 1 > 2 DATA,SACK",
        {
            "sctp.verification_tag": "0x3",
            "sctp.chunk[0].type": 0,
            "sctp.chunk[0].data_tsn": 4,
            "sctp.chunk[0].data_sid": 5,
            "sctp.chunk[0].data": b"abc",
            "sctp.chunk[1].type": 3,
        },
    ),
    "dhcp": (
        bytes.fromhex(
            "02000000000202000000000108004500012c00010000401165be0a0000010a000002004300440118bcaa0201060000000005000000000000"
            "00000a0000050000000000000000020000000001000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000006382"
            "53633501020104ffffff0003080a0000010a000002330400000e1036040a000001ff"
        ),
        "eth ip udp dhcp",
        "10.0.0.1 > 10.0.0.2 DHCP offer",
        {
            "dhcp.ip.your": "10.0.0.5",
            "dhcp.option[0].dhcp": 2,
            "dhcp.option[2].ip[1].addr": "10.0.0.2",
            "dhcp.option[3].ip_address_lease_time": 3600,
        },
    ),
    "lacp": (
        bytes.fromhex(
            "0180c20000020000000000008809010101140000020000000005000000000003000000000214000002000000000600000000000000000000"
            "0310000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            "000000000000000000000000"
        ),
        "eth slow lacp",
        "LACP actor 02:00:00:00:00:05 port 3 partner 02:00:00:00:00:06 port 0",
        {
            "slow.subtype": 1,
            "lacp.tlv[0].actor.sysid": "02:00:00:00:00:05",
            "lacp.tlv[0].actor.port": 3,
            "lacp.tlv[1].partner.sysid": "02:00:00:00:00:06",
        },
    ),
    "arp": (
        bytes.fromhex(
            "020000000002020000000001080600010800060400010200000000010101010100000000000001010102000000000000000000000000000000000000"
        ),
        "eth arp eth.padding",
        "ARP who-has 1.1.1.2 tell 1.1.1.1",
        {
            "arp.opcode": 1,
            "arp.src.hw_mac": "02:00:00:00:00:01",
            "arp.dst.proto_ipv4": "1.1.1.2",
        },
    ),
    "sack": (
        bytes.fromhex(
            "02000000000202000000000108004500003c00010000400666b90a0000010a000002001400500000000000000000a0022000264c00000512"
            "000000010000000200000003000000040000"
        ),
        "eth ip tcp",
        "10.0.0.1 > 10.0.0.2 TCP 20 > 80 SYN",
        {
            "tcp.options[0].sack[1].sack_re": 4,
        },
    ),
    "lldp": (
        bytes.fromhex(
            "0180c200000e02000000000188cc02070402000000000104050565746830060200780a03737731fe060080c201000500000000000000000000000000000000"
        ),
        "eth lldp eth.padding",
        "LLDP chassis 02:00:00:00:00:01 port eth0 system sw1",
        {
            "lldp.tlv[0].chassis.id.mac": "02:00:00:00:00:01",
            "lldp.tlv[1].port.id": "eth0",
            "lldp.tlv[2].time_to_live": 120,
            "lldp.tlv[3].system.name": "sw1",
            "lldp.tlv[4].orgtlv.oui": "00:80:c2",
        },
    ),
    "rstp": (
        bytes.fromhex(
            "0180c20000000200000000010027424203000002023c800102000000000700004e20800102000000000180020100140002000f000000000000000000"
        ),
        "eth llc stp eth.padding",
        "STP rapid root 02:00:00:00:00:07 bridge 02:00:00:00:00:01 port 0x8002",
        {
            "eth.len": 39,
            "stp.version": 2,
            "stp.root.prio": 0x8000,
            "stp.root.ext": 1,
            "stp.root.cost": 0x4E20,
            "stp.flags.learning": True,
            "stp.port": "0x8002",
            "stp.hello": 512,
        },
    ),
    "bfd": (
        bytes.fromhex(
            "02000000000202000000000108004500003400010000401124bba9fe0101a9fe0100c0000ec80020326620c803180000000100000002000f"
            "4240000f424000000000"
        ),
        "eth ip udp bfd",
        "169.254.1.1 > 169.254.1.0 BFD up",
        {
            "bfd.sta": 3,
            "bfd.flags.c": True,
            "bfd.my_discriminator": "0x1",
            "bfd.detect_time_multiplier": 3,
        },
    ),
    "cfm": (
        bytes.fromhex(
            "0180c200003302000000000189026001844600000009004d0402616200000000000000000000000000000000000000000000000000000000"
            "00000000000000000000000000000000000000000000000000000000000000000200010200"
        ),
        "eth cfm",
        "CFM CCM level 3 mep 77 seq 9",
        {
            "cfm.md.level": 3,
            "cfm.opcode": 1,
            "cfm.ccm.seq.num": 9,
            "cfm.ccm.ma.ep.id": 77,
            "cfm.flags.rdi": True,
            "cfm.tlv[0].port.status": 2,
        },
    ),
    "snap": (
        bytes.fromhex("01000ccccccc0200000000010024aaaa0300000008004500001c00010000401174cb0101010102020202000100020008f9d5"),
        "eth llc ip udp",
        "1.1.1.1 > 2.2.2.2 UDP 1 > 2",
        {
            "llc.dsap": 170,
            "llc.type": 2048,
            "ip.dst": "2.2.2.2",
        },
    ),
}


def every_field(dissected: Frame) -> dict[str, Any]:
    """Path -> value of all fields."""
    return {path: field.value for layer in dissected.layers for path, field in fields(layer, layer.name)}


@pytest.mark.parametrize("name", PACKETS)
def test_layers_and_fields(name: str) -> None:
    packet, layers, line, expected = PACKETS[name]
    dissected = frame(packet, 0, len(packet))
    assert " ".join(layer.name for layer in dissected.layers) == layers
    assert dissected.summary == line
    found = every_field(dissected)
    assert {path: found.get(path) for path in expected} == expected
    assert dissected.problems == ()
    assert summary(packet, 0, len(packet)) == line


@pytest.mark.parametrize("name", PACKETS)
def test_every_byte_is_in_one_leaf(name: str) -> None:
    packet = PACKETS[name][0]
    record = b"before" + packet + b"after"
    place = 6
    for layer in frame(record, 6, 6 + len(packet)).layers:
        assert layer.offset == place
        for leaf in leaves(layer):
            assert leaf.offset == place
            place += leaf.length
    assert place == 6 + len(packet)


@pytest.mark.parametrize("name", PACKETS)
def test_every_field_is_declared(name: str) -> None:
    packet = PACKETS[name][0]
    names = {field.name for field in fields_table()}
    for layer in frame(packet, 0, len(packet)).layers:
        for path, field in fields(layer, layer.name):
            if field.node.wire.kind != "pad":
                stripped = re.sub(r"\[\d+\]|#\d+", "", path)
                assert stripped in names


@pytest.mark.parametrize("name", sorted(set(PACKETS) - {"ah"}))  # scapy leaves TCP's behind AH at 0
def test_checksums_are_good(name: str) -> None:
    packet = PACKETS[name][0]
    assert [checksum for checksum in frame(packet, 0, len(packet)).checksums if not checksum.good] == []


def test_checksums_cover_the_transports() -> None:
    names = {checksum.path for packet, *_ in PACKETS.values() for checksum in frame(packet, 0, len(packet), path="").checksums}
    assert {"ip.checksum", "tcp.checksum", "udp.checksum", "icmp.checksum", "icmpv6.checksum", "sctp.checksum", "gre.checksum"} <= names


def test_as_dpkt_reads_it() -> None:
    packet = PACKETS["gre_key"][0]
    found = every_field(frame(packet, 0, len(packet)))
    outer = dpkt.ethernet.Ethernet(packet)
    assert (found["eth.dst"], found["eth.type"]) == (outer.dst.hex(":"), outer.type)
    assert (found["ip.len"], found["ip.ttl"], found["ip.checksum"]) == (outer.data.len, outer.data.ttl, outer.data.sum)
    start = packet.index(bytes.fromhex("020000000002020000000001"), 12)
    inner = dpkt.ethernet.Ethernet(packet[start:]).data
    segment = inner.data
    assert (found["tcp.seq"], found["tcp.window_size_value"], found["tcp.flags"]) == (segment.seq, segment.win, segment.flags)
    assert [(found[f"tcp.options[{i}].kind"]) for i in range(5)] == [kind for kind, _ in dpkt.tcp.parse_opts(segment.opts)]
    assert found["payload"] == segment.data


def test_names_are_unique_and_aliases_stand_for_fields() -> None:
    table = {field.name: field for field in fields_table()}
    assert len(table) == len(fields_table())
    assert {name for field in table.values() for name in field.stands_for} <= set(table)
    assert table["tcp.port"].stands_for == ("tcp.srcport", "tcp.dstport")
    assert table["ip.src"].wire.kind == "ipv4"
    assert table["lacp.actor.sysid"].stands_for == ("lacp.tlv.actor.sysid",)
