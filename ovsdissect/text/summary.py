"""A message in one line: what matters to someone who debugs a datapath.

What already follows from family and command is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ovsdissect.byteorder import ByteOrder
from ovsdissect.dissect.message import Message
from ovsdissect.dissect.subject import NO_PORT, request_attributes
from ovsdissect.families.cookies import HEAD, PACKET_IN_REASONS
from ovsdissect.families.ovs_flow import FLOW_ATTRS
from ovsdissect.frame import summary as packet_summary
from ovsdissect.grammar.wire import UFID
from ovsdissect.netlink import errno
from ovsdissect.netlink.headers import NLM_F_DUMP, NLM_F_DUMP_INTR, NLM_F_REQUEST, PROTOCOLS
from ovsdissect.netlink.rtnetlink import NETLINK_ROUTE, interface, type_name
from ovsdissect.odp.actions import actions_text
from ovsdissect.odp.key import flow_text
from ovsdissect.odp.text import Source
from ovsdissect.odp.userspace import cookie_text
from ovsdissect.problem import counted
from ovsdissect.text.configuration import CONFIGURATION, REQUESTS
from ovsdissect.text.screen import cut, escape
from ovsdissect.text.values import Scope, scope
from ovsdissect.tree.node import Node

INTERRUPTED: Final = ", dump interrupted: incomplete"
DUMPING: Final = ("get", "getfamily", "getpolicy")  # the commands that can ask for everything


class Body(NamedTuple):
    """The content of a message of a family, either itself or echoed: its top attributes by name, and what their texts need."""

    family: str
    cmd: str
    attrs: Mapping[str, Node]
    data: bytes
    order: ByteOrder
    flags: int
    scope: Scope

    @property
    def request(self) -> bool:
        """Whether it goes to the kernel."""
        return bool(self.flags & NLM_F_REQUEST)

    @property
    def dump(self) -> bool:
        """Whether it asks for everything."""
        return self.request and self.flags & NLM_F_DUMP == NLM_F_DUMP and self.cmd in DUMPING

    def raw(self, name: str) -> Any:
        """Return an attribute's unpacked value, None if it is absent or malformed."""
        node = self.attrs.get(name)
        return None if node is None or node.wire.kind == "undecoded" else node.raw

    def source(self, *, verbose: bool = False) -> Source:
        """Return what OVS's formatters need."""
        return Source(self.data, self.data, verbose, self.scope.ports, self.order, self.scope.ovs)


def summary(message: Message, surroundings: Scope | None = None, *, width: int | None = None) -> str:
    """Return a message in one escaped line, of at most `width` cells if that is given.

    surroundings: the names and the version of the texts; by default the message's own names and the newest version.
    """
    surroundings = surroundings or scope(message)
    text = _text(message, surroundings)
    problems = message.problems
    if problems and message.kind != "record":
        first = problems[0]
        more = f" and {len(problems) - 1} more" if len(problems) > 1 else ""
        where = f"{first.path}: " if first.path else ""
        text = f"{text} [{first.kind}: {where}{first.text}{more}]".lstrip()
    text = escape(" ".join((text, *(f"[{note}]" for note in notes(message)))).lstrip() if message.notes is not None else text)
    return text if width is None else cut(text, width)


def notes(message: Message) -> Iterator[str]:
    """Yield what is unusual about a message's record according to the capture."""
    if message.lost:
        yield lost_text(message.lost)
    yield from message.link_errors


def lost_text(count: int) -> str:
    """Return that this many records were lost before one."""
    return f"{count:,} record{'s' * (count != 1)} lost before this one"


def _text(message: Message, surroundings: Scope) -> str:
    kind = message.kind
    if kind == "message":
        if message.declaration is None or message.command is None:
            return " ".join(filter(None, (link_text(message), counted(message.frame.length, "byte"))))
        attrs = message.attrs
        body = Body(
            message.declaration.name,
            message.command.name,
            {} if attrs is None else {child.name: child for child in attrs.children},
            message.data,
            message.byteorder,
            message.frame.flags,
            surroundings,
        )
        return said(body)
    if kind in ("error", "ack", "done"):
        return _answer(message, surroundings)
    if kind == "record":
        return "; ".join(problem.text for problem in message.problems)
    return "messages to this socket were lost" if kind == "overrun" else "nothing"


def link_text(message: Message, request: bytes | None = None, kind: int = 0) -> str:
    """Return the interface that a message of NETLINK_ROUTE, or the request that it answers, is about; "" if it names none."""
    if message.protocol != NETLINK_ROUTE:
        return ""
    data = message.data[message.frame.offset : message.frame.end] if request is None else request
    number, name = interface(data, message.frame.type if request is None else kind, message.byteorder)
    name = name or message.links.get(number or 0)
    return name or ("" if number is None else f"ifindex {number}")


def said(body: Body) -> str:
    """Return the summary of a message of a decoded family."""
    if body.dump and not body.attrs:
        return "dump"
    text = FAMILIES[body.family](body)
    return f"dump {text}".rstrip() if body.dump else text


def _answer(message: Message, surroundings: Scope) -> str:
    """Return the summary of an error, an acknowledgement or the end of a dump: the outcome, and the request that it answers."""
    number = message.error.get("number")
    outcome = "end of dump" if message.kind == "done" else "success"
    if isinstance(number, int) and number:
        outcome = failure(message, -number)
    if message.kind == "done" and message.frame.flags & NLM_F_DUMP_INTR:
        outcome += INTERRUPTED
    request = message.request
    if request is None:
        return f"{outcome} (request not in the capture)"
    which = "request" if request.number is None else f"request {request.number}"
    return f"{outcome} ({which}: {request_text(message, surroundings)})"


def failure(message: Message, number: int) -> str:
    """Return why a request failed, with what the extended ACK adds."""
    error = message.error
    text = f"{errno.name(number)}: {errno.text(number)}"
    if error.get("message"):
        text += f": {error['message']}"
    path, missing = message.fault_path, message.missing_path
    if path is not None:
        text += f" at {path}"
    if isinstance(error.get("miss_type"), int):
        text += f", {missing or 'attribute {}'.format(error['miss_type'])} is missing"
    return text


def request_text(message: Message, surroundings: Scope) -> str:
    """Return the request that a message answers: its command and what it asked for, from the echo or from the request itself."""
    request = message.request
    assert request is not None
    if request.declaration is None or request.command is None:
        if message.protocol == NETLINK_ROUTE and (name := type_name(request.type)) is not None:
            return f"{name} {link_text(message, request.body, request.type)}".rstrip()
        return f"{request.family or PROTOCOLS.get(message.protocol or 0, message.protocol)} type {request.type}"
    flags = int.from_bytes(request.body[6:8], message.byteorder)
    nodes, data = request_attributes(message)
    found = {node.name: node for node in nodes}
    text = said(Body(request.declaration.name, request.command.name, found, data, message.byteorder, flags, surroundings))
    return f"{request.command.name} {text}".rstrip()


def _packet(body: Body) -> str:
    words = packet_text(body)
    if not words:
        key = body.attrs.get("key")
        words = "no packet" if key is None else f"no packet, {flow_text(key.children, None, body.source())}"
    if body.cmd == "execute":
        actions = body.attrs.get("actions")
        probe = "probe: " if "probe" in body.attrs else ""
        return (
            f"{probe}{words}, {actions_part(actions_text(actions.children, body.source()))}" if actions is not None else f"{probe}{words}"
        )
    if body.cmd == "action":
        words = f"{reason(body)}: {words}"
    for condition in conditions(body):
        words += f", {condition}"
    if "actions" in body.attrs:
        words += f", {actions_part(actions_text(body.attrs['actions'].children, body.source()))}"
    return words


def packet_text(body: Body) -> str:
    """Return the summary of the packet; "" if there is none."""
    node = body.attrs.get("packet")
    if node is None:
        return ""
    key = body.attrs.get("key")
    # a key with an ethertype and no Ethernet addresses belongs to a packet without an Ethernet header
    layer3 = key.child("ethertype") if key is not None and key.child("ethernet") is None else None
    ethertype = layer3.raw if layer3 is not None and isinstance(layer3.raw, int) else None
    return packet_summary(body.data, node.offset, node.offset + node.length, ethertype) or counted(node.length, "byte")


def actions_part(text: str) -> str:
    """Return actions as dump-flows prints them."""
    return f"actions:{text}"


def conditions(body: Body) -> list[str]:
    """Return the metadata of an upcall that explains the miss: recirculation, conntrack, tunnel, truncation."""
    found: list[str] = []
    key = body.attrs.get("key")
    if key is not None:
        found += metadata(key.children)
        tunnel = key.child("tunnel")
        if tunnel is not None and tunnel.children:
            found.append(tunnel_text("tunnel", ends(tunnel.children)))
    egress = body.attrs.get("egress_tun_key")
    if egress is not None and egress.children:
        found.append(tunnel_text("egress tunnel", ends(egress.children)))
    mru, length, packet = body.raw("mru"), body.raw("len"), body.attrs.get("packet")
    if isinstance(mru, int):
        found.append(f"reassembled of fragments up to {mru}")
    if isinstance(length, int) and packet is not None and length != packet.length:
        found.append(f"{packet.length} of {counted(length, 'byte')}")
    return found


def metadata(nodes: Iterable[Node]) -> list[str]:
    """Return the key's metadata, except its tunnel, that explains the miss."""
    values = {node.name: node for node in nodes}
    found = []
    for name, form in KEY_CONDITIONS.items():
        node = values.get(name)
        if node is not None and node.raw and isinstance(node.raw, int):
            found.append(form(node))
    return found


KEY_CONDITIONS: Final[dict[str, Callable[[Node], str]]] = {
    "recirc_id": lambda node: f"recirc_id(0x{node.raw:x})",
    "ct_state": lambda node: f"ct_state({'|'.join(node.wire.value(node.raw))})",
    "ct_zone": lambda node: f"ct_zone({node.raw})",
    "ct_mark": lambda node: f"ct_mark(0x{node.raw:x})",
    "skb_mark": lambda node: f"skb_mark(0x{node.raw:x})",
}
TUNNEL_KINDS: Final = ("id", "ipv4", "ipv6")  # the nested attributes for a tunnel's endpoints and its id


def ends(nodes: Iterable[Node]) -> dict[str, str]:
    """Return the texts of a tunnel's endpoints and of its id, by attribute name."""
    return {node.name: str(node.value) for node in nodes if node.wire.kind in TUNNEL_KINDS}


def tunnel_text(word: str, values: Mapping[str, str]) -> str:
    """Return a tunnel in a few words, from the texts of its endpoints and its id."""

    def value(*names: str) -> str:
        return next((values[name] for name in names if name in values), "?")

    identity = f" id {value('id')}" if "id" in values else ""
    return f"{word} {value('ipv4_src', 'ipv6_src')} > {value('ipv4_dst', 'ipv6_dst')}{identity}"


def reason(body: Body) -> str:
    """Return why a userspace action sent a packet up, according to its cookie."""
    node = body.attrs.get("userdata")
    if node is None:
        return "userspace action"
    if len(node.children) <= len(HEAD.members):
        return cookie_text(node, body.source())
    union = node.children[len(HEAD.members)]
    return REASONS[union.name]({member.name: member for member in union.children}, body)


Members = Mapping[str, Node]


def _sflow(cookie: Members, body: Body) -> str:
    # compose_sflow_cookie() of ofproto/ofproto-dpif-xlate.c: no output, one (its ifindex) or their number
    output = cookie["output"].raw
    if output >> 30 == 1:
        return "sFlow, dropped"
    return f"sFlow, {output & 0x3FFFFFFF} outputs" if output >> 31 else f"sFlow, out ifindex {output}"


def _slow_path(cookie: Members, body: Body) -> str:
    node = cookie["reason"]
    return f"slow path {'|'.join(node.wire.value(node.raw)) or 'without a reason'}"


def _out(cookie: Members, body: Body) -> str:
    number = cookie["output_odp_port"].raw
    name = body.scope.ports.get(number) if body.scope.ports is not None else None
    return " in" if number == NO_PORT else f" out {number if name is None else name}"


def _flow_sample(cookie: Members, body: Body) -> str:
    domain, point = cookie["obs_domain_id"].raw, cookie["obs_point_id"].raw
    return f"flow sample set {cookie['collector_set_id'].raw} domain {domain} point {point}{_out(cookie, body)}"


def _controller(cookie: Members, body: Body) -> str:
    number = cookie["reason"].raw
    note = " continuation" if cookie["continuation"].raw else ""
    return f"controller {PACKET_IN_REASONS.get(number, number)}{note}, rule cookie 0x{cookie['rule_cookie'].raw:x}"


REASONS: Final[dict[str, Callable[[Members, Body], str]]] = {
    "sflow": _sflow,
    "slow_path": _slow_path,
    "flow_sample": _flow_sample,
    "ipfix": lambda cookie, body: f"IPFIX{_out(cookie, body)}",
    "controller": _controller,
}


def _flow(body: Body) -> str:
    attrs = body.attrs
    parts: list[str] = []
    key, mask, ufid, actions = attrs.get("key"), attrs.get("mask"), attrs.get("ufid"), attrs.get("actions")
    if ufid is not None and ufid.wire is UFID:
        parts.append(ufid_text(ufid.raw, beside_key=key is not None))
    if key is not None:
        parts.append(flow_text(key.children, mask.children if mask is not None else None, body.source()))
    elif not parts and body.request and not body.dump:
        parts.append(no_flow_text(body))
    if "stats" in attrs:
        counters = {child.name: child.raw for child in attrs["stats"].children}
        parts += [f"{name}:{counters[f'n_{name}']}" for name in COUNTERS if f"n_{name}" in counters]
    if isinstance(body.raw("used"), int):
        parts.append(used_text(body.raw("used")))
    elif not body.request:
        parts.append(NEVER_USED)
    if "tcp_flags" in attrs and body.raw("tcp_flags"):
        parts.append(flags_text(body.raw("tcp_flags")))
    if "clear" in attrs:
        parts.append("clear")
    if actions is not None:
        parts.append(actions_part(actions_text(actions.children, body.source())))
    probe = "probe: " if "probe" in attrs else ""
    text = probe + ", ".join(parts)
    omitted = body.raw("ufid_flags")
    if omitted and body.cmd == "get":
        text = (text + omitted_text(omitted)).lstrip()
    return text


def no_flow_text(body: Body) -> str:
    """Return what a request asks for that names no flow."""
    return "all flows" if body.cmd == "del" else "no key"


COUNTERS: Final = ("packets", "bytes")
NEVER_USED: Final = "used:never"
OMITTED: Final = FLOW_ATTRS.by_name["ufid_flags"].wire
TCP_FLAGS_SEEN: Final = FLOW_ATTRS.by_name["tcp_flags"].wire


def ufid_text(raw: tuple[int, ...], *, beside_key: bool) -> str:
    """Return a flow's ufid: with a key its first word is enough to tell flows apart; alone, all of it is needed to look it up."""
    text = str(UFID.value(raw))
    return f"ufid:{text[:8] if beside_key else text}"


def used_text(milliseconds: int) -> str:
    """Return when a packet last matched, by the monotonic clock."""
    return f"used at {milliseconds / 1000:.3f}s"


def flags_text(raw: int) -> str:
    """Return the TCP flags that a flow has seen."""
    return f"flags:{'|'.join(TCP_FLAGS_SEEN.value(raw))}"


def omitted_text(raw: int) -> str:
    """Return what a reply may leave out."""
    return f" ({'|'.join(OMITTED.value(raw))})"


def _configuration(body: Body) -> str:
    phrases = REQUESTS.get((body.family, body.cmd)) if body.request else None
    return ", ".join(part for part in (write(body.attrs, body.scope) for write in phrases or CONFIGURATION[body.family]) if part)


FAMILIES: Final[dict[str, Callable[[Body], str]]] = {
    "ovs_packet": _packet,
    "ovs_flow": _flow,
    **dict.fromkeys(CONFIGURATION, _configuration),
}
