"""The summary of an everyday packet straight from its bytes, for lists; it says the very words that its layers would."""

from __future__ import annotations

import struct
from typing import Final

from ovsdissect.frame.chain import UDP_PORTS
from ovsdissect.frame.icmp import ICMP_TYPES, ICMPV6_TYPES
from ovsdissect.frame.summary import (
    arp_words,
    echo_words,
    tcp_words,
    udp_words,
)
from ovsdissect.grammar.address import OCTETS, ipv6_text

ARP: Final = struct.Struct(">6xH6s4s6x4s").unpack_from  # operation, sender's addresses, target's
IPV4: Final = struct.Struct(">BxHxxHxBxx8B").unpack_from  # version and length, total length, fragment, protocol, addresses
# the same, and a TCP header's ports, length and flags behind them
IPV4_TCP: Final = struct.Struct(">BxHxxHxBxx8BHH8xH").unpack_from
IPV6: Final = struct.Struct(">4xHBx16s16s").unpack_from  # payload length, next header, addresses
TCP: Final = struct.Struct(">HH8xH").unpack_from  # ports, header length and flags
PAIR: Final = struct.Struct(">HH").unpack_from
ECHOES: Final = {("ICMP", n): ICMP_TYPES[n] for n in (0, 8)} | {("ICMPv6", n): ICMPV6_TYPES[n] for n in (128, 129)}


def quick(data: bytes, start: int, end: int, ethertype: int | None) -> str | None:
    """The summary of a plain ARP, TCP, UDP or ICMP echo packet with at most one VLAN tag; None for every other one."""
    prefix, at = "", start
    if ethertype is None:
        if end - start < 18:
            return None
        at += 14
        ethertype = data[start + 12] << 8 | data[start + 13]
        if ethertype == 0x8100:
            prefix = f"VLAN {(data[at] & 15) << 8 | data[at + 1]}, "
            ethertype = data[at + 2] << 8 | data[at + 3]
            at += 4
    left = end - at
    if ethertype == 0x0800 and left >= 36:
        # nearly every packet is one of these: all its headers are unpacked at once
        first, total, fragment, proto, a, b, c, d, e, f, g, h, src, dst, flags = IPV4_TCP(data, at)
        if first == 0x45 and not fragment & 0x3FFF and 28 <= total <= left:
            if proto == 6 and 40 <= 20 + (flags >> 12) * 4 <= total:
                words = tcp_words(src, dst, flags)
            elif proto == 17 and dst not in UDP_PORTS:
                words = udp_words(src, dst)
            else:
                words = ""
            if words:
                n = OCTETS
                return f"{prefix}{n[a]}.{n[b]}.{n[c]}.{n[d]} > {n[e]}.{n[f]}.{n[g]}.{n[h]} {words}"
    if ethertype == 0x0800 and left >= 20:
        first, total, fragment, proto, *octets = IPV4(data, at)
        if first != 0x45 or fragment & 0x3FFF or not 20 <= total <= left:
            return None
        a, b, c, d, e, f, g, h = octets
        addresses = f"{a}.{b}.{c}.{d} > {e}.{f}.{g}.{h} "
        text = _transport(data, at + 20, total - 20, proto, "ICMP" if proto == 1 else "")
    elif ethertype == 0x86DD and left >= 40:
        length, proto, src, dst = IPV6(data, at)
        if data[at] >> 4 != 6 or not 0 < length <= left - 40:
            return None
        addresses = f"{ipv6_text(src)} > {ipv6_text(dst)} "
        text = _transport(data, at + 40, length, proto, "ICMPv6" if proto == 58 else "")
    elif ethertype == 0x0806 and left >= 28 and data[at : at + 6] == b"\0\x01\x08\0\x06\x04":
        return prefix + arp_words(*ARP(data, at))
    else:
        return None
    return text and prefix + addresses + text


def _transport(data: bytes, at: int, length: int, proto: int, echo: str) -> str | None:
    if proto == 6 and length >= 20:
        src, dst, flags = TCP(data, at)
        return tcp_words(src, dst, flags) if 20 <= (flags >> 12) * 4 <= length else None
    if proto == 17 and length >= 8:
        src, dst = PAIR(data, at)
        return None if dst in UDP_PORTS else udp_words(src, dst)
    if echo and length >= 8 and (echo, data[at]) in ECHOES:
        return echo_words(echo, ECHOES[echo, data[at]], *PAIR(data, at + 4))
    return None
