"""The text of one value by its kind: numbers with their names, ports with theirs, bytes in hex, text in quotes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from ovsdissect.dissect.message import Message, Ports
from ovsdissect.dissect.subject import NO_PORT, dp_ifindex
from ovsdissect.families.actions import ACTIONS, SAMPLE, USERSPACE
from ovsdissect.families.cookies import CONTROLLER, FLOW_SAMPLE, IPFIX
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.headers import OVS_HEADER
from ovsdissect.families.numbers import ETHERTYPES
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.families.ovs_meter import METER_ATTRS
from ovsdissect.families.ovs_vport import VPORT_ATTRS
from ovsdissect.grammar import Attr
from ovsdissect.grammar.wire import Bits, Flags, Hex, Int, Part
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import ERROR
from ovsdissect.odp.releases import AUTO, NEWEST, Release, Version, release_of
from ovsdissect.odp.text import Source
from ovsdissect.problem import counted
from ovsdissect.text.screen import ELLIPSIS, escape
from ovsdissect.tree.node import Node

LONGEST_HEX: Final = 32  # bytes of a value shown on its line; an ellipsis stands for the rest
PER_CPU: Final = 0xFFFFFFFF  # userspace(pid): the kernel picks the socket of the CPU


class PortNames(Mapping[int, str]):
    """The ports of one datapath by number: a view of a message's ports."""

    __slots__ = ("_datapath", "_ports")

    def __init__(self, ports: Ports, datapath: int) -> None:
        self._ports, self._datapath = ports, datapath

    def __getitem__(self, port: int) -> str:
        return self._ports[self._datapath, port]

    def __iter__(self) -> Iterator[int]:
        return (port for datapath, port in self._ports if datapath == self._datapath)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Scope(NamedTuple):
    """What the texts of a message depend on besides its bytes.

    ports: names by port number; None: numbers only. datapaths: names by dp_ifindex. ovs: the release whose text is shown.
    """

    ports: Mapping[int, str] | None = None
    datapaths: Mapping[int, str] = {}
    ovs: Release = NEWEST

    def source(self, message: Message, *, verbose: bool = True) -> Source:
        """Return what OVS's formatters need for the nodes of a message."""
        return Source(message.data, message.data, verbose, self.ports, message.byteorder, self.ovs)


def scope(message: Message, *, names: bool = True, ovs: Version = AUTO) -> Scope:
    """Return the scope of a message: the names known when it was sent, or none. ovs: the release; AUTO: as the capture reveals."""
    whose = release_of(ovs, message.daemon)
    if not names:
        return Scope(ovs=whose)
    return Scope(PortNames(message.ports, dp_ifindex(message) or 0), message.datapaths, whose)


def value_text(node: Node, scope: Scope, *, mask: bool = False) -> str:
    """Return a value in a few words, escaped; "" for sets, lists and structs. mask: the node is a mask, so its numbers are bits."""
    wire = node.wire
    row = node.row.origin if isinstance(node.row, Attr) else node.row
    if isinstance(wire, Int) and wire.kind in ("uint", "int"):
        if mask:
            return f"0x{node.raw:0{2 * (wire.size or 1)}x}"
        special = ROWS.get(row)
        return special(node.raw, scope) if special else number_text(node.raw, wire)
    show = KINDS.get(wire.kind)
    return show(node) if show else escape(str(wire.value(node.raw)))


def part_text(raw: int, part: Part) -> str:
    """Return one slice of an integer's bits."""
    value = part.of(raw)
    return str(value).lower() if isinstance(value, bool) else str(value)


def number_text(raw: int, wire: Int) -> str:
    """Return a number with the name that its type has for it."""
    if _is_ethertype(wire):
        return f"0x{raw:04x} ({wire.names[raw]})" if raw in wire.names else f"0x{raw:04x}"
    return f"{raw} ({wire.names[raw]})" if raw in wire.names else str(raw)


@lru_cache(maxsize=256)
def _is_ethertype(wire: Int) -> bool:
    return wire.code == ">H" and wire.names == ETHERTYPES


def port_text(port: int, scope: Scope) -> str:
    """Return a datapath port, with its name if known."""
    if port == NO_PORT:
        return f"{port} (none)"
    name = scope.ports.get(port) if scope.ports is not None else None
    return str(port) if name is None else f"{port} ({escape(name)})"


def datapath_text(datapath: int, scope: Scope) -> str:
    """Return a datapath, with its name if known."""
    name = scope.datapaths.get(datapath)
    return str(datapath) if name is None else f"{datapath} ({escape(name)})"


def flags_text(raw: int, wire: Flags) -> str:
    """Return the names of the set flags, 0 if there are none."""
    return "|".join(wire.value(raw)) or "0"


def hex_text(data: bytes) -> str:
    """Return bytes in hex, as many as fit a line, and the total number if that is not all."""
    if len(data) <= LONGEST_HEX:
        return data.hex()
    return f"{data[:LONGEST_HEX].hex()}{ELLIPSIS} ({counted(len(data), 'byte')})"


def _enum(node: Node) -> str:
    wire = node.wire
    assert isinstance(wire, Int)
    return f"{node.raw} ({wire.names[node.raw]})" if node.raw in wire.names else str(node.raw)


def _flags(node: Node) -> str:
    assert isinstance(node.wire, Flags)
    return flags_text(node.raw, node.wire)


def _bits(node: Node) -> str:
    assert isinstance(node.wire, Bits)
    parts = [f"{part.name} {part_text(node.raw, part)}" for part in node.wire.parts]
    reserved = node.raw & node.wire.reserved
    return ", ".join([*parts, f"reserved 0x{reserved:x}"] if reserved else parts)


def _id(node: Node) -> str:
    assert isinstance(node.wire, Hex)
    return str(node.wire.value(node.raw))


def _text(node: Node) -> str:
    return quoted(str(node.wire.value(node.raw)))


def quoted(text: str) -> str:
    """Return captured text in quotes, escaped."""
    return f'"{escape(text)}"'


def _nothing(node: Node) -> str:
    return ""


KINDS: Final[dict[str, Callable[[Node], str]]] = {
    "enum": _enum,
    "flags": _flags,
    "bits": _bits,
    "id": _id,
    "text": _text,
    "flag": lambda node: "true",
    "bytes": lambda node: hex_text(node.raw),
    "packet": lambda node: counted(node.length, "byte"),
    "pad": lambda node: hex_text(node.raw),
    "undecoded": lambda node: hex_text(node.raw),
    "sized": lambda node: hex_text(node.raw),
    "set": _nothing,
    "list": _nothing,
    "struct": _nothing,
}


def _hex(raw: int, scope: Scope) -> str:
    return f"0x{raw:x}"


def _pid(raw: int, scope: Scope) -> str:
    return f"{raw} (per CPU)" if raw == PER_CPU else str(raw)


def _milliseconds(raw: int, scope: Scope) -> str:
    return f"{raw} (at {raw / 1000:.3f} s)"


# rows whose numbers mean more than their type says
ROWS: Final[dict[object, Callable[[int, Scope], str]]] = {
    KEY.by_name["in_port"]: port_text,
    ACTIONS.by_name["output"]: port_text,
    VPORT_ATTRS.by_name["port_no"]: port_text,
    USERSPACE.by_name["egress_tun_port"]: port_text,
    FLOW_SAMPLE.fields["output_odp_port"]: port_text,
    IPFIX.fields["output_odp_port"]: port_text,
    OVS_HEADER.fields["dp_ifindex"]: datapath_text,
    KEY.by_name["recirc_id"]: _hex,
    KEY.by_name["dp_hash"]: _hex,
    KEY.by_name["skb_mark"]: _hex,
    KEY.by_name["ct_mark"]: _hex,
    ACTIONS.by_name["recirc"]: _hex,
    CONTROLLER.fields["recirc_id"]: _hex,
    USERSPACE.by_name["pid"]: _pid,
    SAMPLE.by_name["probability"]: lambda raw, scope: f"{raw} ({raw / 0xFFFFFFFF:.1%})",
    FLOW_ATTRS.by_name["used"]: _milliseconds,
    METER_ATTRS.by_name["used"]: _milliseconds,
    ERROR.fields["number"]: lambda raw, scope: f"{raw} ({errno.name(-raw)}: {errno.text(-raw)})" if raw else "0 (success)",
}
