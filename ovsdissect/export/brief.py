"""What a list says of plain messages, from the payloads of their top attributes: the port and the summary, without trees where it counts.

It knows every text of ovsdissect.text.summary that is made often, and asks that for the rest; what is not plain it refuses, for the tree.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from struct import Struct as Layout
from typing import Any, Final, NamedTuple

from ovsdissect.dissect.generations import Remembered
from ovsdissect.dissect.glance import compared, comparison, needed
from ovsdissect.dissect.plan import Plan, Refused
from ovsdissect.dissect.shapes import Shapes
from ovsdissect.dissect.source import Expression, Variables, dotted, f_string
from ovsdissect.export.cutting import Place, Script, cut
from ovsdissect.export.names import Names
from ovsdissect.families import OVS_FLOW, OVS_PACKET
from ovsdissect.families.flow_key import KEY
from ovsdissect.families.headers import FLOW_STATS
from ovsdissect.frame import summary as packet_summary
from ovsdissect.frame.quick import quick
from ovsdissect.grammar import Attr, ByteOrder, Command, Family, Wire
from ovsdissect.grammar.address import OCTETS, ipv6_text
from ovsdissect.grammar.attrs import NLA_HEADER
from ovsdissect.grammar.wire import PREFIX, UFID
from ovsdissect.odp.compiled import Fenced, FlowTexts, closed_values, is_closed
from ovsdissect.problem import Problem
from ovsdissect.text.rows import port_of
from ovsdissect.text.screen import escape
from ovsdissect.text.summary import (
    COUNTERS,
    KEY_CONDITIONS,
    NEVER_USED,
    TUNNEL_KINDS,
    Body,
    conditions,
    flags_text,
    metadata,
    no_flow_text,
    omitted_text,
    reason,
    said,
    tunnel_text,
    ufid_text,
    used_text,
)
from ovsdissect.text.values import Scope
from ovsdissect.tree.node import Node
from ovsdissect.tree.tree import Tree

TEXTS: Final = 2048  # texts of payloads that came lately, in each of two generations
PACKETS: Final = 128  # words of unusual packets, in each of two generations
RECENT: Final = 512  # those of other packets
HEADERS: Final = 128  # bytes of a packet that hold what its key describes, and more


class Told(NamedTuple):
    """What a line says of its message: the parts of the summary, the source of the port's cell."""

    parts: Sequence[str]
    port: str


class Brief:
    """The texts of messages of one byte order, by family, command and layout of attributes."""

    def __init__(self, order: ByteOrder) -> None:
        self.order = order
        self._head = Layout(PREFIX[order] + "HH")
        self._flows = FlowTexts(order)
        # an upcall's key and its packet's headers: the port, and the conditions of the summary, each after a comma; Refused, or
        # struct.error, where the two do not surely agree
        self._keys = Shapes(OVS_PACKET.attrs.by_name["key"], order, self._key)
        self._ports = Shapes(OVS_PACKET.attrs.by_name["key"], order, self._port)
        self._metadata: Remembered[bytes, int | None] = Remembered(self._metadata_port, TEXTS)
        self._conditions: Remembered[bytes, str] = Remembered(self._condition, TEXTS)
        self._packets: Remembered[bytes, str] = Remembered(_packet, PACKETS)
        self._recent: dict[tuple[bytes, int], str] = {}

    def tell(self, script: Script, family: Family, command: Command, flags: int, layout: Sequence[Place]) -> Told:
        """What is said of messages of a layout: `names`, in the script, are those of the message's datapath; Refused where they are for
        the tree.
        """
        body = Body(family.name, command.name, {}, b"", self.order, flags, Scope())
        if family is OVS_FLOW:
            return self._flow(script, body, layout)
        if family is not OVS_PACKET:
            return self._configuration(script, family, body, layout)
        return self._upcall(script, body, layout) if command.to_user else self._execute(script, layout)

    def attribute(self, family: Family, name: str, scope: Scope, show: Callable[[Body], str], payload: bytes) -> str:
        """The escaped text of one top attribute by its tree; Refused where that has a problem."""
        node, data = self._node(family, family.attrs.by_name[name], payload)
        return escape(show(Body(family.name, "", {name: node}, data, self.order, 0, scope)))

    def _node(self, family: Family, row: Attr, payload: bytes) -> tuple[Node, bytes]:
        """The node of a top attribute, without its padding, and the bytes that it is in."""
        problems: list[Problem] = []
        data = Fenced(self._head.pack(NLA_HEADER + len(payload), row.number) + payload)
        attrs = Tree(data, self.order, problems).value(row, family.attrs, "attrs", 0, len(data), "attrs")
        if problems:
            raise Refused
        return attrs.children[0], data

    def pieces(self, payload: bytes) -> list[bytes]:
        """The attributes of a list; Refused where something is left over."""
        found, at, end = [], 0, len(payload)
        while at < end:
            length = self._head.unpack_from(payload, at)[0]
            after = at + length
            if length < NLA_HEADER or after > end or after < end < after + (-length & 3):
                raise Refused
            found.append(payload[at:after])
            at = after + (-length & 3)
        return found

    def _node_alone(self, family: Family, row: Attr, payload: bytes) -> Node:
        return self._node(family, row, payload)[0]

    def reason(self, scope: Scope, payload: bytes | None) -> str:
        """Why a packet was sent up, by its cookie."""
        if payload is None:
            return reason(Body(OVS_PACKET.name, "action", {}, b"", self.order, 0, scope))
        return self.attribute(OVS_PACKET, "userdata", scope, reason, payload)

    # Packets

    def _upcall(self, script: Script, body: Body, layout: Sequence[Place]) -> Told:
        there = {place.row.name for place in layout}
        if not there >= {"key", "packet"}:
            raise Refused
        rare = [name for name in ("egress_tun_key", "mru", "len") if name in there]
        raws, _, spans = cut(script, self.order, layout, {"key", "userdata", "actions", *rare})
        key, (begin, after) = raws["key"], spans["packet"]
        script.space["recent"] = self._recent
        script.lines += [
            f"head = {_head(begin, after)}",
            f"port, met = {script.keep('find', self._keys.find)}({key})({key}, head)",
            f"words = {script.keep('quick', quick)}(data, {begin}, {after}, None)",
            f"if words is None: words = {script.keep('packets', self._packets)}[data[{begin}:{after}]]",
            "else:",
            # it comes again in an EXECUTE; its headers and its length are all that quick() looks at
            f"    if len(recent) >= {RECENT}: recent.clear()",
            f"    recent[head, {after} - {begin}] = words",
        ]
        parts: list[str] = [Expression("words"), Expression("met")]
        if "userdata" in there or body.cmd == "action":
            script.lines.append(f"why = names.reasons[{raws.get('userdata')}]")
        if body.cmd == "action":
            parts = [Expression("why"), ": ", *parts]
        if rare:
            more = script.keep("more", partial(self._rare, body, [*rare, "packet"]))
            script.lines.append(f"more = {more}(({', '.join(raws[name] for name in rare)}, data[{begin}:{after}]))")
            parts.append(Expression("more"))
        if "actions" in there:
            script.lines.append(f"actions = names.actions[{raws['actions']}]")
            parts += [", ", Expression("actions")]
        return Told(parts, "names.ports[port]")

    def _rare(self, body: Body, names: list[str], payloads: Sequence[bytes]) -> str:
        """What an upcall's rarer attributes add."""
        rows: dict[str, Attr] = {name: OVS_PACKET.attrs.by_name[name] for name in names}
        attrs = {name: self._node(OVS_PACKET, row, raw)[0] for (name, row), raw in zip(rows.items(), payloads, strict=True)}
        return "".join(f", {escape(one)}" for one in conditions(body._replace(attrs=attrs)))

    def _execute(self, script: Script, layout: Sequence[Place]) -> Told:
        raws, _, spans = cut(script, self.order, layout, {"key", "actions"})
        probe = "probe: " if any(place.row.name == "probe" for place in layout) else ""
        begin, after = spans["packet"]
        script.space["recent"] = self._recent
        words = f"recent.get(({_head(begin, after)}, {after} - {begin})) or {script.keep('quick', quick)}(data, {begin}, {after}, None)"
        script.lines += [
            f"words = {words} or {script.keep('packets', self._packets)}[data[{begin}:{after}]]",
            f"actions = names.actions[{raws['actions']}]",
            f"port = {script.keep('metadata', self._metadata)}[{raws['key']}]",
        ]
        return Told([probe, Expression("words"), ", ", Expression("actions")], "names.ports[port]")

    def _key(self, made: Plan) -> Callable[[bytes, bytes], tuple[int | None, str]]:
        compares = comparison(made, self.order)
        nodes = self._sketch(made)
        tunnel = next((node for node in nodes if node.name == "tunnel"), None)
        parts = {node.offset: node for node in (tunnel.children if tunnel is not None else ()) if node.wire.kind in TUNNEL_KINDS}
        variables, port, condition = self._variables(made, nodes, {*parts, *needed(compares)})
        space = variables.space
        space |= {"conditions": self._conditions, "octet": OCTETS, "refuse": _refuse}
        met: list[str] = [Expression(f"conditions[{_slices([node for node in nodes if node.name in KEY_CONDITIONS])}]")]
        if tunnel is not None and tunnel.children:
            spelt = {part.name: _spell(part.wire, _of(made, variables, part.offset), space) for part in parts.values()}
            pieces = tunnel_text("tunnel", {name: f"\0{name}\0" for name in spelt}).split("\0")
            met += [", ", *(part for place, piece in enumerate(pieces) for part in (spelt[piece] if place % 2 else [piece]))]
        unpack, agrees = compared(made, variables, compares)
        variables.source += f"    {unpack}\n    if not ({' and '.join(filter(None, (condition, agrees)))}): refuse(raw)\n"
        return variables.function(f"({port}, {f_string(met)})", "raw, packet")

    def _port(self, made: Plan) -> Callable[[bytes], int | None]:
        """The port of an EXECUTE's key, which is metadata; Refused for a packet without an Ethernet header, which reads otherwise."""
        nodes = self._sketch(made)
        names = {node.name for node in nodes}
        if "ethertype" in names and "ethernet" not in names:
            raise Refused
        variables, port, condition = self._variables(made, nodes, ())
        return variables.function(_guarded(port, condition, variables))

    def _sketch(self, made: Plan) -> tuple[Node, ...]:
        """The attributes of a key of this shape."""
        return Tree(made.expect.to_bytes(made.size, "little"), self.order, []).attrs(KEY, 0, made.size, "")

    def _variables(self, made: Plan, nodes: tuple[Node, ...], offsets: Iterable[int]) -> tuple[Variables, str, str]:
        """The variables of the leaves there, the port's as source, and the condition under which a key has no problem."""
        port_at = next((node.offset for node in nodes if node.name == "in_port"), None)
        wanted = {port_at, *offsets}
        variables = Variables(made, self.order, lambda leaf: leaf.wire.code if leaf.offset in wanted or is_closed(leaf) else "")
        return variables, "None" if port_at is None else _of(made, variables, port_at)[0], closed_values(made, variables)

    def _metadata_port(self, raw: bytes) -> int | None:
        return self._ports.find(raw)(raw)

    def _condition(self, raw: bytes) -> str:
        return "".join(f", {one}" for one in metadata(Tree(raw, self.order, []).attrs(KEY, 0, len(raw), "")))

    # Flows

    def _flow(self, script: Script, body: Body, layout: Sequence[Place]) -> Told:
        there = {place.row.name: place.wire for place in layout}
        if ("mask" in there and "key" not in there) or there.get("ufid", UFID) is not UFID:
            raise Refused
        raws, read, _ = cut(script, self.order, layout, {"key", "mask", "actions", "stats"}, {"ufid", "used", "tcp_flags", "ufid_flags"})
        parts: list[tuple[str, ...]] = []
        port = "None"
        if "ufid" in there:
            whole = Expression(f"{script.keep('ufid', partial(ufid_text, beside_key=False))}(({', '.join(read['ufid'])}))")
            parts.append(("ufid:", Expression(f"{read['ufid'][0]}:08x")) if "key" in there else (whole,))
        if "key" in there:
            port, mask = "port", raws.get("mask")
            find, meet = script.keep("find", self._flows.find), script.keep("meet", self._flows.meet)
            script.lines += [
                f"shape = {find}({raws['key']})",
                f"port, flow = (shape.get({mask}) or {meet}(shape, {mask}))({raws['key']}, names.names)",
            ]
            parts.append((Expression("flow"),))
        elif not parts and body.request and not body.dump:
            parts.append((no_flow_text(body),))
        if "stats" in there:
            counters = Layout(PREFIX[self.order] + "".join(member.wire.code for member in FLOW_STATS.members)).unpack
            script.lines.append(f"packets, octets = {script.keep('counters', counters)}({raws['stats']})")
            parts += [(f"{name}:", Expression(value)) for name, value in zip(COUNTERS, ("packets", "octets"), strict=True)]
        if "used" in there:
            parts.append((Expression(f"{script.keep('used', used_text)}({read['used'][0]})"),))
        elif not body.request:
            parts.append((NEVER_USED,))
        if "tcp_flags" in there:
            if not parts:
                raise Refused
            seen = script.keep("seen", Remembered(_seen, TEXTS))
            parts[-1] = (*parts[-1], Expression(f"{seen}[{read['tcp_flags'][0]}]"))
        if "clear" in there:
            parts.append(("clear",))
        if "actions" in there:
            script.lines.append(f"actions = names.actions[{raws['actions']}]")
            parts.append((Expression("actions"),))
        return Told(self._joined(script, body, there, read, parts), f"names.ports[{port}]")

    def _joined(
        self, script: Script, body: Body, there: Mapping[str, Wire], read: Mapping[str, list[str]], parts: list[tuple[str, ...]]
    ) -> list[str]:
        """A flow's summary: its parts, what stands before and behind them."""
        joined = [piece for part in parts for piece in (", ", *part)][1:]
        before = ("dump " if body.dump else "") + ("probe: " if "probe" in there else "")
        if not parts:
            if before != "dump ":
                raise Refused
            before = before.strip()
        after = []
        if "ufid_flags" in there and body.cmd == "get":
            after.append(Expression(f"{script.keep('omitted', Remembered(_omitted, TEXTS))}[{read['ufid_flags'][0]}]"))
        return [before, *joined, *after]

    # Everything else

    def _configuration(self, script: Script, family: Family, body: Body, layout: Sequence[Place]) -> Told:
        rows = [place.row for place in layout]
        nodes = [Remembered(partial(self._node_alone, family, row), TEXTS) for row in rows]
        raws = cut(script, self.order, layout, {row.name for row in rows}).raws

        def say(payloads: Sequence[bytes], names: Names) -> tuple[str, str]:
            attrs = {row.name: node[payload] for row, node, payload in zip(rows, nodes, payloads, strict=True)}
            text = escape(said(body._replace(attrs=attrs, scope=names.scope)))
            return names.cell("port", port_of(family, attrs, names.scope)), text

        payloads = "".join(f"{raws[row.name]}, " for row in rows)
        script.lines.append(f"port, text = names.told[{script.keep('say', say)}, ({payloads})]")
        return Told([Expression("text")], "port")


def _refuse(raw: bytes) -> object:
    raise Refused


def _of(made: Plan, variables: Variables, offset: int) -> list[str]:
    return next(variables.of(leaf) for leaf in made.leaves if leaf.offset == offset)


def _spell(wire: Wire, names: list[str], space: dict[str, Any]) -> Sequence[str]:
    """The parts of an address or an id."""
    if wire.kind == "ipv4":
        return dotted([f"{names[0]}[{place}]" for place in range(4)])
    space["text"] = ipv6_text
    return ("0x", Expression(f"{names[0]}:x")) if wire.kind == "id" else (Expression(f"text({names[0]})"),)


def _guarded(result: str, condition: str, variables: Variables) -> str:
    variables.space["refuse"] = _refuse
    return f"{result} if {condition} else refuse(raw)" if condition else result


def _slices(nodes: list[Node]) -> str:
    """The bytes of some attributes, with their headers and padding, as source."""
    spans: list[list[int]] = []
    for node in nodes:
        start, end = node.offset - node.header, node.offset + node.length + node.padding
        if spans and spans[-1][1] == start:
            spans[-1][1] = end
        else:
            spans.append([start, end])
    return " + ".join(f"raw[{start}:{end}]" for start, end in spans) or "b''"


def _head(begin: str, after: str) -> str:
    """As much of a packet as its key can describe, as source."""
    return f"data[{begin} : {begin} + {HEADERS} if {begin} + {HEADERS} < {after} else {after}]"


def _packet(raw: bytes) -> str:
    return escape(packet_summary(raw, 0, len(raw)) or f"{len(raw)} bytes")


def _omitted(bits: int) -> str:
    return omitted_text(bits) if bits else ""


def _seen(bits: int) -> str:
    return f", {flags_text(bits)}" if bits else ""
