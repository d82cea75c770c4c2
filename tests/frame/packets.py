"""Packets of the protocols that a switch meets, written by hand from their standards: headers packed with struct, in network order."""

from __future__ import annotations

from struct import pack

MAC1, MAC2 = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
V4A, V4B = bytes((10, 1, 2, 3)), bytes((192, 168, 7, 9))
V6A, V6B = bytes.fromhex("fd00000000000000000000000000ab01"), bytes.fromhex("fe80000000000000020000fffe00cd02")
GROUP6 = bytes.fromhex("ff0200000000000000000000000000fb")


def eth(kind: int, data: bytes, dst: bytes = MAC2) -> bytes:
    """IEEE 802.3, 3.1.1: destination, source, type."""
    return dst + MAC1 + pack(">H", kind) + data


def length(data: bytes, dst: bytes = bytes.fromhex("0180c2000000")) -> bytes:
    """IEEE 802.3 with a length instead of a type: LLC inside."""
    return dst + MAC1 + pack(">H", len(data)) + data


def ip(proto: int, data: bytes, options: bytes = b"", flags: int = 0, tos: int = 0) -> bytes:
    """RFC 791, 3.1."""
    return eth(
        0x0800,
        pack(">BBHHHBBH", 0x45 + len(options) // 4, tos, 20 + len(options) + len(data), 0x1234, flags, 61, proto, 0)
        + V4A
        + V4B
        + options
        + data,
    )


def ipv6(nxt: int, data: bytes) -> bytes:
    """RFC 8200, 3: version, traffic class and flow label; payload length, next header, hop limit."""
    return eth(0x86DD, pack(">IHBB", 6 << 28 | 0xA5 << 20 | 0x12345, len(data), nxt, 254) + V6A + V6B + data)


def udp(dport: int, data: bytes, sport: int = 40001) -> bytes:
    """RFC 768."""
    return ip(17, pack(">HHHH", sport, dport, 8 + len(data), 0) + data)


def tcp(flags: int, options: bytes = b"", data: bytes = b"", port: int = 443) -> bytes:
    """RFC 9293, 3.1: ports, sequence and acknowledgment numbers, offset and flags, window, checksum, urgent pointer."""
    offset = 5 + len(options) // 4
    return ip(6, pack(">HHIIHHHH", 1025, port, 0x01020304, 0x05060708, offset << 12 | flags, 0x2211, 0x3344, 0x0055) + options + data)


def icmp(kind: int, code: int, body: bytes) -> bytes:
    """RFC 792."""
    return ip(1, pack(">BBH", kind, code, 0x6677) + body)


def icmpv6(kind: int, code: int, body: bytes) -> bytes:
    """RFC 4443, 2.1."""
    return ipv6(58, pack(">BBH", kind, code, 0x7788) + body)


def tlv(kind: int, data: bytes) -> bytes:
    """IEEE 802.1AB, 8.4: seven bits of type, nine of length."""
    return pack(">H", kind << 9 | len(data)) + data


def cfm(opcode: int, body: bytes, tlvs: bytes = b"\0") -> bytes:
    """IEEE 802.1ag, 21.4: level and version, opcode, flags, where the TLVs start."""
    return eth(0x8902, pack(">BBBB", 5 << 5, opcode, 0x04, len(body)) + body + tlvs)


QUOTED = ip(17, pack(">HHHH", 7, 8, 20, 0) + b"0123456789ab")[14:][:36]
DHCP = (
    pack(">BBBBIHH", 1, 1, 6, 2, 0xCAFE0102, 9, 0x8000)
    + bytes((0, 0, 0, 1))
    + bytes((10, 0, 0, 5))
    + bytes((10, 0, 0, 6))
    + bytes((10, 0, 0, 7))
    + MAC1
    + bytes(10)
    + b"server".ljust(64, b"\0")
    + b"boot.img".ljust(128, b"\0")
    + bytes.fromhex("63825363")
)
DHCP_OPTIONS = (
    b"\x35\x01\x03"
    + b"\x01\x04\xff\xff\xff\x00"
    + b"\x03\x04\x0a\x00\x00\x01"
    + b"\x06\x08\x08\x08\x08\x08\x09\x09\x09\x09"
    + b"\x0c\x04host"
    + b"\x32\x04\x0a\x00\x00\x09"
    + b"\x33\x04\x00\x00\x0e\x10"
    + b"\x36\x04\x0a\x00\x00\x02"
    + b"\x3d\x07\x01"
    + MAC1
    + b"\xff"
)
LACP_INFO = pack(">H6sHHHB3x", 0x8001, MAC1, 0x1112, 0x2223, 0x3334, 0x3D)



def label(name: str) -> bytes:
    """RFC 1035, 3.1: labels, each with its length before it."""
    return b"".join(pack("B", len(part)) + part.encode() for part in name.split(".")) + b"\0"


def dns(flags: int, counts: tuple[int, int, int, int], body: bytes) -> bytes:
    """RFC 1035, 4.1.1."""
    return pack(">HHHHHH", 0x1234, flags, *counts) + body


def stream(message: bytes) -> bytes:
    """RFC 1035, 4.2.2."""
    return pack(">H", len(message)) + message


WWW = label("www.example.com")
ANSWERED = (  # names point at the one of the question, 12 bytes behind the message's start
    WWW
    + pack(">HH", 1, 1)
    + pack(">HHHIH", 0xC00C, 5, 1, 300, 6)
    + b"\x03web\xc0\x10"
    + pack(">HHHIH4s", 0xC02D, 1, 1, 60, 4, bytes((192, 0, 2, 7)))
    + pack(">HHHIH", 0xC02D, 28, 1, 61, 16)
    + V6A
    + pack(">HHHIH", 0xC010, 2, 1, 3600, 5)
    + b"\x02ns\xc0\x10"
    + pack(">BHHIH", 0, 41, 1232, 0, 0)
)
POINTED = label("7.2.0.192.in-addr.arpa") + pack(">HH", 12, 1) + pack(">HHHIH", 0xC00C, 12, 1, 5, len(WWW)) + WWW
MAILED = label("example.com") + pack(">HH", 15, 1) + pack(">HHHIHH", 0xC00C, 15, 1, 5, 9, 10) + b"\x04mail\xc0\x0c"

LOCAL = label("host.local") + pack(">HH", 255, 0x8001) + pack(">HHHIH4s", 0xC00C, 1, 1, 120, 4, V4A)
LOCAL_ANSWERS = (
    label("_ipp._tcp.local") + pack(">HHIH", 12, 1, 4500, 10) + b"\x07printer\xc0\x0c" + label("host.local")
    + pack(">HHIH4s", 1, 0x8001, 120, 4, V4A)
)  # fmt: skip
LINK_ANSWER = label("printer") + pack(">HH", 1, 1) + pack(">HHHIH4s", 0xC00C, 1, 1, 30, 4, V4A)

CRAFTED: dict[str, bytes] = {
    "arp reply": eth(0x0806, pack(">HHBBH", 1, 0x0800, 6, 4, 2) + MAC1 + V4A + MAC2 + V4B),
    "arp of other sizes": eth(0x0806, pack(">HHBBH", 7, 0x86DD, 2, 16, 1) + b"\x11\x12" + V6A + b"\x21\x22" + V6B),
    "vlan": eth(0x8100, pack(">HH", 0xB123, 0x0800) + ip(17, pack(">HHHH", 1, 2, 8, 0))[14:]),
    "vlan with llc": eth(0x8100, pack(">HH", 0x0007, 4) + b"\xf0\xf1\x03\x00"),
    "llc numbered": length(b"\xf0\xf0\x02\x04rest"),
    "snap of an organization": length(b"\xaa\xaa\x03\x00\x00\x0c\x20\x00rest"),
    "mpls": eth(0x8847, pack(">II", 0x12345A05, 0x00011B40) + ip(17, pack(">HHHH", 1, 2, 8, 0))[14:]),
    "ip options": ip(17, pack(">HHHH", 1, 2, 8, 0), options=b"\x94\x04\x00\x07\x01\x01\x01\x00", flags=0x4000, tos=0xB9),
    "ip fragment": ip(17, b"later part", flags=0x2005),
    "ip fragment reserved": ip(17, b"later part", flags=0x8009),
    "ipv6": ipv6(17, pack(">HHHH", 546, 547, 8, 0)),
    "ipv6 hop options": ipv6(
        0, b"\x3a\x01" + b"\x05\x02\x00\x01" + b"\xc2\x04\x00\x01\x00\x05" + b"\x01\x02\x00\x00" + pack(">BBHHH", 128, 0, 5, 6, 7)
    ),
    "ipv6 destination options": ipv6(60, b"\x3b\x00\x01\x04\x00\x00\x00\x00"),
    "ipv6 routing": ipv6(43, b"\x3b\x04\x00\x01\x01\x02\x03\x04" + V6A + V6B),
    "ipv6 routing of another type": ipv6(43, b"\x3b\x00\xfd\x02abcd"),
    "ipv6 fragment": ipv6(44, pack(">BBHI", 17, 0, 0x0AB9, 0xDEADBEE1) + b"part"),
    "ah": ip(51, pack(">BBHII", 59, 4, 0, 0x01020304, 0x0A0B0C0D) + b"0123456789ab"),
    "esp": ip(50, pack(">II", 0x11223344, 0x55667788) + b"secret"),
    "tcp": tcp(
        0x1B2,
        b"\x02\x04\x05\xb4\x01\x03\x03\x07\x08\x0a\x01\x02\x03\x04\x05\x06\x07\x08\x05\x0a\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00",
    ),
    "udp": udp(5000, b"data"),
    "sctp": ip(
        132,
        pack(">HHII", 36412, 36413, 0x0A0B0C0D, 0x11223344)
        + pack(">BBHIIHHI", 1, 0, 20, 0x21222324, 0x00010203, 0x0005, 0x0806, 0x31323334)
        + pack(">BBHIHHI", 0, 3, 19, 0x41424344, 0x0102, 0x0304, 46)
        + b"abc\0",
    ),
    "sctp init ack": ip(132, pack(">HHII", 1, 2, 3, 4) + pack(">BBHIIHHI", 2, 0, 20, 5, 6, 7, 8, 9)),
    "icmp unreachable": icmp(3, 1, pack(">I", 0) + QUOTED),
    "icmp too long": icmp(3, 4, pack(">HH", 0, 1401) + QUOTED),
    "icmp redirect": icmp(5, 1, V4B + QUOTED),
    "icmp echo": icmp(8, 0, pack(">HH", 0x0102, 0x0304) + b"data"),
    "icmp timestamp": icmp(13, 0, pack(">HHIII", 1, 2, 0x01020304, 0x02030405, 0x03040506)),
    "icmpv6 unreachable": icmpv6(1, 4, bytes(4) + ipv6(59, b"")[14:]),
    "icmpv6 too big": icmpv6(2, 0, pack(">I", 1281) + ipv6(59, b"")[14:]),
    "icmpv6 time exceeded": icmpv6(3, 0, bytes(4) + ipv6(59, b"")[14:]),
    "icmpv6 parameter problem": icmpv6(4, 1, pack(">I", 41) + ipv6(59, b"")[14:]),
    "icmpv6 echo": icmpv6(128, 0, pack(">HH", 0x1112, 0x1314) + b"x"),
    "mld query": icmpv6(130, 0, pack(">HH", 1000, 0) + GROUP6),
    "mld2 query": icmpv6(130, 0, pack(">HH", 1000, 0) + GROUP6 + pack(">BBH", 0x0A, 125, 2) + V6A + V6B),
    "mld2 report": icmpv6(143, 0, pack(">HHBBH", 0, 1, 4, 0, 1) + GROUP6 + V6A),
    "router solicitation": icmpv6(133, 0, bytes(4) + b"\x01\x01" + MAC1),
    "router advertisement": icmpv6(
        134,
        0,
        pack(">BBHII", 64, 0xC0, 1800, 30000, 1000)
        + b"\x01\x01"
        + MAC1
        + pack(">BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0)
        + bytes.fromhex("fd00")
        + bytes(14)
        + pack(">BBHI", 5, 1, 0, 1450)
        + pack(">BBHI", 25, 3, 0, 600)
        + V6A,
    ),
    "neighbor solicitation": icmpv6(135, 0, bytes(4) + V6B + b"\x01\x01" + MAC1),
    "neighbor advertisement": icmpv6(136, 0, pack(">I", 0xA0000000) + V6B + b"\x02\x01" + MAC2),
    "nd redirect": icmpv6(137, 0, bytes(4) + V6A + V6B + b"\x02\x01" + MAC2),
    "igmp v2": ip(2, pack(">BBH", 0x16, 10, 0) + bytes((239, 1, 2, 3))),
    "igmp v3 query": ip(2, pack(">BBH", 0x11, 100, 0) + bytes((239, 1, 2, 3)) + pack(">BBH", 0x0B, 125, 1) + V4A),
    "igmp v3 report": ip(2, pack(">BBHHH", 0x22, 0, 0, 0, 1) + pack(">BBH", 4, 0, 1) + bytes((239, 1, 2, 3)) + V4A),
    "vxlan": udp(4789, pack(">HHI", 0x8848, 0x1234, 0xABCDEF01) + eth(0x88B5, b"inside")),
    "vxlan gpe": udp(4790, pack(">BHBI", 0x0C, 0, 3, 0x00012300) + eth(0x88B5, b"inside")),
    "geneve": udp(6081, pack(">BBHI", 0x02, 0xC0, 0x6558, 0x00ABCD00) + pack(">HBB", 0x0102, 0x83, 1) + b"opts" + eth(0x88B5, b"inside")),
    "gre": ip(47, pack(">HHHHII", 0xB000, 0x6558, 0x1234, 0, 0x01020304, 0x05060708) + eth(0x88B5, b"inside")),
    "gre ack": ip(47, pack(">HHII", 0x2081, 0x880B, 0x00080001, 0x0A0B0C0D) + b"\xff\x03\x00\x21rest"),
    "gre without ack": ip(47, pack(">HHII", 0x3001, 0x880B, 0x00080001, 0x0A0B0C0D) + b"\xff\x03\x00\x21rest"),
    "erspan": ip(47, pack(">HHI", 0x1000, 0x88BE, 7) + pack(">HHI", 0x1123, 0xA6AB, 0x000ABCDE) + eth(0x88B5, b"inside")),
    "erspan iii": ip(
        47,
        pack(">HHI", 0x1000, 0x22EB, 7) + pack(">HHIHH", 0x2123, 0xC6AB, 0x01020304, 0x0506, 0x8A5D) + b"platform" + eth(0x88B5, b"inside"),
    ),
    "nsh": eth(0x894F, pack(">HBBI", 0x2FC6, 1, 3, 0x123456C8) + bytes(range(16)) + eth(0x88B5, b"inside")),
    "lldp": eth(
        0x88CC,
        tlv(1, b"\x04" + MAC1)
        + tlv(2, b"\x05eth7")
        + tlv(3, pack(">H", 121))
        + tlv(4, b"uplink")
        + tlv(5, b"switch")
        + tlv(6, b"a switch")
        + tlv(7, pack(">HH", 0x0014, 0x0004))
        + tlv(127, bytes.fromhex("0080c2") + b"\x01\x00\x05")
        + tlv(0, b""),
        bytes.fromhex("0180c200000e"),
    ),
    "lldp with addresses": eth(0x88CC, tlv(1, b"\x05\x01" + V4A) + tlv(2, b"\x03" + MAC2) + tlv(3, pack(">H", 1)) + tlv(0, b"")),
    "lldp local": eth(0x88CC, tlv(1, b"\x07chassis") + tlv(2, b"\x04\x01" + V4B) + tlv(3, pack(">H", 1)) + tlv(0, b"")),
    "lldp components": eth(0x88CC, tlv(1, b"\x01ab") + tlv(2, b"\x06cd") + tlv(3, pack(">H", 1)) + tlv(0, b"")),
    "stp": length(
        b"\x42\x42\x03"
        + pack(">HBBB", 0, 0, 0, 0x81)
        + pack(">H", 0x8003)
        + MAC2
        + pack(">I", 0x04050607)
        + pack(">H", 0x9002)
        + MAC1
        + pack(">HHHHH", 0x8003, 256, 5120, 512, 3840)
    ),
    "rstp": length(
        b"\x42\x42\x03"
        + pack(">HBBB", 0, 2, 2, 0x3C)
        + pack(">H", 0x7007)
        + MAC1
        + pack(">I", 20000)
        + pack(">H", 0xB00A)
        + MAC2
        + pack(">HHHHH", 0x8004, 0x0101, 0x1402, 0x0203, 0x0F04)
        + b"\0"
    ),
    "lacp": eth(
        0x8809,
        b"\x01\x01"
        + b"\x01\x14"
        + LACP_INFO
        + b"\x02\x14"
        + pack(">H6sHHHB3x", 0x9001, MAC2, 0x4445, 0x5556, 0x6667, 0xC2)
        + b"\x03\x10"
        + pack(">H12x", 0x0203)
        + b"\0\0"
        + bytes(50),
        bytes.fromhex("0180c2000002"),
    ),
    "cfm ccm": cfm(1, pack(">IH", 0x01020304, 0x0506) + bytes(range(48)) + bytes(range(100, 116)), b"\x02\x00\x01\x02\x04\x00\x01\x01\x00"),
    "cfm loopback": cfm(3, pack(">I", 0x0A0B0C0D)),
    "cfm linktrace": cfm(5, pack(">IB", 0x0A0B0C0D, 63) + MAC1 + MAC2),
    "bfd": udp(3784, pack(">BBBBIIIII", 0x23, 0xC4, 3, 24, 0x01020304, 0x05060708, 1000000, 900000, 50000)),
    "dhcp": udp(67, DHCP + DHCP_OPTIONS, 68),
    "dhcp of a vendor": udp(68, DHCP + b"\x3c\x03PXE\xff", 67),
    "icmpv6 nonce": icmpv6(135, 0, bytes(4) + V6B + b"\x0e\x01nonces"),
    "cfm sender": cfm(3, pack(">I", 1), b"\x01\x00\x03\x00id\x00"),
    "lacp of another type": eth(0x8809, b"\x01\x01" + b"\x05\x06abcd\0"),
    "ip record route": ip(17, pack(">HHHH", 1, 2, 8, 0), options=b"\x07\x07\x04" + V4A + b"\0"),
    "ipv6 hop option of another type": ipv6(0, b"\x3b\x00\x1e\x04abcd"),
    "ipv6 destination option of another type": ipv6(60, b"\x3b\x00\x1e\x04efgh"),
    "ipv6 destination router alert": ipv6(60, b"\x3b\x00\x05\x02\x00\x02\x01\x00"),
    "ipv6 destination jumbo": ipv6(60, b"\x3b\x00\xc2\x04\x00\x01\x00\x05"),
    "tcp fast open": tcp(2, b"\x22\x08cookie"),
    "gre routing": ip(47, pack(">HHHH", 0x4000, 0x0800, 0, 0) + bytes(4)),
    "ip reserved flag": ip(253, b"x", flags=0x8000),
    "trailer": eth(0x0806, pack(">HHBBH", 1, 0x0800, 6, 4, 2) + MAC1 + V4A + MAC2 + V4B + b"tail"),
    "gtp": udp(2152, pack(">BBHI", 0x30, 255, 28, 0x01020304) + ip(1, pack(">BBHHH", 8, 0, 0, 1, 2))[14:], 2152),
    "gtp optional": udp(
        2152, pack(">BBHIHBB", 0x37, 255, 36, 5, 0x0607, 8, 0x85) + b"\x01\x00\x09\x00" + ip(1, pack(">BBHHH", 8, 0, 0, 1, 2))[14:]
    ),
    "gtp ipv6": udp(2152, pack(">BBHIHBB", 0x32, 255, 44, 6, 7, 0, 0) + ipv6(59, b"")[14:]),
    "gtp echo": udp(2152, pack(">BBHIHBB", 0x32, 1, 4, 0, 0x1112, 0, 0)),
    "dns query": udp(53, dns(0x0120, (1, 0, 0, 0), WWW + pack(">HH", 28, 1))),
    "dns response": udp(40002, dns(0x8180, (1, 3, 1, 1), ANSWERED), 53),
    "dns pointer": udp(40003, dns(0x8580, (1, 1, 0, 0), POINTED), 53),
    "dns mail": udp(40004, dns(0x81B0, (1, 1, 0, 0), MAILED), 53),
    "dns other flags": udp(40006, dns(0x8240, (1, 0, 0, 0), WWW + pack(">HH", 1, 1)), 53),
    "dns no such name": udp(40005, dns(0x8183, (1, 0, 0, 0), label("no.such.example") + pack(">HH", 1, 1)), 53),
    "dns over tcp": tcp(2, b"", stream(dns(0x0100, (1, 0, 0, 0), WWW + pack(">HH", 6, 1))), 53),
    "dns twice over tcp": tcp(2, b"", 2 * stream(dns(0x0100, (1, 0, 0, 0), WWW + pack(">HH", 1, 1))), 53),
    "dns begun over tcp": tcp(2, b"", stream(dns(0x8180, (1, 3, 1, 1), ANSWERED))[:-1], 53),
    "dns of mdns": udp(5353, dns(0, (1, 0, 1, 0), LOCAL), 5353),
    "dns answered by mdns": udp(5353, dns(0x8400, (0, 2, 0, 0), LOCAL_ANSWERS), 5353),
    "dns of llmnr": udp(5355, dns(0x0500, (1, 0, 0, 0), label("printer") + pack(">HH", 28, 1))),
    "dns answered by llmnr": udp(40007, dns(0x8000, (1, 1, 0, 0), LINK_ANSWER), 5355),
    "pppoe session": eth(0x8864, pack(">BBHHH", 0x11, 0, 0x0102, 30, 0x0021) + ip(17, pack(">HHHH", 1, 2, 8, 0))[14:]),
    "pppoe ipv6": eth(0x8864, pack(">BBHHH", 0x11, 0, 0x0203, 42, 0x0057) + ipv6(59, b"")[14:]),
    "pppoe lcp": eth(0x8864, pack(">BBHHH", 0x11, 0, 3, 10, 0xC021) + pack(">BBHI", 9, 1, 8, 0xA1B2C3D4)),
    "pppoe discovery": eth(0x8863, pack(">BBHH", 0x11, 9, 0, 4) + pack(">HH", 0x0101, 0)),
}
