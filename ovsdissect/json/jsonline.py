"""The JSON object of a message: the contract for scripts.

It is built from the message's tree, with keys in the order of the contract and no duplicates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ovsdissect.capture.timestamp import time_text
from ovsdissect.dissect.body import ERROR_ROW, EXTACK_ROW
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.subject import datapath_name, port_name
from ovsdissect.grammar import Variant
from ovsdissect.json.layers import layers_object
from ovsdissect.json.symbols import with_symbols
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import NETLINK_GENERIC, PROTOCOLS
from ovsdissect.problem import Problem
from ovsdissect.tree.node import Node, plain

if TYPE_CHECKING:
    from ovsdissect.frame import Frame

SCHEMA_VERSION: Final = 2


def render(node: Node) -> Any:
    """Return a node's value as JSON types: bytes in hex, a packet with its length, a union that matches no case as undecoded."""
    return plain(node, _opaque)


def _opaque(node: Node) -> Any:
    if node.wire.kind == "packet":
        return {"length": node.length, "hex": node.raw.hex()}
    if node.wire.kind == "bytes" and isinstance(node.row.wire, Variant):
        return {"undecoded": node.raw.hex()}
    return node.raw.hex()


def _attrs(message: Message, symbols: bool) -> Any:
    attrs = message.attrs
    if attrs is None:
        return None
    value = render(attrs)
    if symbols:
        with_symbols(attrs, value)
    packet = attrs.child("packet") if message.frame.end > len(message.data) else None
    if packet is not None and packet.wire.kind == "packet":
        value["packet"]["length"] = message.declared_length(packet)  # the capture may have cut it
    return value


def problem_object(problem: Problem) -> dict[str, Any]:
    """Return a problem as an object."""
    return {
        "kind": str(problem.kind),
        "path": problem.path,
        "offset": problem.offset,
        "length": problem.length,
        "text": problem.text,
    }


def to_dict(
    message: Message, *, raw: bool = False, inner: bool = False, upcalls: bool = False, symbols: bool = False
) -> dict[str, Any]:
    """Return the JSON object of a message.

    `inner` adds the packet's content to attrs.packet: in one line, layer by layer, with its checksums and problems.
    `upcalls` adds the outcome of the message's upcall and its flow, if it has one: the values of the fields upcall.* and flow.*.
    `raw` adds the bytes of the message and, under "fields", the place of each path's value: [offset, length, nla flags].
    `symbols` gives numbers whose types have names, such as ethertypes and IP protocols, as text: the name, else the number.
    """
    frame = message.frame
    answer = message.kind in ("error", "ack", "done")
    request = message.request
    line: dict[str, Any] = {
        "kind": message.kind,
        "number": message.number,
        "record": message.record,
        "index": message.index,
    }
    if len(message.interfaces) > 1:
        line["interface"] = message.interface
    line |= {
        "time": time_text(message.time_ns),
        "time_ns": message.time_ns,
        "direction": message.direction if message.number is not None else None,
        "nlmsg": None,
        "family": message.family,
        "cmd": message.cmd,
        "version": message.version,
        "dp_ifindex": message.dp_ifindex,
        "datapath": datapath_name(message) if message.declaration or answer else None,
        "port": port_name(message) if message.declaration or answer else None,
        "attrs": _attrs(message, symbols) if message.declaration else None,
    }
    if message.number is not None:
        line["nlmsg"] = {"len": frame.length, "type": frame.type, "flags": message.flags, "seq": frame.seq, "pid": frame.pid}
    if message.protocol not in (None, NETLINK_GENERIC):
        line["protocol"] = PROTOCOLS.get(message.protocol or 0, str(message.protocol))
    if answer:
        line["error"] = error_object(message)
    if request is not None or message.kind in ("error", "ack"):
        line["request"] = request_object(message, symbols=symbols)
    if upcalls and message.ahead is not None and message.number is not None:
        line |= told_objects(message.ahead(message.number))
    if message.notes is not None:
        line |= notes_object(message)
    line["problems"] = [problem_object(problem) for problem in message.problems]
    if inner and message.inner is not None:
        line["attrs"]["packet"] |= inner_object(message.inner, symbols=symbols)
    if raw:
        line["raw"] = message.data[frame.offset : frame.end].hex()
        line["fields"] = {path: [field.offset, field.length, field.node.flags] for path, field in message.walk()}
    return line


def notes_object(message: Message) -> dict[str, Any]:
    """Return what the capture says about the message's record besides its bytes."""
    told = {"lost": message.lost, "link_errors": list(message.link_errors), "comments": list(message.comments)}
    return {name: value for name, value in told.items() if value}


def end_object(cut: Problem) -> dict[str, Any]:
    """Return the object of a capture that ends early: a line of kind "record" without a record."""
    empty = ("record", "index", "time", "time_ns", "direction", "nlmsg", "family", "cmd", "version", "dp_ifindex")
    return {"kind": "record", "number": None, **dict.fromkeys((*empty, "datapath", "port", "attrs")), "problems": [problem_object(cut)]}


def inner_object(frame: Frame, *, symbols: bool = False) -> dict[str, Any]:
    """Return the content of a packet, with those checksums that could be verified."""
    return {
        "summary": frame.summary,
        "layers": layers_object(frame.layers, render, symbols=symbols),
        "checksums": [checksum._asdict() for checksum in frame.checksums],
        "problems": [problem_object(problem) for problem in frame.problems],
    }


def told_objects(told: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what later messages tell about one, given as fields of the display filter, as the objects "upcall" and "flow"."""
    found: dict[str, dict[str, Any]] = {}
    for field, value in told.items():
        kind, dot, name = field.partition(".")
        if dot:
            found.setdefault(kind, {})[name] = value
    return found


def error_object(message: Message) -> dict[str, Any]:
    """Return what failed and why: number, name, text, and the content of the extended ACK."""
    said: dict[str, Any] = {}
    for node in message.root.children:
        if node.row in (ERROR_ROW, EXTACK_ROW):
            said.update(render(node))
    number = said.pop("number", None)
    line: dict[str, Any] = {"number": number}
    if isinstance(number, int) and number:
        line |= {"name": errno.name(-number), "text": errno.text(-number)}
    line |= said
    path = message.fault_path if "offset" in said else None
    missing = message.missing_path if "miss_type" in said else None
    return line | ({"path": path} if path is not None else {}) | ({"missing": missing} if missing is not None else {})


def request_object(message: Message, *, symbols: bool = False) -> dict[str, Any]:
    """Return the request that a message answers: its number if the capture has it, family, command, and the attributes that an error
    echoes.
    """
    request = message.request
    line: dict[str, Any] = {
        "number": request.number if request else None,
        "family": request.family if request else None,
        "cmd": request.cmd if request else None,
    }
    echoed = message.root.child("request") if message.kind in ("error", "ack") else None
    attrs = echoed.child("attrs") if echoed else None
    if attrs is not None:
        line["attrs"] = render(attrs)
        if symbols:
            with_symbols(attrs, line["attrs"])
    return line
