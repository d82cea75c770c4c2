"""Requests that ovs-vswitchd never makes: odd attributes, wrong ones, errors with extended ACKs.  Prints a line for each answer."""

from __future__ import annotations

import itertools
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Sequence

from netlink import ACK, CAP_ACK, CREATE, DUMP, ECHO, EXCL, EXT_ACK, REQUEST, STRICT_CHECK, Payload, Socket, attr, be16, ip4, ip6, told, u16

ASK = REQUEST | ACK
SAY = ASK | ECHO  # the kernel answers with the object as it is now
LIST = ASK | DUMP

# OVS_KEY_ATTR_*
ENCAP, PRIORITY, IN_PORT, ETHERNET, VLAN, ETHERTYPE, IPV4, IPV6, TCP, UDP, ICMP, ICMPV6, ARP, ND, SKB_MARK, TUNNEL = range(1, 17)
SCTP, TCP_FLAGS, DP_HASH, RECIRC_ID, MPLS, CT_STATE, CT_ZONE, CT_MARK, CT_LABELS, CT_TUPLE_4, CT_TUPLE_6, NSH, PACKET_TYPE = range(17, 30)
IPV6_EXTHDRS = 32

# OVS_ACTION_ATTR_*
OUTPUT, USERSPACE, SET, PUSH_VLAN, POP_VLAN, SAMPLE, RECIRC, HASH, PUSH_MPLS, POP_MPLS, SET_MASKED, CT, TRUNC, PUSH_ETH = range(1, 15)
POP_ETH, CT_CLEAR, PUSH_NSH, POP_NSH, METER, CLONE, CHECK_PKT_LEN, ADD_MPLS, DEC_TTL, DROP, PSAMPLE = range(15, 26)

NEW, DEL, GET, CHANGE = 1, 2, 3, 4
MAC1, MAC2 = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
UDP_PACKET = MAC2 + MAC1 + b"\x08\0" + bytes.fromhex("4500002000010000401166c90a0000010a000002") + be16(1, 1, 12, 0) + b"data"


def run(*commands: str) -> None:
    """Commands that prepare devices."""
    for command in commands:
        subprocess.run(command.split(), check=False)


def do(what: str, message: bytes, through: Socket | None = None) -> None:
    """Send a request, print what the kernel says."""
    try:
        answers = (through or asker).ask(message)
    except OSError as error:
        print(f"{what}: not sent: {error}")
        return
    print(f"{what}: {'; '.join(told(answer) for answer in answers) or 'no answer'}")


def message(
    family: int, cmd: int, attrs: bytes | Iterable[bytes] = b"", flags: int = ASK, dp: int | None = None, version: int = 1
) -> bytes:
    """A request with an ovs_header where a datapath is given."""
    return asker.message(family, cmd, attrs, flags, b"" if dp is None else struct.pack("=i", dp), version)


def datapaths() -> int:
    """The datapath family's requests; gives the datapath that the others work on."""
    do(
        "datapath with a wanted ifindex",
        message(DATAPATH, NEW, [attr(1, "rawdp"), attr(2, upcalls.port), attr(5, 3), attr(9, 777)], ASK, 0),
    )
    do("datapath", message(DATAPATH, NEW, [attr(1, "rawdp2"), attr(2, 0), attr(5, 1)], SAY, 0))
    dp = socket.if_nametoindex("rawdp")
    pids = struct.pack("=4I", *[upcalls.port, second.port] * 2)
    do("dispatch by CPU", message(DATAPATH, CHANGE, [attr(1, "rawdp"), attr(5, 8 | 1), attr(8, pids)], SAY, 0))
    do("dispatch by port", message(DATAPATH, CHANGE, [attr(5, 3)], SAY, dp))
    do("mask cache", message(DATAPATH, CHANGE, [attr(7, 1024)], SAY, dp))
    do("feature of tc", message(DATAPATH, CHANGE, [attr(5, 4)], SAY, dp))
    do("all features", message(DATAPATH, CHANGE, [attr(5, 0xFFFFFFFF)], SAY, dp))
    do("datapath by name", message(DATAPATH, GET, [attr(1, "rawdp")], ASK, 0))
    do("datapaths", message(DATAPATH, GET, [], LIST, 0))
    do("datapath twice", message(DATAPATH, NEW, [attr(1, "rawdp"), attr(2, 0)], ASK, 0))
    do("datapath without a name", message(DATAPATH, NEW, [attr(2, 0)], ASK, 0))
    do("no such datapath", message(DATAPATH, GET, [attr(1, "nope")], ASK, 0))
    return dp


def vports(dp: int) -> None:
    """The vport family's requests."""

    def new(kind: int, name: str, *more: bytes) -> None:
        pids = struct.pack("=2I", upcalls.port, second.port)
        do(f"vport {name}", message(VPORT, NEW, [attr(2, kind), attr(3, name), attr(5, pids), *more], SAY, dp))

    def udp_port(number: int) -> bytes:
        return attr(1, u16(number))

    new(1, "ra", attr(1, 1))
    new(2, "rint", attr(8, 888))
    new(3, "rgre", attr(1, 5))
    new(4, "rvx", attr(4, udp_port(4799)))
    new(4, "rvxg", attr(4, udp_port(4800) + attr(2, attr(1))))
    new(4, "rvxh", attr(4, [udp_port(4801), attr(2, attr(1), nested=True)], nested=True))
    new(5, "rgn", attr(4, udp_port(6099)))
    new(99, "rbad")
    new(4, "rvx2")
    new(1, "absent0")
    new(2, "x" * 20)
    do("vport's upcall port", message(VPORT, CHANGE, [attr(3, "ra"), attr(5, upcalls.port)], SAY, dp))
    do("vport's options", message(VPORT, CHANGE, [attr(3, "rgn"), attr(4, udp_port(7000))], SAY, dp))
    do("vports", message(VPORT, GET, [], LIST, dp))
    do("vport", message(VPORT, GET, [attr(1, 1)], ASK, dp))
    do("no such vport", message(VPORT, GET, [attr(1, 4000)], ASK, dp))
    do("upcall port of 6 bytes", message(VPORT, CHANGE, [attr(3, "ra"), attr(5, b"\1\2\3\4\5\6")], SAY, dp))
    run("ip link set rint up", "ip netns add rawns", "ip link set rgre up", "ip link set rint netns rawns")
    do("vports, one in another name space", message(VPORT, GET, [], LIST, dp))


def header4(protocol: int = 17, ttl: int = 64) -> bytes:
    """struct ovs_key_ipv4."""
    return ip4("10.0.0.1") + ip4("10.0.0.2") + bytes((protocol, 0, ttl, 0))


def header6(protocol: int, label: int = 0, hops: int = 64) -> bytes:
    """struct ovs_key_ipv6."""
    return ip6("fd00::1") + ip6("fd00::2") + struct.pack("!I", label) + bytes((protocol, 0, hops, 0))


def udp(src: int, dst: int) -> bytes:
    """struct ovs_key_udp as an attribute."""
    return attr(UDP, be16(src, dst))


def key(*after: bytes, before: Sequence[bytes] = (), ethernet: bool = True, ipv4: bytes | None = None) -> list[bytes]:
    """A flow key of an IPv4 packet that came in by port 1."""
    link = [attr(ETHERNET, MAC1 + MAC2)] if ethernet else []
    return [*before, attr(IN_PORT, 1), *link, attr(ETHERTYPE, be16(0x0800)), attr(IPV4, ipv4 or header4()), *after]


def layer2(ethertype: int, *after: bytes) -> list[bytes]:
    """A flow key of another Ethernet type."""
    return [attr(IN_PORT, 1), attr(ETHERNET, MAC1 + MAC2), attr(ETHERTYPE, be16(ethertype)), *after]


def nsh_base(kind: int, path: int) -> bytes:
    """struct ovs_nsh_key_base as an attribute's payload."""
    return struct.pack("!BBBBI", 0, 63, kind, 3, path)


def userspace(*, cookie: bytes = b"", actions: bool = False, tunnel: int | None = None) -> bytes:
    """A userspace action."""
    parts = [attr(1, upcalls.port)]
    parts += [attr(2, cookie)] if cookie else []
    parts += [attr(3, tunnel)] if tunnel is not None else []
    parts += [attr(4)] if actions else []
    return attr(USERSPACE, parts)


def push_mpls(action: int, ethertype: int, rest: bytes) -> bytes:
    """push_mpls or add_mpls of label 100."""
    return attr(action, struct.pack("!IH", 0x00064140, ethertype) + rest)


TUNNEL_4 = [
    attr(0, struct.pack("!Q", 0x123456789)),
    attr(1, ip4("1.2.3.4")),
    attr(2, ip4("5.6.7.8")),
    attr(3, b"\x10"),
    attr(4, b"\x40"),
    attr(5),
    attr(6),
    attr(9, be16(1111)),
    attr(10, be16(4799)),
]
TUNNEL_6 = [
    attr(0, bytes(7) + b"\5"),
    attr(12, ip6("fd00::1")),
    attr(13, ip6("fd00::2")),
    attr(3, b"\0"),
    attr(4, b"\x40"),
    attr(10, be16(4799)),
]
GENEVE = bytes.fromhex("01028001") + b"abcd" + bytes.fromhex("ffff0102") + b"ABCDEFGH"
NSH_KEY = [attr(NSH, [attr(1, nsh_base(1, 0x000123FF)), attr(2, bytes(16))])]
EVERYTHING = [
    attr(RECIRC_ID, 9),
    attr(DP_HASH, 7),
    attr(PRIORITY, 3),
    attr(TUNNEL, TUNNEL_4),
    attr(SKB_MARK, 8),
    attr(CT_STATE, 0x23),
    attr(CT_ZONE, u16(9)),
    attr(CT_MARK, 5),
    attr(CT_LABELS, bytes(range(16))),
    attr(CT_TUPLE_4, ip4("1.1.1.1") + ip4("2.2.2.2") + struct.pack("!HHB3x", 1, 2, 17)),
]
EVERYTHING_MASK = [
    attr(RECIRC_ID, 0xFFFFFFFF),
    attr(DP_HASH, 0xFF),
    attr(PRIORITY, 0xFF),
    attr(
        TUNNEL,
        [
            attr(0, b"\xff" * 8),
            attr(1, b"\xff" * 4),
            attr(2, b"\xff\xff\xff\0"),
            attr(3, b"\xff"),
            attr(4, b"\xff"),
            attr(5),
            attr(6),
            attr(9, b"\xff\xff"),
            attr(10, b"\0\xff"),
        ],
    ),
    attr(SKB_MARK, 0xF),
    attr(CT_STATE, 0xFF),
    attr(CT_ZONE, b"\xff\xff"),
    attr(CT_MARK, 0xF),
    attr(CT_LABELS, b"\xff" * 16),
    attr(CT_TUPLE_4, b"\xff" * 8 + struct.pack("!HHB3x", 0xFFFF, 0xFFFF, 0xFF)),
    attr(IN_PORT, 0xFFFFFFFF),
    attr(ETHERNET, MAC1 + MAC2),
    attr(ETHERTYPE, b"\xff\xff"),
    attr(IPV4, b"\xff" * 4 + b"\xff\xff\0\0" + b"\xff\0\0\xff"),
    attr(UDP, b"\xff\xff\xff\0"),
]


class Flows:
    """Requests of the flow family: each flow has its number as ufid and, unless told otherwise, as UDP destination port."""

    def __init__(self, dp: int) -> None:
        self.dp = dp
        self.numbers = itertools.count(1)

    def send(
        self,
        what: str,
        actions: Payload | None,
        *,
        cmd: int = NEW,
        number: int | None = None,
        match: Sequence[bytes] | None = None,
        mask: Sequence[bytes] | None = None,
        flags: int = SAY | CREATE,
        extra: Sequence[bytes] = (),
    ) -> None:
        number = next(self.numbers) if number is None else number
        attrs = [attr(9, struct.pack(">4I", 0xABCD, 0, 0, number)), attr(1, match or key(udp(1, number)))]
        attrs += [attr(7, mask)] if mask else []
        attrs += [attr(2, actions)] if actions is not None else []
        do(f"flow: {what}", message(FLOW, cmd, [*attrs, *extra], flags, self.dp))

    def set_tunnel(self, what: str, tunnel: Sequence[bytes]) -> None:
        """A flow that sets a tunnel key."""
        self.send(f"set tunnel, {what}", [attr(SET, attr(TUNNEL, tunnel)), attr(OUTPUT, 1)])


def actions(flows: Flows) -> None:
    """Every action."""
    out, user = attr(OUTPUT, 1), userspace()
    cookie, rich = attr(2, bytes(range(16))), userspace(cookie=b"userdata", actions=True)
    flows.send("userspace with actions", [rich, out])
    flows.send("drop", [attr(DROP, 7)])
    flows.send("psample, not marked nested", [attr(PSAMPLE, [attr(1, 77), cookie])])
    flows.send("psample with a cookie", [attr(PSAMPLE, [attr(1, 77), cookie], nested=True)])
    flows.send("psample", [attr(PSAMPLE, [attr(1, 78)], nested=True), out])
    flows.send("dec_ttl", [attr(DEC_TTL, [attr(1, [user])], nested=True), out])
    flows.send("add_mpls, layer 2", [push_mpls(ADD_MPLS, 0x8847, bytes(2)), out])
    flows.send("add_mpls, layer 3", [push_mpls(ADD_MPLS, 0x8848, u16(1)), out])
    flows.send("push_mpls", [push_mpls(PUSH_MPLS, 0x8847, bytes(2)), out])
    flows.send("hash l4", [attr(HASH, struct.pack("=II", 0, 5)), attr(RECIRC, 77)])
    flows.send("hash sym_l4", [attr(HASH, struct.pack("=II", 1, 6)), attr(RECIRC, 78)])
    flows.send("trunc", [attr(TRUNC, 64), out])
    flows.send("pop_eth and push_eth", [attr(POP_ETH), attr(PUSH_ETH, MAC2 + MAC1), out])
    flows.send("push_vlan", [attr(PUSH_VLAN, be16(0x88A8, 0x3005)), attr(PUSH_VLAN, be16(0x8100, 0x1006)), attr(POP_VLAN), out])
    flows.send("sample", [attr(SAMPLE, [attr(1, 0x7FFFFFFF), attr(2, [out, rich])]), out])
    masked = attr(SET_MASKED, attr(ETHERNET, MAC1 + bytes(6) + b"\xff" * 6 + bytes(6)))
    flows.send("clone", [attr(CLONE, [masked, out]), out])
    flows.send("check_pkt_len", [attr(CHECK_PKT_LEN, [attr(1, u16(500)), attr(2, [user]), attr(3, [out])])])
    type1 = attr(NSH, [attr(1, nsh_base(1, 0x000123FF)), attr(2, bytes(range(16)))])
    type2 = attr(NSH, [attr(1, nsh_base(2, 0x000124FF)), attr(3, b"\x10\x00\x0a\x04abcd")])
    flows.send("push_nsh, type 1", [attr(PUSH_NSH, type1), attr(PUSH_ETH, MAC1 + MAC2), out])
    flows.send("push_nsh, type 2", [attr(PUSH_NSH, type2), attr(PUSH_ETH, MAC1 + MAC2), out])
    flows.send("pop_nsh", [attr(POP_ETH), attr(POP_NSH), out], match=layer2(0x894F, *NSH_KEY))
    doubled = [attr(1, nsh_base(1, 0x000123FF) + b"\xff" * 8), attr(2, bytes(range(16)) + b"\xff" * 16)]
    flows.send("set_masked of NSH", [attr(SET_MASKED, attr(NSH, doubled)), out], match=layer2(0x894F, *NSH_KEY))
    flows.set_tunnel("Geneve options and OAM", [*TUNNEL_4, attr(7), attr(8, GENEVE)])
    flows.set_tunnel("VXLAN group policy", [*TUNNEL_4, attr(11, attr(1, 0x08000123))])
    flows.set_tunnel("ERSPAN, 16 bytes", [*TUNNEL_4, attr(15, struct.pack("!BBHI", 1, 0, 0, 5) + bytes(8))])
    flows.set_tunnel("ERSPAN, 12 bytes", [*TUNNEL_4, attr(15, b"\x02" + bytes(3) + struct.pack("!IHBB", 1, 2, 3, 4))])
    flows.set_tunnel("IPv6", TUNNEL_6)
    flows.set_tunnel("bridge mode, id and TTL", [attr(0, bytes(8)), attr(4, b"\x40"), attr(16)])
    flows.set_tunnel("bridge mode", [attr(16)])
    flows.set_tunnel("bridge mode, id", [attr(0, bytes(8)), attr(16)])
    marks = [attr(SET, attr(SKB_MARK, 0x1234)), attr(SET, attr(PRIORITY, 9)), attr(SET_MASKED, attr(SKB_MARK, struct.pack("=II", 5, 0xFF)))]
    flows.send("set mark and priority", [*marks, out])
    flows.send("no such meter", [attr(METER, 5), out])
    flows.send("recirc", [attr(RECIRC, 0x99)])


def tracking(flows: Flows) -> None:
    """The ct action."""
    out = attr(OUTPUT, 1)
    zone = attr(2, u16(9))
    nat = attr(6, [attr(1), attr(3, ip4("10.9.0.1")), attr(4, ip4("10.9.0.9")), attr(5, u16(1000)), attr(6, u16(2000)), attr(7), attr(8)])
    mark, labels = attr(3, struct.pack("=II", 1, 0xFFFFFFFF)), attr(4, bytes(range(16)) + b"\xff" * 16)
    flows.send("ct with everything", [attr(CT, [attr(1), zone, mark, labels, nat, attr(8, 0x7FF)]), attr(CT_CLEAR), out])
    tcp = key(attr(TCP, be16(5, 21)), attr(TCP_FLAGS, b"\0\2"), ipv4=header4(6))
    flows.send("ct, forced, with a helper", [attr(CT, [attr(7), zone, attr(5, "ftp")]), out], match=tcp)
    nat6 = attr(6, [attr(2), attr(3, ip6("fd00::a")), attr(4, ip6("fd00::f")), attr(9)])
    flows.send("ct, IPv6 NAT", [attr(CT, [attr(1), nat6]), out], match=layer2(0x86DD, attr(IPV6, header6(17)), udp(5, 6)))
    flows.send("ct, no such timeout policy", [attr(CT, [attr(1), attr(9, "no-such-policy")]), out])


def keys(flows: Flows) -> None:
    """Flow keys that the daemon does not make here."""
    out = [attr(OUTPUT, 1)]
    flows.send("everything in the key, masked", out, match=key(udp(9, 9), before=EVERYTHING), mask=EVERYTHING_MASK)
    flows.send("packet type", out, match=key(udp(9, 99), before=[attr(PACKET_TYPE, struct.pack("!I", 0x10800))]))
    flows.send("layer 3", [attr(PUSH_ETH, MAC1 + MAC2), *out], match=key(udp(9, 98), ethernet=False))
    inside = [attr(ETHERTYPE, be16(0x8100)), attr(VLAN, be16(0x3006)), attr(ENCAP, [attr(ETHERTYPE, be16(0x0800)), attr(IPV4, bytes(12))])]
    flows.send("two VLANs", out, match=layer2(0x88A8, attr(VLAN, be16(0x1005)), attr(ENCAP, inside)))
    neighbour = [attr(ICMPV6, b"\x87\0"), attr(ND, ip6("fd00::9") + MAC1 + MAC2)]
    six = attr(IPV6, header6(58, 0x12345, 255))
    flows.send("extension headers", out, match=layer2(0x86DD, six, attr(IPV6_EXTHDRS, u16(5)), *neighbour))
    flows.send("ARP", out, match=layer2(0x0806, attr(ARP, ip4("1.1.1.1") + ip4("2.2.2.2") + be16(1) + MAC1 + MAC2 + bytes(2))))
    flows.send("three MPLS labels", out, match=layer2(0x8847, attr(MPLS, struct.pack("!3I", 0x00064040, 0x00065040, 0x00066140))))


def flow_requests(flows: Flows) -> None:
    """What else can be asked of flows."""
    out = attr(OUTPUT, 1)
    flows.send("clear", None, cmd=CHANGE, number=1, flags=SAY, extra=[attr(6)])
    flows.send("other actions", [out, out], cmd=CHANGE, number=1, flags=SAY)
    flows.send("leave everything out", None, cmd=GET, number=1, flags=ASK, extra=[attr(10, 7)])
    flows.send("leave nothing out", None, cmd=GET, number=2, flags=SAY, extra=[attr(10, 0)])
    flows.send("probe", [out], match=key(udp(7, 7)), extra=[attr(8)])
    do("flows, ufids only", message(FLOW, GET, [attr(10, 7)], LIST, flows.dp))
    do("flows", message(FLOW, GET, [], LIST, flows.dp))


def errors(flows: Flows) -> None:
    """What the kernel refuses, and how it says so."""
    dp, out = flows.dp, attr(OUTPUT, 1)
    flows.send("unknown action", [attr(60, 1)])
    flows.send("output of 2 bytes", [attr(OUTPUT, b"\1\2")])
    flows.send("attribute 0", [out], match=[attr(0)])
    flows.send("in_port twice", [out], match=[attr(IN_PORT, 1), attr(IN_PORT, 2)])
    flows.send("half an Ethernet header", [out], match=[attr(IN_PORT, 1), attr(ETHERNET, MAC1)])
    flows.send("push_vlan of no VLAN", [attr(PUSH_VLAN, be16(0x1234, 5))])
    flows.send("exclusively", [out], match=key(udp(1, 1)), flags=SAY | EXCL | CREATE)
    flows.send("no key", [out], match=[b""])
    do("no such flow", message(FLOW, DEL, [attr(9, bytes(16))], ASK, dp))
    do("no such datapath", message(FLOW, GET, [attr(9, bytes(16))], ASK, 99999))
    do("no such command", message(FLOW, 77, [], ASK, dp))
    do("version 9", message(FLOW, GET, [], LIST, dp, version=9))
    do("no ovs_header", message(FLOW, GET, [], ASK))
    do("no such family", message(0x7F, 1, [], ASK))
    do("unknown attribute", message(FLOW, NEW, [attr(40, b"1234"), attr(1, key())], ASK, dp))
    short, absent = [attr(5, b"\1")], [attr(1, 4000)]
    do("attribute too short", message(DATAPATH, CHANGE, short, ASK, dp))
    do("name without an end", message(VPORT, GET, [attr(3, b"x" * 40)], ASK, dp))
    do("trailing bytes", message(VPORT, GET, attr(1, 1) + b"\1\2\3", ASK, dp))
    do("attribute too long", message(VPORT, GET, struct.pack("=HHI", 64, 1, 1), ASK, dp))
    capped = Socket(EXT_ACK, CAP_ACK)
    do("capped error", message(VPORT, GET, absent, ASK, dp), capped)
    do("capped acknowledgement", message(VPORT, GET, [attr(1, 1)], ASK, dp), capped)
    do("capped error with an extended ACK", message(DATAPATH, CHANGE, short, ASK, dp), capped)
    do("no extended ACK", message(DATAPATH, CHANGE, short, ASK, dp), Socket())
    do("strict dump", message(VPORT, GET, [attr(30, 1)], LIST, dp), Socket(EXT_ACK, STRICT_CHECK))
    asker.socket.send(b"".join(message(VPORT, GET, [attr(1, port)], ASK, dp) for port in (0, 1, 5, 4000)))
    time.sleep(0.1)
    print(f"four requests in one: {len(asker.received())} and {len(asker.received())} answers")


def packets(dp: int) -> None:
    """Packets to execute actions on, and their upcalls."""
    out, user = attr(OUTPUT, 1), userspace()
    rich = userspace(cookie=b"userdata", actions=True)

    def execute(
        what: str,
        todo: Payload,
        *,
        packet: bytes = UDP_PACKET,
        match: Sequence[bytes] | None = None,
        extra: Sequence[bytes] = (),
        flags: int = ASK,
    ) -> None:
        attrs = [attr(1, packet), attr(2, match or key(udp(1, 1))), attr(3, todo), *extra]
        do(f"execute: {what}", message(PACKET, 3, attrs, flags, dp))

    execute("output", [out])
    execute("userspace", [rich])
    execute("userspace twice, truncated", [attr(TRUNC, 30), rich, user])
    execute("sample", [attr(SAMPLE, [attr(1, 0xFFFFFFFF), attr(2, [rich])])])
    execute("packet of odd length", [rich], packet=UDP_PACKET + b"\1\2\3")
    hashed = [attr(11, struct.pack("=Q", 0x1_DEAD_BEEF)), attr(9, u16(1500)), attr(12, upcalls.port)]
    execute("hash, MRU and upcall port", [rich], extra=hashed)
    execute("probe", [out], extra=[attr(8)])
    execute("what only upcalls have", [rich], extra=[attr(4, b"cookie!!"), attr(10, 1500), attr(5, TUNNEL_4)])
    execute("no actions", [])
    execute("3 bytes", [out], packet=b"\1\2\3")
    execute("egress tunnel without a tunnel", [userspace(cookie=b"x", tunnel=5)])
    tunnelled = [attr(SET, attr(TUNNEL, TUNNEL_4)), *(userspace(cookie=b"cookie", tunnel=port) for port in (4, 3))]
    execute("egress tunnel", tunnelled)
    execute("drop", [attr(DROP, 3)])
    last_hop = UDP_PACKET[:22] + b"\1" + UDP_PACKET[23:]
    expired = attr(DEC_TTL, [attr(1, [user])], nested=True)
    execute("dec_ttl", [expired], match=key(udp(1, 1), ipv4=header4(17, 1)), packet=last_hop)
    execute("recirc", [attr(RECIRC, 0x4242)])
    execute("ct and recirc", [attr(CT, [attr(1), attr(2, u16(3))]), attr(RECIRC, 0x4243)])
    execute("psample", [attr(PSAMPLE, [attr(1, 9), attr(2, b"abcd")])])
    execute("layer 3", [attr(PUSH_ETH, MAC1 + MAC2), rich], packet=UDP_PACKET[14:], match=key(udp(1, 1), ethernet=False))
    execute("no acknowledgement", [out], flags=REQUEST)
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("rb", 0))
    wire.send(UDP_PACKET + b"miss me")
    wire.send(UDP_PACKET[:36] + b"\x12\x34" + UDP_PACKET[38:])
    time.sleep(0.3)
    print(f"{len(upcalls.received())} upcalls, {len(second.received())} on the second socket")


def meters(dp: int) -> None:
    """The meter family's requests."""

    def band(kind: int, rate: int, burst: int) -> bytes:
        return attr(0, [attr(1, kind), attr(2, rate), attr(3, burst)], nested=True)

    do("meter features", message(METERS, 1, [], ASK, dp))
    do("meter in kbps", message(METERS, 2, [attr(1, 5), attr(2), attr(4, [band(1, 1000, 10)], nested=True)], SAY, dp))
    do("meter, cleared", message(METERS, 2, [attr(1, 6), attr(4, [band(1, 10, 10)]), attr(6)], SAY, dp))
    do("meter of two bands", message(METERS, 2, [attr(1, 7), attr(4, [band(1, 10, 10), band(1, 20, 20)])], SAY, dp))
    do("meter", message(METERS, 4, [attr(1, 5)], ASK, dp))
    do("meter, clearing", message(METERS, 4, [attr(1, 6), attr(6)], ASK, dp))
    do("meter away", message(METERS, 3, [attr(1, 5)], SAY, dp))
    do("meter of an unknown band", message(METERS, 2, [attr(1, 8), attr(4, [band(9, 1, 1)])], ASK, dp))


def limits(dp: int) -> None:
    """The ct limit family's requests."""

    def zones(*limits: tuple[int, int]) -> bytes:
        return attr(1, b"".join(struct.pack("=iII", zone, limit, 0) for zone, limit in limits), nested=True)

    do("limits", message(LIMITS, 1, [zones((-1, 1000), (5, 10), (6, 20))], SAY, dp))
    do("all limits", message(LIMITS, 3, [], ASK, dp))
    do("two limits", message(LIMITS, 3, [zones((5, 0), (9, 0))], ASK, dp))
    do("limits away", message(LIMITS, 2, [zones((5, 0), (-1, 0))], SAY, dp))
    do("limit of no zone", message(LIMITS, 1, [zones((70000, 1))], ASK, dp))
    do("no limit", message(LIMITS, 1, [], ASK, dp))


def families() -> None:
    """What nlctrl tells: policies, all families."""
    for number in numbers:
        do(f"policy of {number}", message(16, 10, [attr(1, u16(number))], LIST))
    do("families", message(16, 3, [], LIST))


def end(dp: int) -> None:
    """Everything goes."""
    do("vport away", message(VPORT, DEL, [attr(3, "ra")], SAY, dp))
    do("flows away", message(FLOW, DEL, [], ASK, dp))
    do("datapath by name away", message(DATAPATH, DEL, [attr(1, "rawdp2")], SAY, 0))
    do("datapath away", message(DATAPATH, DEL, [], SAY, dp))
    do("datapath away twice", message(DATAPATH, DEL, [], SAY, dp))


asker = Socket(EXT_ACK)
upcalls, second, listener = Socket(EXT_ACK), Socket(EXT_ACK), Socket(EXT_ACK)
numbers = []
for name in ("ovs_datapath", "ovs_vport", "ovs_flow", "ovs_packet", "ovs_meter", "ovs_ct_limit"):
    found, groups = asker.family(name)
    assert found is not None, f"the kernel has no family {name}"
    numbers.append(found)
    for group in groups if name != "ovs_packet" else ():
        listener.join(group)
DATAPATH, VPORT, FLOW, PACKET, METERS, LIMITS = numbers
asker.family("no_such_family")

run("ip link add ra type veth peer name rb", "ip link set ra up", "ip link set rb up")
run("sysctl -qw net.ipv6.conf.ra.disable_ipv6=1 net.ipv6.conf.rb.disable_ipv6=1")
datapath = datapaths()
vports(datapath)
flows = Flows(datapath)
for part in (actions, tracking, keys, flow_requests, errors):
    part(flows)
packets(datapath)
meters(datapath)
limits(datapath)
families()
end(datapath)
print(f"{len(listener.received())} notifications heard")
