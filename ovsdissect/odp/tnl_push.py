"""tnl_push() of the userspace datapath: the headers that it puts before a packet, layer by layer.

Source: format_odp_tnl_push_header() of lib/odp-util.c. It reads only the layers' own fields: the first Ethernet header decides between IPv4
(always 20 bytes) and IPv6, and the tunnel's type decides what follows. Only releases with `tnl_push_checked` compare the header's size with
what they read; otherwise, and in what they do not check, OVS reads beyond the action.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Final, NamedTuple

from ovsdissect.grammar.address import ipv6_text
from ovsdissect.odp.releases import Release
from ovsdissect.odp.styles import hash_hex, ipv4_text, mac_text
from ovsdissect.odp.text import Source, port_text
from ovsdissect.odp.tunnel import geneve_options
from ovsdissect.tree.node import Node

# struct ovs_action_push_tnl: tnl_port, out_port, header_len, tnl_type, all in host order, then the header
HEAD: Final = 16
UNCHECKED: Final = 1 << 32  # bytes: more than a header can declare
ETHERNET, IPV4, IPV6, UDP, VXLAN, GENEVE, GRE, GRE_OPTION, GTPU, SRV6, SEGMENT = 14, 20, 40, 8, 8, 8, 4, 4, 8, 8, 16
ERSPAN_AT: Final = 8  # after a GRE header with a sequence number
ERSPAN, ERSPAN_INDEX, ERSPAN_MD2 = 4, 4, 8
ETH_TYPE_IP: Final = 0x0800
GRE_OPTIONS: Final = ((0x8000, "csum", 2), (0x2000, "key", 4), (0x1000, "seq", 4))  # each takes four bytes


class Layer(NamedTuple):
    """The bytes from a layer on. size: how many of them the header has, as far as that is checked."""

    data: bytes
    size: int

    def number(self, at: int, length: int) -> int:
        """Return a number in network byte order; zeros after the last byte."""
        return int.from_bytes(self.raw(at, length), "big")

    def raw(self, at: int, length: int) -> bytes:
        """Return some bytes; zeros after the last one."""
        return self.data[at : at + length].ljust(length, b"\0")

    def after(self, length: int) -> Layer:
        """Return the layer after the first `length` bytes."""
        return Layer(self.data[length:], self.size - length)


# a layer and its content -> their text
LayerWriter = Callable[[Layer], str]


def tnl_push(node: Node, source: Source) -> str:
    """`tnl_push(tnl_port(N),header(...),out_port(N))` (format_odp_tnl_push_action)."""
    raw = source.data[node.offset :].ljust(HEAD, b"\0")
    tnl_port, out_port, size, kind = (int.from_bytes(raw[at : at + 4], source.order) for at in range(0, HEAD, 4))
    layer = Layer(raw[HEAD:], size if source.release.tnl_push_checked else UNCHECKED)
    header = f"header(size={size},type={kind},{ethernet(layer, tunnels(source.release).get(kind))})"
    return f"tnl_push(tnl_port({port_text(tnl_port, source)}),{header},out_port({port_text(out_port, source)}))"


def ethernet(layer: Layer, tunnel: LayerWriter | None) -> str:
    """The whole header. tunnel: writes the layers above IP; None for a type that the release does not know."""
    if layer.size < ETHERNET:
        return " eth(truncated header)"
    ethertype = layer.number(12, 2)
    text = f"eth(dst={mac_text(layer.raw(0, 6))},src={mac_text(layer.raw(6, 6))},dl_type=0x{ethertype:04x}),"
    layer = layer.after(ETHERNET)
    ip, length, word = (ipv4, IPV4, "ipv4") if ethertype == ETH_TYPE_IP else (ipv6, IPV6, "ipv6")
    if layer.size < length:
        return f"{text}{word}(truncated header)"
    return f"{text}{word}({ip(layer)}),{tunnel(layer.after(length)) if tunnel is not None else ''}"


def ipv4(layer: Layer) -> str:
    """The fields of an IPv4 header."""
    return (
        f"src={ipv4_text(layer.raw(12, 4))},dst={ipv4_text(layer.raw(16, 4))},proto={layer.number(9, 1)},"
        f"tos={hash_hex(layer.number(1, 1))},ttl={layer.number(8, 1)},frag=0x{layer.number(6, 2):x}"
    )


def ipv6(layer: Layer) -> str:
    """The fields of an IPv6 header."""
    flow = layer.number(0, 4)
    return (
        f"src={ipv6_text(layer.raw(8, 16))},dst={ipv6_text(layer.raw(24, 16))},label={flow & 0xFFFFF},proto={layer.number(6, 1)},"
        f"tclass=0x{flow >> 20 & 0xFF:x},hlimit={layer.number(7, 1)}"
    )


def over_udp(inside: LayerWriter) -> LayerWriter:
    """Return the writer of a tunnel over UDP."""

    def write(layer: Layer) -> str:
        if layer.size < UDP:
            return "udp(truncated header)"
        ports = f"src={layer.number(0, 2)},dst={layer.number(2, 2)},csum=0x{layer.number(6, 2):x}"
        return f"udp({ports}),{inside(layer.after(UDP))}"

    return write


def vxlan(layer: Layer) -> str:
    """VXLAN."""
    if layer.size < VXLAN:
        return "vxlan(truncated header)"
    return f"vxlan(flags=0x{layer.number(0, 4):x},vni=0x{layer.number(4, 3):x})"


def geneve(layer: Layer) -> str:
    """Geneve with its options."""
    if layer.size < GENEVE:
        return "geneve(truncated header)"
    bits = layer.number(1, 1)
    text = f"geneve({'oam,' if bits & 0x80 else ''}{'crit,' if bits & 0x40 else ''}vni=0x{layer.number(4, 3):x}"
    size = 4 * (layer.number(0, 1) & 0x3F)
    layer = layer.after(GENEVE)
    if size and layer.size < size:
        text += ",options(invalid length)"
    elif size:
        text += f",options({geneve_options(layer.raw(0, size), None, False)})"
    return text + ")"


def gre(layer: Layer) -> str:
    """GRE with its options."""
    if layer.size < GRE:
        return "gre(truncated header)"
    flags = layer.number(0, 2)
    text = f"gre((flags=0x{flags:x},proto=0x{layer.number(2, 2):x})"
    layer = layer.after(GRE)
    for bit, word, length in GRE_OPTIONS:
        if flags & bit:
            if layer.size < GRE_OPTION:
                text += f",{word}=<truncated>"
                break
            text += f",{word}=0x{layer.number(0, length):x}"
            layer = layer.after(GRE_OPTION)
    return text + ")"


def erspan(layer: Layer) -> str:
    """ERSPAN version 1 or 2; nothing for another one."""
    layer = layer.after(ERSPAN_AT)
    if layer.size < ERSPAN:
        return "erspan(truncated header)"
    version, session = layer.number(0, 1) >> 4, layer.number(2, 2) & 0x3FF
    if version not in (1, 2):
        return ""
    layer = layer.after(ERSPAN)
    if layer.size < (ERSPAN_INDEX if version == 1 else ERSPAN_MD2):
        return f"erspan(ver={version},truncated header)"
    text = f"erspan(ver={version},sid=0x{session:x},"
    if version == 1:
        return f"{text}idx=0x{layer.number(0, 4):x})"
    bits = layer.number(6, 2)
    return f"{text}dir={bits >> 3 & 1},hwid=0x{bits >> 4 & 0x3F:x})"


def gtpu(layer: Layer) -> str:
    """GTP-U."""
    if layer.size < GTPU:
        return "gtpu(truncated header)"
    return f"gtpu(flags=0x{layer.number(0, 1):x},msgtype={layer.number(1, 1)},teid=0x{layer.number(4, 4):x})"


def srv6(layer: Layer) -> str:
    """A segment routing header: its segments, last first."""
    if layer.size < SRV6:
        return "srv6(truncated header)"
    text = f"srv6(segments_left={layer.number(3, 1)},segs("
    count = layer.number(4, 1) + 1
    layer = layer.after(SRV6)
    if layer.size < count * SEGMENT:
        return text + "truncated segs))"
    return text + ",".join(ipv6_text(layer.raw(at * SEGMENT, SEGMENT)) for at in reversed(range(count))) + "))"


@cache
def tunnels(release: Release) -> Mapping[int, LayerWriter]:
    """Return what a release writes after IP, by the tunnel's type (enum ovs_vport_type)."""
    found = {3: gre, 4: over_udp(vxlan), 5: over_udp(geneve), 107: erspan, 108: erspan, 109: gre}
    if release.gtpu:
        found[110] = over_udp(gtpu)
    if release.srv6:
        found[112] = srv6
    return found
