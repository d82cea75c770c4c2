"""Whether an upcall's packet matches its flow key; a difference that the kernel itself makes does not count.

The key is what key_extract() of net/openvswitch/flow.c read from the packet, updated later by the actions. What may differ:

* CFI: the kernel sets this bit of a VLAN tag to say that there is a tag; the packet's DEI bit is lost in the key.
* LLC frames have no ethertype in the key (ETH_P_802_2); SNAP frames have that of SNAP.
* At most two tags, 0x8100 and 0x88a8, are read (one, and 0x8100 only, before Linux 4.9): after more of them, and after other TPIDs, the
  key has an ethertype and nothing of what follows. At most three MPLS labels are kept, one before Linux 5.5.
* A malformed header leaves zeros, a malformed IPv6 extension header protocol 59. The kernel looks at the bytes that are present, not at
  the lengths that headers declare.
* A later fragment has no ports; in IPv6 its protocol is 44.
* Segmentation offload: all segments have the key of the whole packet, whose TCP flags may have FIN, PSH and CWR in addition to those of
  one segment.
* ARP: an operation above 255 is 0 in the key; hardware other than Ethernet leaves zeros.
* ND: link-layer addresses are zero without their options; if an option is repeated everything is zero.
* A packet that left a tunnel is the inner one; the outer headers are in the key's tunnel. Conntrack, NAT and set() change packet and key
  alike, and reassembly makes frag "none".
* push_vlan on a tagged packet, pop_vlan of one of two tags, and push and pop of MPLS, NSH and Ethernet leave the key as it was until the
  packet is recirculated (invalidate_flow_key()): a userspace action after them sends a key of another shape. For ACTION, therefore, only
  keys of the packet's shape are compared, no labels, and no key whose Ethernet addresses are all zero (push_eth).
* EXECUTE's key is metadata.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from ovsdissect.frame.link import FIRST_ETHERTYPE
from ovsdissect.frame.walk import part
from ovsdissect.problem import Problem, ProblemKind
from ovsdissect.tree.node import Node, is_leaf, join

ETH_P_802_2: Final = 0x05FF  # LLC: in the kernel's key, omitted from the netlink key
VLAN_TYPES: Final = (0x8100, 0x88A8)
FRAG_NONE, FRAG_FIRST, FRAG_LATER = 0, 1, 2
NEXTHDR_FRAGMENT, NEXTHDR_NONE = 44, 59
SEGMENTED_FLAGS: Final = 0x001 | 0x008 | 0x080  # FIN, PSH, CWR: only on the last or the first segment
ICMP_HEADER: Final = 8  # struct icmphdr, struct icmp6hdr: the kernel ignores a shorter one
NO_MAC: Final = bytes(6)
EXTENSIONS: Final = {
    "ipv6.hopopts": "nxt",
    "ipv6.dstopts": "nxt",
    "ipv6.routing": "nxt",
    "ipv6.fraghdr": "nxt",
    "ah": "next_header",
}
ND_ADDRESSES: Final = ((1, "sll"), (2, "tll"))


def without_ethernet(key: Node | None) -> int | None:
    """Return the ethertype of a packet whose key has no Ethernet header, None if the key has one: what frame() needs.

    User space's own keys have it in PACKET_TYPE; what the kernel sends, and takes in EXECUTE, has ETHERTYPE without ETHERNET.
    """
    if key is None or key.child("ethernet"):
        return None
    for name in ("packet_type", "ethertype"):
        child = key.child(name)
        if child and isinstance(child.raw, int):
            namespace, number = divmod(child.raw, 0x10000)
            if name == "ethertype" or namespace == 1:  # OFPHTN_ETHERTYPE
                return number
    return None


def disagreements(
    key: Node, layers: Sequence[Node], *, action: bool = False, cut: bool = False, path: str = "attrs.key"
) -> list[Problem]:
    """Return the differences between an upcall's key and its packet's layers, as problems at the key's attributes.

    action: the upcall is an ACTION, whose key may be outdated. cut: the packet was longer when the key was read from it.
    """
    comparison = _Comparison(layers, action, cut)
    comparison.link(key, path)
    return comparison.problems


class _Comparison:
    """Compares one key with the layers of one packet, from the outside in; stops where the kernel does, or where the packet ends."""

    def __init__(self, layers: Sequence[Node], action: bool, cut: bool) -> None:
        self.layers, self.action, self.cut = layers, action, cut
        self.at = 0
        self.problems: list[Problem] = []
        self._struct: Node | None = None
        self._raws: dict[str, Any] = {}  # of the members of that struct

    @property
    def layer(self) -> Node | None:
        """The layer to compare next, None at the end of what could be decoded."""
        return self.layers[self.at] if self.at < len(self.layers) else None

    def said(self, node: Node, path: str, ours: Any, theirs: Any, field: str) -> None:
        """Note a difference."""
        text = f"the key says {ours}, the packet's {field} is {theirs}"
        self.problems.append(Problem(ProblemKind.DISAGREEMENT, path, node.offset, node.length, text))

    def same(self, struct: Node, path: str, name: str, packet: Any, field: str, *others: Any) -> None:
        """Compare one member of a key's struct with what the packet has; `others` are right as well."""
        if struct is not self._struct:
            self._struct, self._raws = struct, struct.raws()
        raw = self._raws.get(name)
        if raw is None or packet is None or raw == packet or raw in others:
            return
        node = next(child for child in struct.children if child.name == name)
        ours, theirs = (node.wire.value(value) if isinstance(value, bytes) else value for value in (node.raw, packet))
        self.said(node, join(path, name), ours, theirs, field)

    def link(self, level: Node, path: str) -> None:
        """Compare Ethernet and VLAN tags, then what they carry."""
        layer, ethernet = self.layer, level.child("ethernet")
        if layer is None:
            return
        if layer.row.name != "eth":
            number = without_ethernet(level)
            if number is not None:
                self.network(level, path)
            return
        if ethernet is None or (self.action and not any(map(any, ethernet.raws().values()))):
            return
        for name in ("src", "dst"):
            self.same(ethernet, join(path, "ethernet"), name, part(layer, name), f"eth.{name}")
        number = self.inside(layer, "type")
        while number is not None:
            if not self.ethertype(level, path, number):
                return
            layer, vlan, encap = self.layer, level.child("vlan"), level.child("encap")
            if number not in VLAN_TYPES:
                self.network(level, path)
                return
            if layer is None or layer.row.name != "vlan" or vlan is None or encap is None:
                return
            for name, field in (("vid", "id"), ("pcp", "priority")):
                ours = next(piece.of(vlan.raw) for piece in getattr(vlan.wire, "parts", ()) if piece.name == name)
                theirs = part(layer, field)
                if ours != theirs:
                    self.said(vlan, f"{path}.vlan.{name}", ours, theirs, f"{layer.name}.{field}")
            level, path = encap, join(path, "encap")
            number = self.inside(layer, "etype")

    def inside(self, layer: Node, name: str) -> int | None:
        """Return the ethertype after an Ethernet header or tag, as the kernel reads it; None if the packet ends before it."""
        self.at += 1
        number: int | None = part(layer, name)
        if number is not None:
            return number
        llc = self.layer
        if llc is None or llc.row.name != "llc":
            return None
        self.at += 1
        number = part(llc, "type")
        return number if number is not None and number >= FIRST_ETHERTYPE else ETH_P_802_2

    def ethertype(self, level: Node, path: str, number: int) -> bool:
        """Compare the ethertype. Returns whether to go on."""
        node = level.child("ethertype")
        ours = ETH_P_802_2 if node is None else node.raw
        if ours == number:
            return True
        if not self.action and isinstance(ours, int):
            if node is not None:
                path = join(path, "ethertype")
            self.said(node or level, path, f"ethertype 0x{ours:04x}", f"0x{number:04x}", "ethertype")
        return False

    def network(self, level: Node, path: str) -> None:
        """Compare the network layer."""
        layer = self.layer
        if layer is None:
            return
        self.at += 1
        compare = {"ip": self.ipv4, "ipv6": self.ipv6, "arp": self.arp, "mpls": self.mpls, "nsh": self.nsh}.get(layer.row.name)
        attribute = level.child({"ip": "ipv4"}.get(layer.row.name, layer.row.name))
        if compare and attribute and not is_leaf(attribute):
            compare(level, attribute, layer, path)

    def ipv4(self, level: Node, key: Node, layer: Node, path: str) -> None:
        """Compare IPv4, then its transport."""
        step = join(path, "ipv4")
        for name, field in (("src", "src"), ("dst", "dst"), ("proto", "proto"), ("tos", "dsfield"), ("ttl", "ttl")):
            self.same(key, step, name, part(layer, field), f"{layer.name}.{field}")
        frag = FRAG_LATER if part(layer, "frag_offset") else FRAG_FIRST if part(layer, "flags.mf") else FRAG_NONE
        self.same(key, step, "frag", frag, f"{layer.name}.flags.mf")
        if frag != FRAG_LATER:
            self.transport(level, path)

    def ipv6(self, level: Node, key: Node, layer: Node, path: str) -> None:
        """Compare IPv6 with its extension headers, then its transport."""
        step, name = join(path, "ipv6"), layer.name
        for ours, field in (("src", "src"), ("dst", "dst"), ("label", "flow"), ("tclass", "tclass"), ("hlimit", "hlim")):
            self.same(key, step, ours, part(layer, field), f"{name}.{field}")
        proto, frag, field = part(layer, "nxt"), FRAG_NONE, f"{name}.nxt"
        while (extension := self.layer) is not None and extension.row.name in EXTENSIONS:
            if extension.row.name == "ipv6.fraghdr":
                frag = FRAG_LATER if part(extension, "offset") else FRAG_FIRST
            field = f"{extension.name}.{EXTENSIONS[extension.row.name]}"
            proto = part(extension, EXTENSIONS[extension.row.name])
            self.at += 1
        if self.cut if extension is None else extension.row.name == "undecoded":
            return  # more extension headers may follow
        if frag == FRAG_LATER:
            # the kernel treats an extension header after a later fragment's header as an error, and then says "first" (ipv6_find_hdr())
            self.same(key, step, "proto", NEXTHDR_FRAGMENT, field, NEXTHDR_NONE)
            self.same(key, step, "frag", frag, "ipv6.fraghdr.offset", FRAG_FIRST if key.raws().get("proto") == NEXTHDR_NONE else frag)
            return
        self.same(key, step, "proto", proto, field)
        self.same(key, step, "frag", frag, "ipv6.fraghdr.offset")
        self.transport(level, path)

    def transport(self, level: Node, path: str) -> None:
        """Compare ports, flags, types and codes."""
        layer = self.layer
        if layer is None:
            return
        name = layer.row.name
        key = level.child(name)
        if key is None or is_leaf(key):
            return
        if name in ("tcp", "udp", "sctp"):
            for ours, field in (("src", "srcport"), ("dst", "dstport")):
                self.same(key, join(path, name), ours, part(layer, field), f"{name}.{field}")
            self.flags(level.child("tcp_flags"), path, part(layer, "flags"))
        elif name in ("icmp", "icmpv6") and self.layers[-1].offset + self.layers[-1].length - layer.offset >= ICMP_HEADER:
            for ours in ("type", "code"):
                self.same(key, join(path, name), ours, part(layer, ours), f"{name}.{ours}")
            nd = level.child("nd")
            if nd and not is_leaf(nd) and not part(layer, "code") and not self.cut:
                self.neighbour(nd, layer, join(path, "nd"))

    def flags(self, node: Node | None, path: str, theirs: int | None) -> None:
        """Compare TCP flags, except those that a segment may lack."""
        if node is None or theirs is None or not isinstance(node.raw, int):
            return
        if theirs & ~node.raw or node.raw & ~theirs & ~SEGMENTED_FLAGS:
            self.said(node, join(path, "tcp_flags"), f"0x{node.raw:03x}", f"0x{theirs:03x}", "tcp.flags")

    def neighbour(self, nd: Node, layer: Node, path: str) -> None:
        """Compare neighbour solicitation and advertisement."""
        options = layer.child("opt")
        found: dict[int, list[bytes]] = {1: [], 2: []}
        for option in options.children if options else ():
            if not option.children:
                return  # malformed: how far the kernel got does not matter here
            number, address = part(option, "type"), part(option, "linkaddr")
            if number in found and address is not None and option.length == ICMP_HEADER:
                found[number].append(address)
        if any(len(addresses) > 1 for addresses in found.values()):
            return
        for field in ("nd.ns.target_address", "nd.na.target_address"):
            self.same(nd, path, "target", part(layer, field), f"icmpv6.{field}")
        for number, name in ND_ADDRESSES:
            self.same(nd, path, name, found[number][0] if found[number] else NO_MAC, "icmpv6.opt.linkaddr")

    def arp(self, level: Node, key: Node, layer: Node, path: str) -> None:
        """Compare ARP and RARP for Ethernet and IPv4."""
        if part(layer, "src.hw_mac") is None:
            return
        step = join(path, "arp")
        operation = part(layer, "opcode") or 0
        self.same(key, step, "op", operation if operation <= 0xFF else 0, "arp.opcode")
        for ours, field in (("sip", "src.proto_ipv4"), ("tip", "dst.proto_ipv4"), ("sha", "src.hw_mac"), ("tha", "dst.hw_mac")):
            self.same(key, step, ours, part(layer, field), f"arp.{field}")

    def mpls(self, level: Node, key: Node, layer: Node, path: str) -> None:
        """Compare the labels that the key has; if the stack has no bottom the kernel keeps none."""
        labels = [layer]
        while (following := self.layer) is not None and following.row.name == "mpls":
            labels.append(following)
            self.at += 1
        if self.action or not part(labels[-1], "bottom"):
            return
        for ours, label in zip(key.children, labels, strict=False):
            theirs = label.children[0].raw
            if isinstance(ours.raw, int) and ours.raw != theirs:
                self.said(ours, join(join(path, "mpls"), ours.name), f"0x{ours.raw:08x}", f"0x{theirs:08x}", label.name)

    def nsh(self, level: Node, key: Node, layer: Node, path: str) -> None:
        """Compare NSH's base header."""
        base = key.child("base")
        if base is None:
            return
        step = join(join(path, "nsh"), "base")
        for ours, field in (("ttl", "ttl"), ("mdtype", "mdtype"), ("np", "nextproto")):
            self.same(base, step, ours, part(layer, field), f"nsh.{field}")
        spi, si = part(layer, "spi"), part(layer, "si")
        if spi is not None and si is not None:
            self.same(base, step, "path_hdr", spi << 8 | si, "nsh.spi")
